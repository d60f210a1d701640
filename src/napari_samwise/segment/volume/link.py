"""From objects slice by slice to objects in three dimensions."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_samwise.errors import InputError
from napari_samwise.geometry.axes import Axes, parse_axes
from napari_samwise.geometry.boxed_mask import BoxedMask
from napari_samwise.segment.planes import Position, read_plane
from napari_samwise.segment.volume.fuse import blend
from napari_samwise.segment.volume.orientation import turn_axes

LEAST_IOU = 0.3

Plane = NDArray[np.int64]


def link_slices(
    labels: Any, axes: str, along: str = "Z", *, min_iou: float = LEAST_IOU
) -> NDArray[np.int64]:
    """Give the parts of one object on consecutive slices one id, in place.

    Two parts are linked where each overlaps most with the other, by IoU. An object that is
    missing on a single slice is continued behind it, and drawn there by shape. Three slices are
    in memory at a time.

    Parameters
    ----------
    labels : array-like
        The spatial shape, of a signed integer type; an array, a memory map or a Zarr array of
        objects segmented slice by slice. No id is used on two slices, 0 is background. Changed.
    axes : str
        One letter for each of its axes, such as ``"ZYX"``.
    along : str
        The axis from slice to slice, see ``segment_volume``.
    min_iou : float
        More than 0 and at most 1, the least IoU of two parts that are linked.

    Returns
    -------
    ndarray
        `(N,)` int64, voxels of each object. Ids are 1 to N, in the order in which slices meet them.

    Raises
    ------
    ImageError
        If it cannot be cut into slices that way.
    InputError
        If ``min_iou`` is out of its range, or the labels are of another type, cannot be written
        to, or have fewer numbers than there are objects.
    """
    if not 0 < min_iou <= 1:
        raise InputError(f"min_iou must be more than 0 and at most 1, got {min_iou}.")
    _check_labels(labels)
    named = parse_axes(axes)
    turned = turn_axes(named, along)
    extents = turned.spatial_shape(labels.shape)
    step = turned.leading.index(named.spatial.index(along.upper()))
    ranges = [range(extents[axis]) for axis in turned.leading]
    steps = ranges.pop(step)
    areas: list[int] = []
    for rest in itertools.product(*ranges):
        _link_stack(
            _Slices(labels, turned, [(*rest[:step], at, *rest[step:]) for at in steps]),
            areas,
            min_iou,
        )
    return np.array(areas, dtype=np.int64)


def _check_labels(labels: Any) -> None:
    """Refuse what ids could not be written into."""
    kind = getattr(getattr(labels, "dtype", None), "kind", "")
    if kind != "i":
        raise InputError(
            "Labels to be linked must be an array of a signed integer type, got "
            f"{getattr(labels, 'dtype', type(labels).__name__)}; write labels.astype(np.int32)."
        )
    if isinstance(labels, np.ndarray) and not labels.flags.writeable:
        raise InputError("Labels are linked in place, but the array is read-only; give a copy.")


@dataclass(frozen=True, slots=True, eq=False)
class _Slices:
    """Slices of an array-like, read as copies and written back."""

    labels: Any
    axes: Axes
    positions: list[Position]

    def read(self, index: int) -> Plane:
        return np.array(read_plane(self.labels, self.axes, self.positions[index]), dtype=np.int64)

    def write(self, index: int, plane: Plane) -> None:
        steps = iter(self.positions[index])
        place = tuple(slice(None) if name in "YX" else next(steps) for name in self.axes.spatial)
        y, x = self.axes.plane
        highest, room = int(plane.max(initial=0)), int(np.iinfo(self.labels.dtype).max)
        if highest > room:
            raise InputError(
                f"There are more objects than {self.labels.dtype} has numbers ({room}); give the "
                "labels as int32."
            )
        self.labels[place] = (plane if y < x else plane.T).astype(self.labels.dtype)


def _link_stack(slices: _Slices, areas: list[int], min_iou: float) -> None:
    """Link the slices of one volume; voxels of new objects are appended to ``areas``."""
    earlier: Plane | None = None
    before: Plane | None = None
    for index in range(len(slices.positions)):
        plane = slices.read(index)
        partner = {} if before is None else _best_pairs(before, plane, min_iou)
        if earlier is not None and before is not None:
            partner |= _bridges(earlier, before, plane, partner, min_iou)
        plane = _rename(plane, partner, areas)
        if earlier is not None and before is not None:
            missing = set(partner.values()) - set(_ids(before).tolist())
            for one in sorted(missing):
                areas[one - 1] += _draw_between(earlier, before, plane, one)
            if missing:
                slices.write(index - 1, before)
        slices.write(index, plane)
        earlier, before = before, plane


def _rename(plane: Plane, partner: dict[int, int], areas: list[int]) -> Plane:
    """Return the slice with the ids of its partners, and new ids for parts without one."""
    found, where, sizes = np.unique(plane, return_inverse=True, return_counts=True)
    renamed = np.zeros(len(found), dtype=np.int64)
    for at, (one, size) in enumerate(zip(found.tolist(), sizes.tolist(), strict=True)):
        if not one:
            continue
        if one not in partner:
            areas.append(0)
        renamed[at] = partner.get(one, len(areas))
        areas[renamed[at] - 1] += size
    return renamed[where].reshape(plane.shape)


def _ids(plane: Plane) -> NDArray[np.int64]:
    ids = np.unique(plane)
    return ids[ids > 0]


def _best_pairs(before: Plane, plane: Plane, min_iou: float) -> dict[int, int]:
    """Return id on this slice -> id before, for parts that overlap most with each other."""
    both = (before > 0) & (plane > 0)
    if not both.any():
        return {}
    pairs, shared = np.unique(np.stack([before[both], plane[both]]), axis=1, return_counts=True)
    areas = [
        dict(zip(*np.unique(part, return_counts=True), strict=True)) for part in (before, plane)
    ]
    overlap = {
        (int(a), int(b)): n / (areas[0][a] + areas[1][b] - n)
        for a, b, n in zip(*pairs, shared, strict=True)
    }
    best_of_a: dict[int, float] = {}
    best_of_b: dict[int, float] = {}
    for (a, b), value in overlap.items():
        best_of_a[a] = max(best_of_a.get(a, 0.0), value)
        best_of_b[b] = max(best_of_b.get(b, 0.0), value)
    linked: dict[int, int] = {}
    for (a, b), value in overlap.items():
        mutual = value == best_of_a[a] and value == best_of_b[b]
        # Of equal overlaps the first counts, so that no id is given twice.
        if mutual and value >= min_iou and b not in linked and a not in linked.values():
            linked[b] = a
    return linked


def _bridges(
    earlier: Plane,
    before: Plane,
    plane: Plane,
    linked: dict[int, int],
    min_iou: float,
) -> dict[int, int]:
    """Return the pairs of parts with one slice between them on which the object is missing."""
    lone = np.where(np.isin(plane, list(linked)), 0, plane)
    ended = np.where(np.isin(earlier, _ids(before)), 0, earlier)
    return _best_pairs(ended, lone, min_iou)


def _draw_between(earlier: Plane, before: Plane, plane: Plane, one: int) -> int:
    """Draw on the slice between what was bridged, where nothing else is; return its pixels."""
    a, b = (BoxedMask.from_mask(part == one) for part in (earlier, plane))
    between = blend(a, b, 0.5)
    part = before[between.roi.slices]
    free = between.inside & (part == 0)
    part[free] = one
    return int(free.sum())
