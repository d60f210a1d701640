"""From masks that overlap to labels, where a pixel belongs to one object, block by block."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from napari_samwise.geometry.roi import Roi
from napari_samwise.segment.everything.choose import Objects
from napari_samwise.segment.everything.conflicts import in_blocks
from napari_samwise.segment.everything.table import Table


def paint(
    table: Table, objects: Objects, plane_size: tuple[int, int], block_px: int, first_id: int = 1
) -> Iterator[tuple[Roi, NDArray[np.int32]]]:
    """Yield the blocks that hold objects.

    Parameters
    ----------
    table : Table
        The masks.
    objects : Objects
        Those that are objects.
    plane_size : tuple of int
        `(Y, X)` of the plane.
    block_px : int
        Side of the blocks, which begin at multiples of it.
    first_id : int
        Number of the first object.

    Yields
    ------
    region : Roi
        `(Y, X)` pixels of the plane.
    labels : ndarray
        `region.shape` int32, 0 is background.
    """
    boxes = table.boxes[objects.masks]
    plane = Roi((0, 0), plane_size)
    for row, column, members in in_blocks(boxes, block_px):
        block = Roi((row * block_px, column * block_px), (block_px, block_px)).intersect(plane)
        if block.is_empty:
            continue
        labels = np.zeros(block.shape, dtype=np.int32)
        worst_first = members[np.argsort(-objects.ranks[members])]
        for member in worst_first.tolist():
            mask = table.mask(int(objects.masks[member]))
            common = mask.box.intersect(block)
            places = (np.arange(a, b) for a, b in zip(common.offset, common.end, strict=True))
            target = labels[common.shift([-start for start in block.offset]).slices]
            target[mask.at(*places)] = first_id + member
        yield block, labels
