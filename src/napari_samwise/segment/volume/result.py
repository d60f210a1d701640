"""Objects in a volume, with the confidence of every slice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_samwise.segment.planes import Position

DOUBTFUL = 0.7
"""Slices of less confidence are worth a look."""


@dataclass(frozen=True, slots=True, eq=False)
class Volume:
    """What ``segment_volume`` has found.

    Parameters
    ----------
    labels : ndarray
        int32, the image's shape without the channel axis; 0 is background.
    confidence : mapping of int to mapping of int to float
        Label -> slice -> 0 to 1, slices in order: the geometric mean of predicted IoU and of
        agreement with the neighbouring slice, or of both directions where they met. Only slices
        on which the object was found.
    trusted : mapping of int to frozenset of int
        Label -> slices with prompts.
    rest : mapping of int to tuple of int
        Label -> its position on the axes to step through other than ``along``; empty for a plain
        volume.
    along : str
        The axis from slice to slice.
    complete : bool
        False if it was stopped before its end.
    """

    labels: NDArray[np.int32]
    confidence: Mapping[int, Mapping[int, float]]
    trusted: Mapping[int, frozenset[int]]
    rest: Mapping[int, Position]
    along: str
    complete: bool

    def doubtful(self, label: int, threshold: float = DOUBTFUL) -> list[int]:
        """Return the slices of an object that are worth a look, in order.

        Parameters
        ----------
        label : int
            The object.
        threshold : float
            0 to 1; slices of less confidence are doubtful, prompted ones never.
        """
        return [
            index
            for index, value in self.confidence.get(label, {}).items()
            if value < threshold and index not in self.trusted.get(label, frozenset())
        ]

    def next_doubtful(self, label: int, after: int, threshold: float = DOUBTFUL) -> int | None:
        """Return the next doubtful slice, from the first one again behind the last.

        Parameters
        ----------
        label : int
            The object.
        after : int
            The slice to start from, such as the displayed one.
        threshold : float
            See ``doubtful``.

        Returns
        -------
        int or None
            None if no slice is doubtful.
        """
        found = self.doubtful(label, threshold)
        return next((index for index in found if index > after), found[0] if found else None)
