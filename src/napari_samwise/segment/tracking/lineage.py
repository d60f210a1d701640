"""Ids of tracks while they are given out, and divisions that are taken back."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from napari_samwise.segment.tracking.tracks import Graph


class Lineage:
    """Gives out ids that nobody has, and remembers mothers.

    Parameters
    ----------
    taken : int
        The highest id that is in use.
    """

    def __init__(self, taken: int = 0) -> None:
        self._last = taken
        self.graph: Graph = {}

    def new(self) -> int:
        """Return an id that is free."""
        self._last += 1
        return self._last

    def divide(self, mother: int) -> tuple[int, int]:
        """Return the ids of two daughters."""
        daughters = self.new(), self.new()
        self.graph |= {daughter: [mother] for daughter in daughters}
        return daughters


def take_back_fleeting(
    labels: NDArray[np.int32], graph: Graph, least_frames: int
) -> tuple[Graph, dict[int, int]]:
    """Undo divisions of which a daughter vanishes at once, in place.

    The daughter that lives longer is the mother again; the other keeps its pixels and its id, as
    an object without a mother.

    Parameters
    ----------
    labels : ndarray
        `(T, ...)` int32.
    graph : dict of int to list of int
        Daughter -> mother.
    least_frames : int
        A daughter must live so long, or up to the end of the movie.

    Returns
    -------
    graph : dict of int to list of int
        What is left.
    renamed : dict of int to int
        Id of a daughter -> the id that she has now, her mother's.
    """
    lives = _lives(labels, set(graph))
    graph, renamed = dict(graph), {}
    # The youngest first: a daughter's own daughters decide whether she divided before she does.
    for mother in sorted({parents[0] for parents in graph.values()}, reverse=True):
        daughters = [child for child, parents in graph.items() if parents == [mother]]
        brief = [
            daughter
            for daughter in daughters
            if lives[daughter][1] - lives[daughter][0] + 1 < least_frames
            and lives[daughter][1] < len(labels) - 1
            and [daughter] not in graph.values()
        ]
        if not brief:
            continue
        survivor = max(daughters, key=lambda daughter: lives[daughter][1])
        first, last = lives[survivor]
        part = labels[first : last + 1]
        part[part == survivor] = mother
        renamed[survivor] = mother
        for daughter in daughters:
            del graph[daughter]
        for child in [child for child, parents in graph.items() if parents == [survivor]]:
            graph[child] = [mother]
    return graph, renamed


def _lives(labels: NDArray[np.int32], wanted: set[int]) -> dict[int, tuple[int, int]]:
    """Return the first and last frame of some objects."""
    lives: dict[int, tuple[int, int]] = {}
    for t, frame in enumerate(labels if wanted else ()):
        for label in wanted.intersection(np.unique(frame).tolist()):
            lives[label] = (lives.get(label, (t, t))[0], t)
    return lives
