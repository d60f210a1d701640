"""Writing one object into a label array: only where nothing is yet, and only its bounding box."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_samwise.geometry.roi import Roi
from napari_samwise.plugin.plane import Plane


def bounding_box(mask: NDArray[np.bool_]) -> Roi:
    """Return the smallest region around the set pixels of a `(Y, X)` mask."""
    rows = np.flatnonzero(mask.any(axis=1))
    if not len(rows):
        return Roi((0, 0), (0, 0))
    columns = np.flatnonzero(mask[rows[0] : rows[-1] + 1].any(axis=0))
    return Roi.from_bounds(
        (int(rows[0]), int(columns[0])), (int(rows[-1]) + 1, int(columns[-1]) + 1)
    )


@dataclass(frozen=True, slots=True, eq=False)
class LabelPatch:
    """The pixels that one object took on one plane.

    Parameters
    ----------
    plane : Plane
        Where in the data.
    roi : Roi
        `(Y, X)` bounding box in the plane.
    mask : ndarray
        `roi.shape` bool, the pixels that were free and became the object's.
    """

    plane: Plane
    roi: Roi
    mask: NDArray[np.bool_]

    @classmethod
    def of_free_pixels(cls, labels: Any, plane: Plane, mask: NDArray[np.bool_]) -> LabelPatch:
        """Keep of a `(Y, X)` mask the pixels that no object has yet."""
        roi = bounding_box(mask)
        taken = np.asarray(labels[plane.window(roi)]) != 0
        return cls(plane, roi, mask[roi.slices] & ~taken)

    @property
    def area(self) -> int:
        """Number of pixels."""
        return int(np.count_nonzero(self.mask))

    def write(self, labels: Any, label: int) -> None:
        """Give the pixels that are still free to the object."""
        self._replace(labels, 0, label)

    def erase(self, labels: Any, label: int) -> None:
        """Free the pixels that are still the object's."""
        self._replace(labels, label, 0)

    def _replace(self, labels: Any, old: int, new: int) -> None:
        window = self.plane.window(self.roi)
        # Read, change, write: so that it works alike for arrays on disk.
        values = np.array(labels[window])
        values[self.mask & (values == old)] = new
        labels[window] = values
