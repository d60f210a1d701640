"""Where the pixels of objects lie: in their boxes where these are known, else looked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import product
from typing import Any

import numpy as np

from napari_samwise.errors import Cancelled
from napari_samwise.geometry.roi import Roi
from napari_samwise.plugin.label_patch import LabelPatch, patches_of

Boxes = Mapping[int, Roi | None]
Pixels = tuple[LabelPatch, ...]

_BLOCK_PX = 1024
# Any letters do for the axes to step through.
_AXES = "ABDEFGHIJKLMNOPQRSTUVWZYX"


def name_axes(ndim: int) -> str:
    """Return one letter for each axis of labels, of which the last two are Y and X."""
    return _AXES[-ndim:]


def data_box(position: Sequence[int], box: Roi) -> Roi:
    """Return the box in the data of a `(Y, X)` box on the plane at a position."""
    return Roi((*position, *box.offset), ((1,) * len(position)) + box.shape)


def px_to_read(shape: tuple[int, ...], boxes: Iterable[Roi | None]) -> int:
    """Return about how many pixels :func:`find_pixels` reads."""
    known = [None if box is None else int(np.prod(box.shape, dtype=np.int64)) for box in boxes]
    whole = int(np.prod(shape, dtype=np.int64)) if None in known else 0
    return whole + sum(count for count in known if count is not None)


def find_pixels(
    labels: Any, boxes: Boxes, should_stop: Callable[[], bool] = lambda: False
) -> Pixels:
    """Find all pixels of objects.

    Parameters
    ----------
    labels : array-like
        Read by slices, at most a block of 1024 x 1024 at a time.
    boxes : mapping of int to Roi or None
        Label -> a box that holds all its pixels, None to look everywhere.
    should_stop : callable
        Asked before each block.

    Returns
    -------
    tuple of LabelPatch
        The pixels of all of them, block by block.

    Raises
    ------
    Cancelled
        If ``should_stop`` returned True.
    """
    shape = tuple(int(n) for n in labels.shape)
    everything = Roi((0,) * len(shape), shape)
    regions: dict[Roi, Roi] = {}
    wanted: dict[Roi, set[int]] = {}
    for label, box in boxes.items():
        for block, part in _blocks(everything if box is None else box.intersect(everything)):
            regions[block] = regions.get(block, part).union(part)
            wanted.setdefault(block, set()).add(label)
    patches: list[LabelPatch] = []
    for block, region in regions.items():
        if should_stop():
            raise Cancelled("Looking for the objects was stopped.")
        values = np.asarray(labels[region.slices])
        mask = np.isin(values, list(wanted[block]))
        patches += patches_of(mask, region.offset)
    return tuple(patches)


def _blocks(box: Roi) -> Iterator[tuple[Roi, Roi]]:
    """Yield the blocks of single planes under a box, each with what of it is in the box."""
    sides = (*[1] * (box.ndim - 2), _BLOCK_PX, _BLOCK_PX)
    starts = (
        range(at // side * side, end, side)
        for at, end, side in zip(box.offset, box.end, sides, strict=True)
    )
    for corner in product(*starts):
        block = Roi(corner, sides)
        yield block, block.intersect(box)
