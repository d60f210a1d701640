"""Objects that somebody has kept, as planes that the encoder can see at once.

A slide may have a hundred objects in a gigapixel. What is learned from it are crops around them,
and only those are read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy import ndimage as ndi

from napari_samwise.errors import InputError
from napari_samwise.geometry.roi import Roi
from napari_samwise.learn.corpus import LabelledPlane
from napari_samwise.learn.evaluate import objects_to_score

CROP_PX = 1024


@dataclass(frozen=True, slots=True)
class CropPlan:
    """A part of a plane, and the objects that lie in it with all their pixels.

    Parameters
    ----------
    region : Roi
        In pixels of the plane.
    ids : tuple of int
        Their labels.
    """

    region: Roi
    ids: tuple[int, ...]


def plan_crops(
    boxes: Mapping[int, Roi], plane_size: tuple[int, int], whole_px: int
) -> Iterator[CropPlan]:
    """Yield parts of a plane that hold all objects between them, each object in one.

    Parameters
    ----------
    boxes : mapping of int to Roi
        Label -> `(Y, X)` box that holds all its pixels.
    plane_size : tuple of int
        `(Y, X)`.
    whole_px : int
        A plane up to this longest side is one part. Of a larger one parts of 1024 pixels, or for
        large objects of so many are cut out; what is larger still is left out.
    """
    if max(plane_size) <= whole_px:
        if boxes:
            yield CropPlan(Roi((0, 0), plane_size), tuple(boxes))
        return
    left = dict(boxes)
    while left:
        label, box = next(iter(left.items()))
        side = CROP_PX if 2 * max(box.shape) <= CROP_PX else whole_px
        if max(box.shape) > side:
            del left[label]
            continue
        region = _around(box, side, plane_size)
        inside = tuple(one for one, other in left.items() if region.intersect(other) == other)
        for one in inside:
            del left[one]
        yield CropPlan(region, inside)


def crop_planes(planes: Iterable[LabelledPlane], whole_px: int) -> Iterator[LabelledPlane]:
    """Yield what is learned from of labelled planes: them, or crops of those that are large.

    Parameters
    ----------
    planes : iterable of LabelledPlane
        Of any size.
    whole_px : int
        The longest side that the model encodes as one.

    Yields
    ------
    LabelledPlane
        Of at most so many pixels along a side; those of its objects are scored that it shows whole.
    """
    for plane in planes:
        _check_labels(plane)
        ids = objects_to_score(plane)
        # By numbers without gaps: find_objects takes memory for every number up to the largest.
        known, dense = np.unique(plane.labels, return_inverse=True)
        found = ndi.find_objects(dense.reshape(plane.labels.shape).astype(np.int32) + 1)
        where = dict(zip(known.tolist(), found, strict=True))
        boxes = {label: Roi.from_slices(where[label]) for label in ids}
        size = (plane.labels.shape[0], plane.labels.shape[1])
        for plan in plan_crops(boxes, size, whole_px):
            yield cut(plane, plan)


def _check_labels(plane: LabelledPlane) -> None:
    labels, size = plane.labels, tuple(plane.image.shape[:2])
    if labels.dtype.kind not in "iu" or labels.shape != size:
        raise InputError(
            f"Labels of {plane.name} must be whole numbers of the image's size {size}, got "
            f"{labels.dtype} of {labels.shape}."
        )


def with_only(
    planes: Sequence[LabelledPlane], chosen: Iterable[tuple[int, int]]
) -> list[LabelledPlane]:
    """Return those planes of which objects were chosen, with just these scored.

    Parameters
    ----------
    planes : sequence of LabelledPlane
        From which was chosen.
    chosen : iterable of (int, int)
        Number of the plane, and label.
    """
    by_plane: dict[int, set[int]] = {}
    for index, label in chosen:
        by_plane.setdefault(index, set()).add(label)
    return [
        replace(planes[index], scored=frozenset(ids)) for index, ids in sorted(by_plane.items())
    ]


def cut(plane: LabelledPlane, plan: CropPlan) -> LabelledPlane:
    """Return a part of a plane, of which the objects of the plan are scored."""
    region, name = plan.region, plane.name
    if region.shape != plane.labels.shape:
        name = f"{name}@{region.offset[0]},{region.offset[1]}"
    return replace(
        plane,
        name=name,
        image=np.ascontiguousarray(plane.image[region.slices]),
        labels=np.ascontiguousarray(plane.labels[region.slices]),
        scored=frozenset(plan.ids),
    )


def _around(box: Roi, side: int, plane_size: tuple[int, int]) -> Roi:
    """Return a square with a box in its middle, as far as it stays in the plane."""
    starts, ends = [], []
    for first, extent, whole in zip(box.offset, box.shape, plane_size, strict=True):
        start = first + extent // 2 - side // 2
        start = max(0, min(start, whole - side))
        starts.append(start)
        ends.append(min(start + side, whole))
    return Roi.from_bounds(starts, ends)
