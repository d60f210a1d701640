"""What an object looks like: how often each grey value occurs in it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage as ndi

from napari_samwise.geometry.boxed_mask import BoxedMask
from napari_samwise.segment.tracking.shades import Shades

_BINS = 32

Look = NDArray[np.float64]


def look_of(mask: BoxedMask, shades: Shades) -> Look:
    """Return the histogram of the grey values in a mask.

    Parameters
    ----------
    mask : BoxedMask
        In the plane, not empty.
    shades : Shades
        Grey values of the plane.

    Returns
    -------
    ndarray
        `(32,)` float64 that sums to 1, smoothed, so that a slight change of light does not count.
    """
    values = shades.part(mask.roi)[mask.inside]
    counts = np.histogram(values, bins=_BINS, range=(0, 255))[0] / len(values)
    return np.asarray(ndi.gaussian_filter1d(counts, 1.0, mode="nearest"))


def likeness(one: Look, other: Look) -> float:
    """Return the intersection of two histograms (Swain and Ballard 1991), 0 to 1."""
    return float(min(1.0, np.minimum(one, other).sum()))
