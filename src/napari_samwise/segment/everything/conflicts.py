"""Which masks may overlap: a sweep over blocks of the plane, in memory bounded by one block."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

_BLOCK_PX = 256

Boxes = NDArray[np.int64]


def in_blocks(boxes: Boxes, side: int) -> Iterator[tuple[int, int, NDArray[np.int64]]]:
    """Yield the row and column of each block that a box touches, and those boxes, ascending.

    Parameters
    ----------
    boxes : ndarray
        `(N, 4)` int64, (y0, x0, y1, x1), half open, not empty.
    side : int
        Of a block, in pixels.
    """
    first, last = boxes[:, :2] // side, (boxes[:, 2:] - 1) // side
    rows, columns = (last - first + 1).T
    counts = rows * columns
    owner = np.repeat(np.arange(len(boxes)), counts)
    within = np.arange(len(owner)) - np.repeat(np.cumsum(counts) - counts, counts)
    row = first[owner, 0] + within // columns[owner]
    column = first[owner, 1] + within % columns[owner]
    order = np.lexsort((owner, column, row))
    row, column, owner = row[order], column[order], owner[order]
    changes = np.flatnonzero((np.diff(row) != 0) | (np.diff(column) != 0)) + 1
    for start, stop in zip([0, *changes], [*changes, len(owner)], strict=True):
        if stop > start:
            yield int(row[start]), int(column[start]), owner[start:stop]


def overlapping_pairs(boxes: Boxes) -> NDArray[np.int64]:
    """Return the pairs of boxes that share a pixel.

    Parameters
    ----------
    boxes : ndarray
        `(N, 4)` int64, (y0, x0, y1, x1), half open, not empty.

    Returns
    -------
    ndarray
        `(P, 2)` int64 indices, the smaller one first; each pair once.
    """
    pairs = [np.zeros((0, 2), dtype=np.int64)]
    for row, column, members in in_blocks(boxes, _BLOCK_PX):
        some = boxes[members]
        corner = np.maximum(some[:, None, :2], some[None, :, :2])
        end = np.minimum(some[:, None, 2:], some[None, :, 2:])
        # A pair belongs to the block in which what it shares begins.
        here = (end > corner).all(-1) & (corner // _BLOCK_PX == (row, column)).all(-1)
        a, b = np.nonzero(np.triu(here, 1))
        pairs.append(np.stack([members[a], members[b]], axis=1))
    return np.concatenate(pairs)


def shared_area(box: Boxes, others: Boxes) -> NDArray[np.int64]:
    """Return the pixels `(N,)` that a box `(4,)` shares with others `(N, 4)`."""
    sides = np.minimum(box[2:], others[:, 2:]) - np.maximum(box[:2], others[:, :2])
    area: NDArray[np.int64] = sides.clip(min=0).prod(-1)
    return area


def box_iou(box: Boxes, others: Boxes) -> NDArray[np.float64]:
    """Return the IoU `(N,)` of a box `(4,)` with others `(N, 4)`."""
    shared = shared_area(box, others)
    whole = _area(box) + _area(others) - shared
    overlap: NDArray[np.float64] = shared / whole
    return overlap


def _area(boxes: Boxes) -> NDArray[np.int64]:
    area: NDArray[np.int64] = (boxes[..., 2:] - boxes[..., :2]).prod(-1)
    return area
