"""How objects near each other move: cells of a sheet or a colony push and pull their neighbours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

from napari_samwise.segment.tracking.history import History
from napari_samwise.segment.tracking.regions import Region, common_centroid

_NEIGHBOURS = 8
_LEAST_NEIGHBOURS = 3
_NEAR = 4.0
"""In diameters of the object."""
_AGREE = 0.25
"""Neighbours move alike if half of them differ by less from the middle one, in its diameters."""


def near_moves(
    histories: Sequence[History],
    regions: Sequence[Region],
    found: Mapping[int, tuple[int, ...]],
    moves: Sequence[NDArray[np.float64]],
    frame: int,
    scale: Sequence[float],
) -> list[NDArray[np.float64]]:
    """Return what each object's move is expected to be, seen what was found for its neighbours.

    Parameters
    ----------
    histories : sequence of History
        N objects.
    regions : sequence of Region
        Objects of the frame.
    found : mapping of int to tuple of int
        Index of a history -> what was found for it, as ``assign`` returns it.
    moves : sequence of ndarray
        N moves `(ndim,)` in pixels, as they were expected.
    frame : int
        Index of the frame.
    scale : sequence of float
        Size of a pixel along every axis.

    Returns
    -------
    list of ndarray
        N moves: the median of those of at most eight objects nearby, itself among them, where
        these move alike, and otherwise what was expected. Objects that were not seen on the frame
        before neither tell nor are told.
    """
    rows = [row for row in found if abs(frame - histories[row].frame) == 1]
    if len(rows) < _LEAST_NEIGHBOURS:
        return list(moves)
    size = np.asarray(scale)
    places = np.stack([histories[row].region.centroid for row in rows]) * size
    ends = (
        np.stack([common_centroid([regions[column] for column in found[row]]) for row in rows])
        * size
    )
    moved = ends - places
    count = min(_NEIGHBOURS, len(rows))
    tree = KDTree(places)
    expected = []
    for history, move in zip(histories, moves, strict=True):
        diameter = history.region.diameter(size)
        far, near = tree.query(
            history.region.centroid * size, count, distance_upper_bound=_NEAR * diameter
        )
        theirs = moved[near[np.isfinite(far)]]
        if abs(frame - history.frame) == 1 and len(theirs) >= _LEAST_NEIGHBOURS:
            middle = np.median(theirs, axis=0)
            unlike = float(np.median(np.linalg.norm(theirs - middle, axis=1)))
            if unlike <= _AGREE * diameter:
                move = middle / size
        expected.append(move)
    return expected
