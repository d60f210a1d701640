"""What an object looks like on the slice where its user pointed at it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage as ndi

from napari_samwise.geometry.boxed_mask import BoxedMask
from napari_samwise.geometry.roi import Roi

_GAP_PX, _RING_PX = 1, 3
_LEAST_SPREADS = 2.0
"""A fall in brightness counts in full from so many standard deviations inside the object, where
it differs by less from its surroundings."""


class Shown(Protocol):
    """A slice as somebody sees it."""

    @property
    def size(self) -> tuple[int, int]:
        """`(Y, X)` in pixels."""

    def grey(self, roi: Roi) -> NDArray[np.float32]:
        """Return the grey values `roi.shape` of a region, 0 to 255."""


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
    def of(cls, here: Shown, mask: BoxedMask) -> Appearance:
        """Measure an object.

        Parameters
        ----------
        here : Shown
            The slice; it is looked at near the mask only.
        mask : BoxedMask
            Not empty.
        """
        near = mask.roi.grow(_RING_PX).intersect(Roi((0, 0), here.size))
        inside = np.zeros(near.shape, dtype=np.bool_)
        inside[mask.roi.shift([-start for start in near.offset]).slices] = mask.inside
        ring = ndi.binary_dilation(inside, iterations=_RING_PX)
        ring &= ~ndi.binary_dilation(inside, iterations=_GAP_PX)
        values = here.grey(near)
        mean = float(values[inside].mean())
        around = float(values[ring].mean()) if ring.any() else mean
        return cls(mean, around, float(values[inside].std()))

    def likeness(self, here: Shown, mask: BoxedMask) -> float:
        """Tell whether a mask on another slice still looks like the object.

        Parameters
        ----------
        here : Shown
            The other slice.
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
        there = float(here.grey(mask.roi)[mask.inside].mean())
        return 1 - (self.inside - there) * (1 if contrast >= 0 else -1) / whole
