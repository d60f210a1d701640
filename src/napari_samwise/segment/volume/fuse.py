"""Blending two outlines by their signed distances."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage as ndi

from napari_samwise.geometry.boxed_mask import BoxedMask
from napari_samwise.geometry.roi import Roi
from napari_samwise.segment.volume.found import Found, iou


def signed_distance(mask: BoxedMask, roi: Roi) -> NDArray[np.float32]:
    """Return how deep inside a mask each pixel of a region lies.

    Parameters
    ----------
    mask : BoxedMask
        Not empty, its box within the region.
    roi : Roi
        `(h, w)`, in pixels of the slice.

    Returns
    -------
    ndarray
        `(h, w)` float32, pixels to the outline, positive inside. What lies beyond the region is
        outside.
    """
    inside = np.zeros(tuple(side + 2 for side in roi.shape), dtype=np.bool_)
    place = mask.roi.shift([1 - start for start in roi.offset])
    inside[place.slices] = mask.inside
    depth = ndi.distance_transform_edt(inside) - ndi.distance_transform_edt(~inside)
    # Pixel centres lie half a pixel from the outline between them.
    outline: NDArray[np.float32] = (depth - np.sign(depth) / 2)[1:-1, 1:-1].astype(np.float32)
    return outline


def blend(a: BoxedMask, b: BoxedMask, share_of_b: float) -> BoxedMask:
    """Return the mask between two masks, as far between them as asked.

    The zero set of the weighted mean of both signed distances: shape-based interpolation (Raya
    and Udupa 1990). Where the masks are far apart and none of it would be left, the nearer one
    is returned.

    Parameters
    ----------
    a, b : BoxedMask
        Not empty.
    share_of_b : float
        0 gives ``a``, 1 gives ``b``.
    """
    roi = a.roi.union(b.roi)
    mean = (1 - share_of_b) * signed_distance(a, roi) + share_of_b * signed_distance(b, roi)
    between = BoxedMask.from_mask(mean > 0, roi.offset)
    if between.area:
        return between
    return a if share_of_b < 0.5 else b


def fuse(before: Found, after: Found, share_of_after: float) -> Found:
    """Join what two directions found on one slice.

    Parameters
    ----------
    before, after : Found
        Carried from the prompted slice before and from the one behind.
    share_of_after : float
        0 at the slice before, 1 at the one behind.
    """
    return Found(
        blend(before.mask, after.mask, share_of_after),
        (1 - share_of_after) * before.predicted_iou + share_of_after * after.predicted_iou,
        iou(before.mask, after.mask),
        "fused",
    )
