"""Classical tools under the same protocol: flood fill for a click, Otsu's threshold in a box."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage as ndi
from skimage.filters import threshold_otsu
from skimage.measure import label
from skimage.segmentation import flood

BoolImage = NDArray[np.bool_]


def flood_from_click(
    image: NDArray[np.uint8], point: tuple[int, int], tolerance: float = 32.0
) -> BoolImage:
    """Return the region of like brightness around a click, holes filled.

    Parameters
    ----------
    image : ndarray
        `(Y, X, 3)` uint8.
    point : tuple of int
        (row, column).
    tolerance : float
        Largest difference of brightness, of 255.
    """
    grey = ndi.gaussian_filter(image.mean(-1), 1.0)
    region = flood(grey, point, tolerance=tolerance)
    filled: BoolImage = ndi.binary_fill_holes(region)
    return filled


def otsu_in_box(image: NDArray[np.uint8], box: tuple[int, int, int, int]) -> BoolImage:
    """Return the larger component of the side of Otsu's threshold that the box's middle favours.

    Parameters
    ----------
    image : ndarray
        `(Y, X, 3)` uint8.
    box : tuple of int
        (y0, x0, y1, x1) of the outermost pixels.
    """
    y0, x0, y1, x1 = box
    grey = ndi.gaussian_filter(image.mean(-1), 1.0)[y0 : y1 + 1, x0 : x1 + 1]
    mask = np.zeros(image.shape[:2], bool)
    if grey.max() == grey.min():
        mask[y0 : y1 + 1, x0 : x1 + 1] = True
        return mask
    bright = grey > threshold_otsu(grey)
    height, width = grey.shape
    middle = bright[height // 4 : height - height // 4, width // 4 : width - width // 4]
    inside = bright if middle.mean() >= 0.5 else ~bright
    parts = label(inside, connectivity=1)
    if parts.max():
        inside = parts == 1 + int(np.argmax(np.bincount(parts.ravel())[1:]))
    mask[y0 : y1 + 1, x0 : x1 + 1] = ndi.binary_fill_holes(inside)
    return mask
