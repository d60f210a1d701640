"""The objects of one labelled frame, each in its box."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import ndimage as ndi

from napari_samwise.geometry.boxed_mask import BoxedMask
from napari_samwise.geometry.roi import Roi


@dataclass(frozen=True, slots=True, eq=False)
class Region:
    """One object on one frame.

    Parameters
    ----------
    mask : BoxedMask
        Its pixels, of two or three axes; not empty.
    centroid : ndarray
        `(ndim,)` float64, in pixels of the frame.
    area : int
        Number of pixels.
    """

    mask: BoxedMask
    centroid: NDArray[np.float64]
    area: int

    @classmethod
    def from_mask(cls, mask: BoxedMask) -> Region:
        """Measure a mask that is not empty."""
        pixels = np.argwhere(mask.inside)
        return cls(mask, pixels.mean(axis=0) + mask.roi.offset, len(pixels))

    def diameter(self, scale: ArrayLike | None = None) -> float:
        """Return the diameter of the disc or ball of the same area, in pixels or by ``scale``."""
        size = self.area * (1.0 if scale is None else float(np.prod(np.asarray(scale))))
        if len(self.centroid) == 2:
            return float(2 * np.sqrt(size / np.pi))
        return float((6 * size / np.pi) ** (1 / 3))

    def distance(self, other: Region, scale: ArrayLike | None = None) -> float:
        """Return the distance of the centroids, in pixels or by ``scale``."""
        apart = self.centroid - other.centroid
        return float(np.linalg.norm(apart if scale is None else apart * np.asarray(scale)))

    def overlap(self, other: Region, move: NDArray[np.float64] | None = None) -> float:
        """Return the IoU with another region, 0 to 1, after moving this one by whole pixels."""
        mask = self.mask
        if move is not None:
            mask = mask.shift([int(step) for step in np.rint(move)])
        shared = mask.shared_area(other.mask)
        return shared / (self.area + other.area - shared)


def regions_of(labels: NDArray[np.integer]) -> dict[int, Region]:
    """Return the objects of a frame by label, in order of their labels.

    Parameters
    ----------
    labels : ndarray
        `(Y, X)` or `(Z, Y, X)` of any integer dtype; 0 is background.
    """
    # Numbers without gaps: find_objects takes memory for every number up to the largest.
    values, dense = np.unique(labels, return_inverse=True)
    first = int(values[0] == 0) if len(values) else 0
    dense = dense.reshape(labels.shape).astype(np.int32) + (1 - first)
    regions = {}
    for number, (value, where) in enumerate(
        zip(values[first:].tolist(), ndi.find_objects(dense), strict=True), start=1
    ):
        mask = BoxedMask(Roi.from_slices(where), dense[where] == number)
        regions[value] = Region.from_mask(mask)
    return regions
