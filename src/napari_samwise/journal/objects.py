"""Pixels and objects as a journal holds them."""

from __future__ import annotations

from dataclasses import dataclass

from napari_samwise.journal.recorded_plane import RecordedPlane


@dataclass(frozen=True, slots=True)
class MaskPart:
    """A mask in a box, as COCO's compressed run lengths.

    Parameters
    ----------
    offset : tuple of int
        (y, x) of the first pixel in the plane.
    size : tuple of int
        `(h, w)` of the box.
    counts : str
        See ``encode_rle``.
    """

    offset: tuple[int, int]
    size: tuple[int, int]
    counts: str


@dataclass(frozen=True, slots=True)
class Change:
    """Pixels of one plane that got one value."""

    id: int
    plane: RecordedPlane
    parts: tuple[MaskPart, ...]


@dataclass(frozen=True, slots=True)
class CommittedPlane:
    """The candidate that was kept on one plane, and the pixels that it got there."""

    decode: int
    candidate: int
    parts: tuple[MaskPart, ...]


@dataclass(frozen=True, slots=True)
class FilledPlane:
    """The pixels that an object got on a plane of which nothing was decoded for it."""

    plane: RecordedPlane
    parts: tuple[MaskPart, ...]


@dataclass(frozen=True, slots=True)
class ObjectRow:
    """What the table of objects says of one.

    Parameters
    ----------
    id : int
        Its label.
    area : int
        Pixels, on all planes.
    predicted_iou : float or None
        What the model says of its mask; None where no model made it.
    model : str
        Name of the model, or how else it was made; empty if nobody knows.
    clicks : int
        Points, boxes and drawn masks that it took.
    time : str
        When it was kept, as ISO 8601; empty if nobody knows.
    """

    id: int
    area: int
    predicted_iou: float | None
    model: str = ""
    clicks: int = 0
    time: str = ""
