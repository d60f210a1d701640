"""Ids of tracks while they are given out, and divisions that are taken back."""

from __future__ import annotations

from collections.abc import Mapping

from napari_samwise.segment.tracking.sightings import Sightings
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
    sightings: Sightings, graph: Mapping[int, list[int]], frames: int, least_frames: int
) -> Graph:
    """Undo divisions of which a daughter vanishes at once.

    The daughter that lives longer is the mother again; the other keeps its pixels and its id, as
    an object without a mother.

    Parameters
    ----------
    sightings : Sightings
        Objects are renamed in it.
    graph : mapping of int to list of int
        Daughter -> mother.
    frames : int
        How many the movie has.
    least_frames : int
        A daughter must live so long, or up to the end of the movie.

    Returns
    -------
    dict of int to list of int
        What is left of the graph.
    """
    left = dict(graph)

    def is_fleeting(daughter: int) -> bool:
        first, last = sightings.life(daughter)
        brief = last - first + 1 < least_frames and last < frames - 1
        return brief and [daughter] not in left.values()

    # The youngest first: a daughter's own daughters decide whether she divided before she does.
    for mother in sorted({parents[0] for parents in left.values()}, reverse=True):
        daughters = [child for child, parents in left.items() if parents == [mother]]
        if not any(is_fleeting(daughter) for daughter in daughters):
            continue
        survivor = max(daughters, key=lambda daughter: sightings.life(daughter)[1])
        sightings.rename(survivor, mother)
        for daughter in daughters:
            del left[daughter]
        left |= {child: [mother] for child, parents in left.items() if parents == [survivor]}
    return left
