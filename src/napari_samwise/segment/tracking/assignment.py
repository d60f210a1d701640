"""Which object of one frame is which of the next: what is cheapest as a whole."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

from napari_samwise.segment.tracking.choices import NONE_COST, Choice, cheapest
from napari_samwise.segment.tracking.history import History
from napari_samwise.segment.tracking.options import TrackingOptions
from napari_samwise.segment.tracking.pairs import daughter_likeness
from napari_samwise.segment.tracking.regions import Region, common_centroid

_GAP_COST = 0.3
_AREA_WEIGHT = 0.25


def assign(
    histories: Sequence[History],
    regions: Sequence[Region],
    moves: Sequence[NDArray[np.float64]],
    frame: int,
    options: TrackingOptions,
    scale: Sequence[float],
) -> dict[int, tuple[int, ...]]:
    """Link objects to those of a frame so that the sum of costs is least.

    The cost of a link is 1 - IoU after the expected move, plus distance over reach, plus how unlike
    the areas are, plus something for a gap. A division costs what a link to both daughters as one
    object would. Without divisions it is the linear assignment of Jaqaman et al. 2008 (Nature
    Methods 5); with them both are chosen together, so that a mother needs not lose a daughter to
    her neighbour first.

    Parameters
    ----------
    histories : sequence of History
        N objects.
    regions : sequence of Region
        M objects of the frame.
    moves : sequence of ndarray
        How far each history is expected to have moved, `(ndim,)` in pixels.
    frame : int
        Index of the frame.
    options : TrackingOptions
        How far an object may move, and whether it may divide.
    scale : sequence of float
        Size of a pixel along every axis of the frame.

    Returns
    -------
    dict of int to tuple of int
        Index of a history -> index of its region, or of two daughters; each region at most once.
    """
    if not histories or not regions:
        return {}
    size = np.asarray(scale, dtype=np.float64)
    tree = KDTree(np.stack([region.centroid for region in regions]) * size)
    choices: list[Choice] = []
    for row, (history, move) in enumerate(zip(histories, moves, strict=True)):
        ahead = _Ahead(history, move, frame, options, size)
        near = sorted(tree.query_ball_point(ahead.place, ahead.reach))
        choices += _links(row, ahead, regions, near)
        if options.divisions and ahead.frames == 1:
            choices += _divisions(row, ahead, regions, near)
    return {choice.row: choice.columns for choice in cheapest(choices)}


class _Ahead:
    """Where an object is expected on a frame."""

    def __init__(
        self,
        history: History,
        move: NDArray[np.float64],
        frame: int,
        options: TrackingOptions,
        size: NDArray[np.float64],
    ) -> None:
        self.history = history
        self.size = size
        self.frames = abs(frame - history.frame)
        self.place = (history.region.centroid + move) * size
        self.reach = options.reach(history.region.diameter(size), self.frames)
        self.region = history.region.moved(np.rint(move).astype(np.int_))

    def cost(self, parts: Sequence[Region], area: float) -> float:
        """Return what it costs that some regions are the object, which measured ``area``."""
        total = sum(part.area for part in parts)
        distance = float(np.linalg.norm(common_centroid(parts) * self.size - self.place))
        shared = sum(self.region.mask.shared_area(part.mask) for part in parts)
        overlap = shared / (self.region.area + total - shared)
        unlike = abs(float(np.log2(total / area)))
        cost = 1 - overlap + distance / self.reach + _AREA_WEIGHT * unlike
        return cost + _GAP_COST * (self.frames - 1)


def _links(
    row: int, ahead: _Ahead, regions: Sequence[Region], near: Sequence[int]
) -> Iterator[Choice]:
    for column in near:
        cost = ahead.cost([regions[column]], ahead.history.area)
        if cost < NONE_COST:
            yield Choice(row, (column,), cost)


def _divisions(
    row: int, ahead: _Ahead, regions: Sequence[Region], near: Sequence[int]
) -> Iterator[Choice]:
    # What she measures now, if she has grown.
    area = max(ahead.history.area, ahead.region.area)
    small = [column for column in near if regions[column].area < area]
    for pair in combinations(small, 2):
        first, second = (regions[column] for column in pair)
        if daughter_likeness(ahead.region, first, second, area, ahead.size.tolist()) == 0:
            continue
        cost = ahead.cost([first, second], area)
        if cost < NONE_COST:
            yield Choice(row, pair, cost)
