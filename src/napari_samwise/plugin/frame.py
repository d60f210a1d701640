"""What to encode and what came of it, as values that pass between the GUI and its workers."""

from __future__ import annotations

from dataclasses import dataclass

from napari_samwise.intensity.mapping import Intensity
from napari_samwise.plugin.plane import Plane
from napari_samwise.plugin.view import ImageSource
from napari_samwise.predictor.prediction import Prediction
from napari_samwise.prompts import Prompts


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
        Of its embedding in the store.
    intensity : Intensity
        The limits that were found.
    device, precision : str
        Where and in which dtype it was computed, e.g. ``"cpu"`` and ``"bfloat16"``.
    seconds : float
        Time of reading, intensity and encoder, without loading the model.
    """

    frame: Frame
    key: str
    intensity: Intensity
    device: str
    precision: str
    seconds: float


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """The candidates for one request, and how long the decoder took, in seconds."""

    frame: Frame
    prompts: Prompts
    prediction: Prediction
    seconds: float
