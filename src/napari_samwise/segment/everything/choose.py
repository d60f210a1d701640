"""Which masks are objects where they overlap: the better ones, however they were found.

Whether a mask stays depends on the better masks that it touches, and on nothing else. So the
answer is the same in any order, and masks are judged from place to place, with few at hand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_samwise.segment.everything.conflicts import box_iou, overlapping_pairs, shared_area
from napari_samwise.segment.everything.options import EverythingOptions
from napari_samwise.segment.everything.table import Table, rank_by

Judge = Callable[[int, NDArray[np.int64]], bool]
"""Tells whether a mask stays beside the better ones that stay and overlap with it."""

_UNKNOWN, _STAYS, _GOES = 0, 1, 2


@dataclass(frozen=True, slots=True, eq=False)
class Objects:
    """The masks that are objects, in the order of their numbers.

    Parameters
    ----------
    masks : ndarray
        `(K,)` int64, index in the table.
    ranks : ndarray
        `(K,)` int64; where two overlap, the one of the lower rank has the pixel.
    areas : ndarray
        `(K,)` int64, the pixels that each one has.
    """

    masks: NDArray[np.int64]
    ranks: NDArray[np.int64]
    areas: NDArray[np.int64]

    def take(self, chosen: NDArray[np.bool_]) -> Objects:
        """Return some of them, `(K,)` bool, numbered anew."""
        return Objects(self.masks[chosen], self.ranks[chosen], self.areas[chosen])


def suppress(
    table: Table, options: EverythingOptions, part_areas: NDArray[np.int64] | None = None
) -> NDArray[np.int64]:
    """Return the masks that overlap with no better one that is kept.

    Parameters
    ----------
    table : Table
        The masks.
    options : EverythingOptions
        Its ``nms_iou`` and ``overlap_of`` count.
    part_areas : ndarray, optional
        `(parts,)` int64. If given, duplicates are suppressed within each part first, and then
        between parts, where the smaller part sees better; else at once and whatever the part.

    Returns
    -------
    ndarray
        int64 indices, ascending.
    """
    pairs = overlapping_pairs(table.boxes)
    order = table.by_place()
    ranks = table.ranks()
    judge = _duplicates(table, options)
    if part_areas is None:
        return np.flatnonzero(_decide(order, pairs, ranks, judge))
    within = table.part[pairs[:, 0]] == table.part[pairs[:, 1]]
    stays = _decide(order, pairs[within], ranks, judge)
    smaller_first = rank_by((ranks, part_areas[table.part]))
    among = stays[pairs].all(axis=1)
    return np.flatnonzero(stays & _decide(order, pairs[among], smaller_first, judge))


def see(table: Table, chosen: NDArray[np.int64], min_visible: float) -> Objects:
    """Return the masks of which enough is left by better ones, numbered by place.

    A part inside a better whole disappears, and so does a cluster of better parts; but a cell
    keeps its ring around a better nucleus if the ring is large enough. Objects are numbered by
    their first pixel, row by row.

    Parameters
    ----------
    table : Table
        The masks.
    chosen : ndarray
        int64 indices of those to look at.
    min_visible : float
        0 to 1, share of a mask's pixels that must be left.
    """
    is_chosen = np.zeros(len(table), dtype=bool)
    is_chosen[chosen] = True
    pairs = overlapping_pairs(table.boxes[chosen])
    order = table.by_place()
    visible: dict[int, tuple[int, int, int]] = {}

    def judge(index: int, better: NDArray[np.int64]) -> bool:
        row, column, area = _left_over(table, index, better)
        visible[index] = (row, column, area)
        return area > 0 and area >= min_visible * int(table.areas[index])

    ranks = table.ranks()
    stays = _decide(order[is_chosen[order]], chosen[pairs], ranks, judge)
    masks = np.flatnonzero(stays)
    left = np.array([visible[index] for index in masks.tolist()], dtype=np.int64).reshape(-1, 3)
    by_place = np.lexsort((ranks[masks], left[:, 1], left[:, 0]))
    return Objects(masks[by_place], ranks[masks][by_place], left[by_place, 2])


def _decide(
    order: NDArray[np.int64], pairs: NDArray[np.int64], ranks: NDArray[np.int64], judge: Judge
) -> NDArray[np.bool_]:
    """Judge masks, each after the better ones that overlap with it; ``order`` is of no account."""
    worse = np.where(ranks[pairs[:, 0]] > ranks[pairs[:, 1]], pairs[:, 0], pairs[:, 1])
    better = pairs.sum(axis=1) - worse
    by_worse = np.lexsort((ranks[better], worse))
    neighbours = better[by_worse]
    starts = np.searchsorted(worse[by_worse], np.arange(len(ranks) + 1))
    state = np.zeros(len(ranks), dtype=np.int8)
    for first in order.tolist():
        waiting = [first]
        while waiting:
            index = waiting[-1]
            above = neighbours[starts[index] : starts[index + 1]]
            unknown = above[state[above] == _UNKNOWN]
            if state[index] == _UNKNOWN and len(unknown):
                waiting.extend(unknown.tolist())
                continue
            waiting.pop()
            if state[index] == _UNKNOWN:
                stays = judge(index, above[state[above] == _STAYS])
                state[index] = _STAYS if stays else _GOES
    decided: NDArray[np.bool_] = state == _STAYS
    return decided


def _duplicates(table: Table, options: EverythingOptions) -> Judge:
    limit = options.nms_iou

    def by_box(index: int, better: NDArray[np.int64]) -> bool:
        return not (box_iou(table.boxes[index], table.boxes[better]) > limit).any()

    def by_mask(index: int, better: NDArray[np.int64]) -> bool:
        area, areas = int(table.areas[index]), table.areas[better]
        # What two masks share lies in both of them, and in both of their boxes.
        most = np.minimum(areas, shared_area(table.boxes[index], table.boxes[better]))
        most = np.minimum(most, area)
        near = better[most > limit * (area + areas - most)].tolist()
        return not any(iou > limit for iou in _ious(table, index, near))

    return by_box if options.overlap_of == "box" else by_mask


def _ious(table: Table, index: int, others: Iterable[int]) -> Iterable[float]:
    for other in others:
        shared = table.mask(index).shared_area(table.mask(other))
        yield shared / (int(table.areas[index]) + int(table.areas[other]) - shared)


def _left_over(table: Table, index: int, better: NDArray[np.int64]) -> tuple[int, int, int]:
    """Return the first pixel, (y, x), and the number of pixels that better masks leave."""
    mask = table.mask(index)
    left = mask.cells.inside
    for other in better.tolist():
        rows, columns = (
            np.arange(start, end) * mask.step + mask.step // 2
            for start, end in zip(mask.cells.roi.offset, mask.cells.roi.end, strict=True)
        )
        left = left & ~table.mask(other).at(rows, columns)
    y, x = divmod(int(left.argmax()), left.shape[1])
    offset = mask.cells.roi.offset
    area = int(np.count_nonzero(left)) * mask.step**2
    return (offset[0] + y) * mask.step, (offset[1] + x) * mask.step, area
