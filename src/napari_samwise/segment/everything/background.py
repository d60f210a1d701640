"""Telling what lies around and between objects from an object."""

from __future__ import annotations

import numpy as np

from napari_samwise.geometry.boxed_mask import BoxedMask

_RIM_SHARE = 0.5
"""Large objects fill less of the plane's rim; networks of thin ones reach all sides, but thinly."""


def is_background(mask: BoxedMask, image_size: tuple[int, int]) -> bool:
    """Tell whether a mask reaches all four sides of the plane and fills half of its rim.

    Parameters
    ----------
    mask : BoxedMask
        In pixels of the plane.
    image_size : tuple of int
        `(Y, X)` of the plane.
    """
    if mask.roi.shape != image_size:
        return False
    inside = mask.inside
    rim = np.concatenate([inside[0], inside[-1], inside[1:-1, 0], inside[1:-1, -1]])
    return float(rim.mean()) >= _RIM_SHARE
