"""Which object of one frame is which of the next: the cheapest assignment as a whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from scipy.optimize import linear_sum_assignment
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import KDTree

from napari_samwise.segment.tracking.history import History
from napari_samwise.segment.tracking.options import TrackingOptions
from napari_samwise.segment.tracking.regions import Region

_UNLINKED = 2.0
"""Cost of leaving an object without a successor."""
_GAP_COST = 0.3
_AREA_WEIGHT = 0.25


def assign(
    histories: Sequence[History],
    regions: Sequence[Region],
    frame: int,
    options: TrackingOptions,
    scale: Sequence[float],
) -> dict[int, int]:
    """Link objects to those of a frame so that the sum of costs is least.

    The cost of a link is 1 - IoU after the expected move, plus distance over reach, plus how unlike
    the areas are, plus something for a gap. It is the linear assignment of Jaqaman et al. 2008
    (Nature Methods 5), solved apart in every group of objects that are within each other's reach.

    Parameters
    ----------
    histories : sequence of History
        N objects.
    regions : sequence of Region
        M objects of the frame.
    frame : int
        Index of the frame.
    options : TrackingOptions
        How far an object may move.
    scale : sequence of float
        Size of a pixel along every axis of the frame.

    Returns
    -------
    dict of int to int
        Index of a history -> index of a region; each at most once.
    """
    pairs = _pairs_in_reach(histories, regions, frame, options, scale)
    if not pairs:
        return {}
    rows, columns = np.array(list(pairs)).T
    count = len(histories)
    joined = coo_array(
        (np.ones(len(rows)), (rows, columns + count)), shape=(count + len(regions),) * 2
    )
    group = connected_components(joined, directed=False)[1]
    links: dict[int, int] = {}
    order = np.argsort(group[rows], kind="stable")
    borders = np.flatnonzero(np.diff(group[rows[order]])) + 1
    for members in np.split(order, borders):
        here = [(int(rows[i]), int(columns[i])) for i in members]
        links |= _cheapest({pair: pairs[pair] for pair in here})
    return links


def _pairs_in_reach(
    histories: Sequence[History],
    regions: Sequence[Region],
    frame: int,
    options: TrackingOptions,
    scale: Sequence[float],
) -> dict[tuple[int, int], float]:
    """Return the cost of every link that is possible and better than none."""
    if not histories or not regions:
        return {}
    size = np.asarray(scale)
    tree = KDTree(np.stack([region.centroid for region in regions]) * size)
    pairs = {}
    for row, history in enumerate(histories):
        frames = abs(frame - history.frame)
        move = history.expected_move(frame)
        place = (history.region.centroid + move) * size
        reach = options.reach(history.region.diameter(scale), frames)
        for column in tree.query_ball_point(place, reach):
            region = regions[column]
            distance = float(np.linalg.norm(region.centroid * size - place))
            unlike = abs(float(np.log2(region.area / history.area)))
            cost = 1 - history.region.overlap(region, move) + distance / reach
            cost += _AREA_WEIGHT * unlike + _GAP_COST * (frames - 1)
            if cost < _UNLINKED:
                pairs[row, column] = cost
    return pairs


def _cheapest(pairs: Mapping[tuple[int, int], float]) -> dict[int, int]:
    """Solve one group; every row may also stay without a column."""
    rows, columns = (sorted({pair[side] for pair in pairs}) for side in (0, 1))
    row_at = {row: index for index, row in enumerate(rows)}
    column_at = {column: index for index, column in enumerate(columns)}
    # The last columns, one a row, stand for "none"; what is impossible costs more than all.
    costs = np.full((len(rows), len(columns) + len(rows)), _UNLINKED)
    costs[:, : len(columns)] = _UNLINKED * (len(rows) + 1)
    for (row, column), cost in pairs.items():
        costs[row_at[row], column_at[column]] = cost
    chosen = zip(*linear_sum_assignment(costs), strict=True)
    return {rows[a]: columns[b] for a, b in chosen if b < len(columns)}
