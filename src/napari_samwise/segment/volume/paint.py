"""Writing objects into the labels as they are found, in any order, with the same result."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_samwise.geometry.boxed_mask import BoxedMask


@dataclass(frozen=True, slots=True, eq=False)
class Painter:
    """Who owns a pixel that several objects claim: the one that comes first in the prompts.

    Parameters
    ----------
    rank : mapping of int to int
        Label -> its place among the prompts; labels without one are never painted over.
    """

    rank: Mapping[int, int]

    def paint(self, plane: NDArray[np.int32], label: int, mask: BoxedMask) -> None:
        """Write a mask into one slice of the labels.

        Parameters
        ----------
        plane : ndarray
            `(Y, X)` int32, changed.
        label : int
            The object.
        mask : BoxedMask
            In pixels of the slice.
        """
        if mask.roi.is_empty:
            return
        part = plane[mask.roi.slices]
        later = [other for other, rank in self.rank.items() if rank > self.rank[label]]
        free = part == 0
        if later and not free[mask.inside].all():
            free |= np.isin(part, later)
        part[mask.inside & free] = label
