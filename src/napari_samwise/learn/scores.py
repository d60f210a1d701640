"""What the protocol of ``evaluate`` measures, object by object and plane by plane."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from napari_samwise.learn.everything_score import MatchCounts

CLICKS = 5
CLICKS_TO_TARGET = 10
"""So many clicks are tried where the question is how many are needed."""
TARGETS = (0.85, 0.90)


@dataclass(frozen=True, slots=True)
class ObjectScore:
    """How one object went.

    Parameters
    ----------
    source, plane : str
        Where it is.
    object_id : int
        Its label.
    area : int
        In pixels.
    clicks : tuple of float
        IoU after 1, 2, ... clicks.
    best_of_three : float
        IoU of the best candidate of the first click.
    box : float
        IoU for the tight box.
    predicted_clicks : tuple of float
        What the model promised of the masks of ``clicks``.
    predicted_box : float
        What it promised of that of the box.
    flood, otsu : float
        IoU of the classical tools.
    decode_ms : float
        Median time from prompt to mask, in milliseconds.
    """

    source: str
    plane: str
    object_id: int
    area: int
    clicks: tuple[float, ...]
    best_of_three: float
    box: float
    predicted_clicks: tuple[float, ...]
    predicted_box: float
    flood: float
    otsu: float
    decode_ms: float


@dataclass(frozen=True, slots=True)
class EverythingScore:
    """How everything mode went on one plane.

    Parameters
    ----------
    model : MatchCounts
        Of the model.
    watershed : MatchCounts
        Of the classical tool.
    milliseconds : float
        Time of the model, without encoding.
    """

    model: MatchCounts
    watershed: MatchCounts
    milliseconds: float


@dataclass(frozen=True, slots=True)
class PlaneScore:
    """How one plane went.

    Parameters
    ----------
    source, plane : str
        Where it is.
    encode_ms : float
        Time from pixels to embedding, in milliseconds.
    objects : tuple of ObjectScore
        Those that were prompted.
    everything : EverythingScore, optional
        If it was asked for.
    """

    source: str
    plane: str
    encode_ms: float
    objects: tuple[ObjectScore, ...]
    everything: EverythingScore | None = None


@dataclass(frozen=True, slots=True)
class InvarianceScore:
    """How one object went when its image was changed.

    Parameters
    ----------
    object_id : int
        Its label.
    click, box : tuple of float
        IoU for the first click and for the tight box: first in the image as it is, then in each of
        the changed ones.
    """

    object_id: int
    click: tuple[float, ...]
    box: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class InvariancePlane:
    """How one plane went when it was changed.

    Parameters
    ----------
    source, plane : str
        Where it is.
    objects : tuple of InvarianceScore
        Those that were prompted.
    """

    source: str
    plane: str
    objects: tuple[InvarianceScore, ...]


@dataclass(frozen=True, slots=True)
class ModelResult:
    """How one model did.

    Parameters
    ----------
    name : str
        Of the model.
    runs_on : str
        Device and number format.
    planes : tuple of PlaneScore
        Its scores.
    seconds : float
        Wall time of it all.
    peak_memory : int, optional
        ``peak_memory_bytes`` afterwards.
    invariance : tuple of InvariancePlane
        What changing the images changes; empty if it was not asked for.
    """

    name: str
    runs_on: str
    planes: tuple[PlaneScore, ...]
    seconds: float
    peak_memory: int | None
    invariance: tuple[InvariancePlane, ...] = ()

    @property
    def objects(self) -> list[ObjectScore]:
        """The scores of all objects that were prompted."""
        return [score for plane in self.planes for score in plane.objects]


def clicks_to(ious: Sequence[float], target: float) -> int | None:
    """Return after how many clicks an IoU was first reached; None if it never was.

    Parameters
    ----------
    ious : sequence of float
        IoU after 1, 2, ... clicks.
    target : float
        The IoU to reach.
    """
    return next((count for count, value in enumerate(ious, 1) if value >= target), None)
