"""What an object looks like on the slice where its user pointed at it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage as ndi

from napari_samwise.geometry.boxed_mask import BoxedMask
from napari_samwise.geometry.roi import Roi

_GAP_PX, _RING_PX = 1, 3
_LEAST_SPREADS = 2.0
"""A fall in brightness counts in full from so many standard deviations inside the object, where
it differs by less from its surroundings."""


@dataclass(frozen=True, slots=True)
class Appearance:
    """The brightness of an object and of a ring around it, 0 to 255.

    Parameters
    ----------
    inside : float
        Mean inside.
    around : float
        Mean of the ring.
    spread : float
        Standard deviation inside.
    """

    inside: float
    around: float
    spread: float

    @classmethod
    def of(cls, grey: NDArray[np.float32], mask: BoxedMask) -> Appearance:
        """Measure an object.

        Parameters
        ----------
        grey : ndarray
            `(Y, X)` float32.
        mask : BoxedMask
            Not empty.
        """
        near = mask.roi.grow(_RING_PX).intersect(Roi((0, 0), (grey.shape[0], grey.shape[1])))
        inside = np.zeros(near.shape, dtype=np.bool_)
        inside[mask.roi.shift([-start for start in near.offset]).slices] = mask.inside
        ring = ndi.binary_dilation(inside, iterations=_RING_PX)
        ring &= ~ndi.binary_dilation(inside, iterations=_GAP_PX)
        values = grey[near.slices]
        mean = float(values[inside].mean())
        around = float(values[ring].mean()) if ring.any() else mean
        return cls(mean, around, float(values[inside].std()))

    def likeness(self, grey: NDArray[np.float32], mask: BoxedMask) -> float:
        """Tell whether a mask on another slice still looks like the object.

        Parameters
        ----------
        grey : ndarray
            `(Y, X)` float32, the other slice.
        mask : BoxedMask
            On that slice; not empty.

        Returns
        -------
        float
            1 where it is as bright as the object was, 0 where it is as bright as what surrounded
            it; may lie beyond both.
        """
        contrast = self.inside - self.around
        whole = max(abs(contrast), _LEAST_SPREADS * self.spread)
        if not whole:
            return 1.0
        there = float(grey[mask.roi.slices][mask.inside].mean())
        return 1 - (self.inside - there) * (1 if contrast >= 0 else -1) / whole
