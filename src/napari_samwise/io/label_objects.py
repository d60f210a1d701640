"""The objects of a label image one by one, without reading the image whole."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_samwise.geometry.roi import Roi

_BLOCK_SHAPES = {2: (2048, 2048), 3: (16, 1024, 1024)}
_MAX_DIRECT_ID = 2**20


@dataclass(frozen=True, slots=True, eq=False)
class LabelObject:
    """One object of a label image.

    Parameters
    ----------
    label : int
        Its id.
    position : tuple of int
        Index on each axis that was stepped through, in the image's order.
    box : Roi
        Bounding box on the other axes.
    mask : ndarray
        `box.shape` bool.
    """

    label: int
    position: tuple[int, ...]
    box: Roi
    mask: NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class LabelView:
    """A label image at one position of the axes to step through.

    Parameters
    ----------
    labels : array
        Integer ids; anything that is sliced like an array.
    axes : str
        One letter for each of its axes.
    within : str
        The axes of an object, in the order wanted: ``"YX"`` or ``"ZYX"``.
    position : tuple of int
        Index on each other axis, in the image's order.
    """

    labels: Any
    axes: str
    within: str
    position: tuple[int, ...]

    @property
    def shape(self) -> tuple[int, ...]:
        """Extents of the axes of an object."""
        return tuple(int(self.labels.shape[self.axes.index(axis)]) for axis in self.within)

    def read(self, region: Roi) -> NDArray[Any]:
        """Return `region.shape` pixels."""
        return read_region(self.labels, self.axes, self.within, self.position, region)


def read_region(
    array: Any, axes: str, within: str, position: Sequence[int], region: Roi
) -> NDArray[Any]:
    """Return a region of an array, its axes in the order of ``within``."""
    steps = iter(position)
    of_axis = dict(zip(within, region.slices, strict=True))
    index = tuple(of_axis[a] if a in of_axis else next(steps) for a in axes)
    kept = [a for a in axes if a in of_axis]
    return np.asarray(array[index]).transpose([kept.index(a) for a in within])


def views(labels: Any, axes: str, within: str) -> Iterator[LabelView]:
    """Yield every position of a label image."""
    extents = [n for n, a in zip(labels.shape, axes, strict=True) if a not in within]
    for position in itertools.product(*(range(n) for n in extents)):
        yield LabelView(labels, axes, within, position)


def find_objects(view: LabelView) -> Iterator[LabelObject]:
    """Yield the objects at one position, block by block and by id within a block."""
    side = _BLOCK_SHAPES[len(view.within)]
    groups: dict[tuple[int, ...], list[tuple[int, Roi]]] = {}
    for label, box in sorted(find_boxes(view).items()):
        fits = all(n <= limit for n, limit in zip(box.shape, side, strict=True))
        block = tuple(at // n for at, n in zip(box.offset, side, strict=True))
        # A giant is read by itself, so that its neighbours do not load its whole box.
        groups.setdefault(block if fits else (*block, label), []).append((label, box))
    for _, members in sorted(groups.items()):
        region = members[0][1]
        for _, box in members[1:]:
            region = region.union(box)
        pixels = view.read(region)
        back = [-start for start in region.offset]
        for label, box in members:
            mask = pixels[box.shift(back).slices] == label
            yield LabelObject(label, view.position, box, mask)


def find_boxes(view: LabelView) -> dict[int, Roi]:
    """Return the bounding box of every id above 0."""
    found: dict[int, Roi] = {}
    for block in _blocks(view.shape, _BLOCK_SHAPES[len(view.within)]):
        for label, box in _boxes(view.read(block)):
            shifted = box.shift(block.offset)
            found[label] = found[label].union(shifted) if label in found else shifted
    return found


def _boxes(pixels: NDArray[Any]) -> Iterator[tuple[int, Roi]]:
    from scipy.ndimage import find_objects as find_slices

    highest = int(pixels.max(initial=0))
    ids: NDArray[Any] = np.arange(1, highest + 1) if highest <= _MAX_DIRECT_ID else np.empty(0)
    if highest > _MAX_DIRECT_ID:
        # A table of all ids up to the highest would be larger than the block.
        ids, places = np.unique(np.maximum(pixels, 0), return_inverse=True)
        # Before NumPy 2 the places have one axis.
        pixels = places.reshape(pixels.shape) + (ids[0] > 0)
        ids = ids[ids > 0]
    for label, slices in zip(ids.tolist(), find_slices(pixels.astype(np.int64)), strict=True):
        if slices is not None:
            yield label, Roi.from_slices(slices)


def _blocks(shape: Sequence[int], side: Sequence[int]) -> Iterator[Roi]:
    whole = Roi((0,) * len(shape), tuple(shape))
    starts = (range(0, n, step) for n, step in zip(shape, side, strict=True))
    for corner in itertools.product(*starts):
        yield Roi(corner, tuple(side)).intersect(whole)
