"""The objects of one labelled frame, each in its box."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import ndimage as ndi

from napari_samwise.geometry.boxed_mask import BoxedMask
from napari_samwise.geometry.roi import Roi

_BLOCK_PX = 2048


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

    def moved(self, by: NDArray[np.int_]) -> Region:
        """Return the region moved by whole pixels along each axis."""
        return Region(self.mask.shift(by.tolist()), self.centroid + by, self.area)

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


def common_centroid(parts: Sequence[Region]) -> NDArray[np.float64]:
    """Return the centroid `(ndim,)` of regions as one, in pixels of the frame."""
    areas = [part.area for part in parts]
    return np.average([part.centroid for part in parts], axis=0, weights=areas)


def regions_of(labels: NDArray[np.integer]) -> dict[int, Region]:
    """Return the objects of a frame in memory by label; see ``read_regions``."""
    return read_regions(labels, ())


def read_regions(labels: Any, index: tuple[int, ...]) -> dict[int, Region]:
    """Return the objects of a frame by label, in order of their labels.

    Parameters
    ----------
    labels : array-like
        Of any integer dtype and sliced like an array, Y and X last; 0 is background. It is read
        block by block.
    index : tuple of int
        Which frame, `(Y, X)` or `(Z, Y, X)`: what its first axes are indexed by.
    """
    *leading, height, width = labels.shape[len(index) :]
    pieces: dict[int, list[BoxedMask]] = {}
    for top, left in product(range(0, height, _BLOCK_PX), range(0, width, _BLOCK_PX)):
        plane = slice(top, min(top + _BLOCK_PX, height)), slice(left, min(left + _BLOCK_PX, width))
        block = np.asarray(labels[(*index, *(slice(None) for _ in leading), *plane)])
        for label, mask in _masks_of(block):
            pieces.setdefault(label, []).append(mask.shift((*(0 for _ in leading), top, left)))
    return {label: Region.from_mask(_joined(pieces[label])) for label in sorted(pieces)}


def _masks_of(labels: NDArray[np.integer]) -> list[tuple[int, BoxedMask]]:
    """Return the objects of a block, each in its box."""
    if not labels.any():
        return []
    # Numbers without gaps: find_objects takes memory for every number up to the largest.
    values, dense = np.unique(labels, return_inverse=True)
    dense = dense.reshape(labels.shape).astype(np.int32) + 1
    return [
        (value, BoxedMask(Roi.from_slices(where), dense[where] == number))
        for number, (value, where) in enumerate(
            zip(values.tolist(), ndi.find_objects(dense), strict=True), start=1
        )
        if value
    ]


def _joined(pieces: list[BoxedMask]) -> BoxedMask:
    """Return an object of which blocks hold pieces."""
    if len(pieces) == 1:
        return pieces[0]
    box = pieces[0].roi
    for piece in pieces[1:]:
        box = box.union(piece.roi)
    inside = np.zeros(box.shape, dtype=np.bool_)
    for piece in pieces:
        inside[piece.roi.shift([-start for start in box.offset]).slices] = piece.inside
    return BoxedMask(box, inside)
