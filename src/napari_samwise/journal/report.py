"""What a replay gave, compared with what the journal holds."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from napari_samwise.journal.ledger import Kept
from napari_samwise.journal.pixels import area_of, shared_area


@dataclass(frozen=True, slots=True)
class ReplayedObject:
    """One object of a replay.

    Parameters
    ----------
    id : int
        Its label.
    pixels, recorded_pixels : int
        That it got when it was committed, now and then; painting comes on top.
    iou : float
        Of the two.
    predicted_iou : float or None
        What the model of the replay says of its mask.
    recorded_predicted_iou : float or None
        What the model of the session said.
    recorded_model : str
        Name of that model.
    clicks : int
        Points, boxes and drawn masks that it took.
    seconds : float
        When it was committed, since the journal was begun.
    """

    id: int
    pixels: int
    recorded_pixels: int
    iou: float
    predicted_iou: float | None
    recorded_predicted_iou: float | None
    recorded_model: str
    clicks: int
    seconds: float


@dataclass(frozen=True, slots=True)
class ReplayReport:
    """All objects that are there at the end.

    Parameters
    ----------
    objects : tuple of ReplayedObject
        By id.
    same_image : bool
        Whether it was replayed on the image of the session.
    same_model : bool
        Whether by the weights of the session.
    is_identical : bool
        Whether each object that was committed got the very pixels of the session.
    """

    objects: tuple[ReplayedObject, ...]
    same_image: bool
    same_model: bool
    is_identical: bool

    @property
    def mean_iou(self) -> float | None:
        """Mean IoU of the objects; None without any."""
        ious = [each.iou for each in self.objects]
        return sum(ious) / len(ious) if ious else None

    def to_json(self) -> dict[str, Any]:
        """Return all of it as plain values."""
        return asdict(self) | {"mean_iou": self.mean_iou}


def compare(kept: Kept, predicted_iou: float | None) -> ReplayedObject:
    """Compare the pixels that an object got in a replay with those that the journal holds.

    Parameters
    ----------
    kept : Kept
        The object of the replay.
    predicted_iou : float or None
        What the model of the replay says of it.
    """
    shared = area = recorded = 0
    for (_, parts), then in zip(kept.patches, kept.commit.parts, strict=True):
        shared += shared_area(parts, then)
        area += area_of(parts)
        recorded += area_of(then)
    union = area + recorded - shared
    row = kept.commit.object
    return ReplayedObject(
        id=kept.commit.id,
        pixels=area,
        recorded_pixels=recorded,
        iou=shared / union if union else 1.0,
        predicted_iou=predicted_iou,
        recorded_predicted_iou=row.predicted_iou,
        recorded_model=row.model,
        clicks=row.clicks,
        seconds=kept.seconds,
    )


def is_identical(kept: Kept) -> bool:
    """Tell whether an object got the very pixels that the journal holds."""
    pairs = zip(kept.patches, kept.commit.parts, strict=True)
    return all(parts == then for (_, parts), then in pairs)
