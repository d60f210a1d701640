"""What to encode and what came of it, as values that pass between the GUI and its workers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from napari_samwise.intensity.mapping import Intensity
from napari_samwise.journal.events import ModelIdentity
from napari_samwise.plugin.candidates import Candidate
from napari_samwise.plugin.plane import Plane
from napari_samwise.plugin.request import Request
from napari_samwise.plugin.view import ImageSource

if TYPE_CHECKING:
    from napari.layers import Image


Places = tuple[tuple[int, int, int], ...]


@dataclass(frozen=True, slots=True)
class IntensityChoice:
    """How the user wants pixel values to become 8 bits, see ``resolve_intensity``.

    Parameters
    ----------
    policy : str
        One of ``intensity.POLICIES``.
    limits : tuple of float, optional
        The layer's contrast limits, for ``"contrast-limits"``.
    window : str, optional
        Name of a CT window, for ``"window"``.
    """

    policy: str = "auto"
    limits: tuple[float, float] | None = None
    window: str | None = None

    def for_image(self, image: Image) -> IntensityChoice:
        """Return the choice with the contrast limits that a layer has now, if these matter."""
        if self.policy != "contrast-limits":
            return self
        low, high = image.contrast_limits
        return replace(self, limits=(float(low), float(high)))


@dataclass(frozen=True, slots=True)
class Frame:
    """One plane of one image as one model sees it: what an embedding is made of."""

    model: str
    source: ImageSource
    plane: Plane
    intensity: IntensityChoice


@dataclass(frozen=True, slots=True)
class Encoded:
    """That a frame has been encoded, and how.

    Parameters
    ----------
    frame : Frame
        What was asked for.
    key : str
        Of its embedding in the store; empty for a plane that is encoded in parts, on demand.
    intensity : Intensity
        The limits that were found.
    model : ModelIdentity
        By which model, in which precision.
    device : str
        Where it was computed, e.g. ``"cpu"``.
    seconds : float
        Time of reading, intensity and encoder, without loading the model.
    part_px : int
        Side of the parts of a plane too large to be encoded whole; 0 for any other.
    rounded : bool
        Whether the features have the precision of the store on disk.
    """

    frame: Frame
    key: str
    intensity: Intensity
    model: ModelIdentity
    device: str
    seconds: float
    part_px: int = 0
    rounded: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """The candidates for one request.

    Parameters
    ----------
    frame : Frame
        Where they lie.
    request : Request
        What they answer.
    found : tuple of Candidate
        Best first.
    seconds : float
        How long it took.
    is_final : bool
        False for a first look, after which a better answer comes.
    at_hand : tuple of tuple of int, optional
        Of a first look, (level, row, column) of the parts from which it comes.
    """

    frame: Frame
    request: Request
    found: tuple[Candidate, ...]
    seconds: float
    is_final: bool = True
    at_hand: Places | None = None
