"""Holes and islands of a mask."""

from __future__ import annotations

import numpy as np
from scipy import ndimage as ndi

from napari_samwise.geometry.boxed_mask import BoxedMask

_ALL_NEIGHBOURS = np.ones((3, 3), dtype=bool)


def clean_regions(mask: BoxedMask, min_area: int) -> BoxedMask:
    """Fill small holes and remove small islands; of islands that are all small the largest stays.

    Parameters
    ----------
    mask : BoxedMask
        Not empty.
    min_area : int
        In pixels, the least area of a hole or an island that is kept.

    Returns
    -------
    BoxedMask
        In a tight box again.
    """
    # With a margin, what is outside is one region; it is the first, and no hole.
    inside = np.pad(mask.inside, 1)
    gaps, _ = ndi.label(~inside)
    sizes = np.bincount(gaps.ravel())
    is_small = sizes < min_area
    is_small[:2] = False
    inside |= is_small[gaps]
    islands, _ = ndi.label(inside, _ALL_NEIGHBOURS)
    sizes = np.bincount(islands.ravel())
    sizes[0] = 0
    stays = sizes >= max(min_area, 1)
    if not stays.any():
        stays[int(sizes.argmax())] = True
    y, x = mask.roi.offset
    return BoxedMask.from_mask(stays[islands], (y - 1, x - 1))
