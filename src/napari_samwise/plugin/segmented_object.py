"""What is known of a committed object."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

from napari_samwise.geometry.roi import Roi

PAINTED = "painted"
"""Stands for the model where an object was painted by hand."""


@dataclass(frozen=True, slots=True)
class SegmentedObject:
    """One object and where it came from.

    Parameters
    ----------
    id : int
        Its label.
    area : int
        Pixels, on all planes.
    predicted_iou : float
        What the model says of the mask, 0 to 1; nan where no model made it.
    model : str
        Name of the model; ``PAINTED`` if it was painted by hand, empty if nobody knows.
    clicks : int
        Points, boxes and drawn masks that it took, on all planes.
    time : str
        When it was kept, as ISO 8601 in UTC; empty if nobody knows.
    box : Roi, optional
        A box in the data that holds all its pixels; None if it is not known.
    """

    id: int
    area: int
    predicted_iou: float
    model: str
    clicks: int = 0
    time: str = ""
    box: Roi | None = field(default=None, compare=False)


def utc_now() -> str:
    """Return the time as a table of objects holds it, e.g. ``"2026-01-31T08:15:00+00:00"``."""
    return datetime.now(UTC).isoformat(timespec="seconds")
