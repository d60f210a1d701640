"""What all objects of a frame have in common: the move of a stage, or of a sheet of cells."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

from napari_samwise.segment.tracking.history import History
from napari_samwise.segment.tracking.options import TrackingOptions
from napari_samwise.segment.tracking.regions import Region

_LEAST_OBJECTS = 4
_MOST_OBJECTS = 1000
"""So many tell enough of a common move."""
_NEAR = 0.25
"""Moves that differ by no more than this share of a diameter are one."""
_LEAST_SHARE = 0.5
_LEAST_GAIN = 1.5
"""A move is common if so many of the objects share it, and so many times as many as stay."""
_FARTHER = 2.0
"""All may move so many times as far as one alone."""
_ALIKE = 1.5
"""An object is followed by one that is at most so many times as large or as small; half of it may
be a daughter."""


def common_move(
    histories: Sequence[History],
    regions: Sequence[Region],
    frame: int,
    options: TrackingOptions,
    scale: Sequence[float],
) -> NDArray[np.int_]:
    """Return the move that most objects share, beyond what each was expected to do.

    Every object votes for each move that would bring it to an object alike, as in a generalised
    Hough transform (Ballard 1981).

    Parameters
    ----------
    histories : sequence of History
        Objects that were seen on the frame before.
    regions : sequence of Region
        Objects of the frame.
    frame : int
        Its index.
    options : TrackingOptions
        How far an object may move.
    scale : sequence of float
        Size of a pixel along every axis of the frame.

    Returns
    -------
    ndarray
        `(ndim,)` whole pixels; zeros where no move is shared by at least half of the objects.
    """
    rest = np.zeros(len(scale), dtype=np.int_)
    voters = histories[:: -(-len(histories) // _MOST_OBJECTS) or 1]
    if len(voters) < _LEAST_OBJECTS or not regions:
        return rest
    size = np.asarray(scale)
    voter, moves = _votes(voters, regions, frame, options, size)
    near = _NEAR * float(np.median([one.region.diameter(scale) for one in voters]))
    if not len(moves):
        return rest
    counts = KDTree(moves).query_ball_point(moves, near, return_length=True)
    agreeing = np.linalg.norm(moves - moves[int(np.argmax(counts))], axis=1) <= near
    found = np.rint(np.median(moves[agreeing], axis=0) / size).astype(np.int_)
    shared, staying = (
        len(np.unique(voter[np.linalg.norm(moves - place, axis=1) <= near]))
        for place in (found * size, rest)
    )
    is_common = shared >= max(_LEAST_SHARE * len(voters), _LEAST_GAIN * staying)
    return found if is_common else rest


def _votes(
    voters: Sequence[History],
    regions: Sequence[Region],
    frame: int,
    options: TrackingOptions,
    size: NDArray[np.float64],
) -> tuple[NDArray[np.int_], NDArray[np.float64]]:
    """Return `(N,)` who votes and `(N, ndim)` for which move, in units of the scale."""
    tree = KDTree(np.stack([region.centroid for region in regions]) * size)
    who: list[int] = []
    moves: list[NDArray[np.float64]] = []
    for index, history in enumerate(voters):
        place = (history.region.centroid + history.expected_move(frame)) * size
        reach = _FARTHER * options.reach(history.region.diameter(size))
        for column in tree.query_ball_point(place, reach):
            ratio = regions[column].area / history.area
            if 1 / _ALIKE <= ratio <= _ALIKE:
                who.append(index)
                moves.append(regions[column].centroid * size - place)
    return np.array(who, dtype=np.int_), np.array(moves).reshape(-1, len(size))
