"""A mask kept in its bounding box, so that many masks of one plane cost little."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_samwise.errors import InputError
from napari_samwise.geometry.roi import Roi


@dataclass(frozen=True, slots=True, eq=False)
class BoxedMask:
    """The pixels of one object: a tight box, and which pixels in it belong to the object.

    Parameters
    ----------
    roi : Roi
        `(Y, X)` bounding box in pixels of the plane; empty if the mask is.
    inside : ndarray
        `roi.shape` bool.

    Raises
    ------
    InputError
        If the array does not have the box's shape.
    """

    roi: Roi
    inside: NDArray[np.bool_]

    def __post_init__(self) -> None:
        if self.inside.shape != self.roi.shape:
            raise InputError(
                f"A mask in a box must have the box's shape {self.roi.shape}, "
                f"got {self.inside.shape}."
            )

    @classmethod
    def from_mask(cls, mask: NDArray[np.bool_], offset: Sequence[int] = (0, 0)) -> BoxedMask:
        """Keep the bounding box of a mask.

        Parameters
        ----------
        mask : ndarray
            `(h, w)` bool.
        offset : sequence of int
            (y, x) of its first pixel in the plane.
        """
        rows = np.flatnonzero(mask.any(axis=1))
        if not len(rows):
            return cls(Roi((0, 0), (0, 0)), np.zeros((0, 0), dtype=np.bool_))
        columns = np.flatnonzero(mask[rows[0] : rows[-1] + 1].any(axis=0))
        box = Roi.from_bounds(
            (int(rows[0]), int(columns[0])), (int(rows[-1]) + 1, int(columns[-1]) + 1)
        )
        # A copy, because a view would keep the whole mask alive.
        return cls(box.shift(offset), mask[box.slices].copy())

    @property
    def area(self) -> int:
        """Number of pixels."""
        return int(np.count_nonzero(self.inside))

    def shift(self, by: Sequence[int]) -> BoxedMask:
        """Move the mask by (y, x) pixels."""
        return BoxedMask(self.roi.shift(by), self.inside)

    def cut(self, roi: Roi) -> NDArray[np.bool_]:
        """Return the part `roi.shape` of the mask in a region within its box."""
        return self.inside[roi.shift([-start for start in self.roi.offset]).slices]

    def shared_area(self, other: BoxedMask) -> int:
        """Return the number of pixels that both masks have."""
        common = self.roi.intersect(other.roi)
        if common.is_empty:
            return 0
        return int(np.count_nonzero(self.cut(common) & other.cut(common)))
