"""Classical tools under the same protocol, one for each kind of prompt.

Flood fill for a click, Otsu's threshold in a box, the watershed of distances without a prompt.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage as ndi
from skimage.feature import peak_local_max
from skimage.filters import threshold_otsu
from skimage.measure import label
from skimage.segmentation import flood, watershed

BoolImage = NDArray[np.bool_]

_SEED_DISTANCE_PX = 5
_SMALLEST_SEGMENT_PX = 25


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


def watershed_everything(image: NDArray[np.uint8]) -> NDArray[np.int32]:
    """Return the objects of Otsu's threshold, touching ones divided where they are narrow.

    Objects are what fills less of the plane's rim, bright or dark. They are divided by the
    watershed of the distance to their border; pieces of fewer than 25 pixels are dropped.

    Parameters
    ----------
    image : ndarray
        `(Y, X, 3)` uint8.

    Returns
    -------
    ndarray
        `(Y, X)` int32, 0 is background.
    """
    grey = ndi.gaussian_filter(image.mean(-1), 1.0)
    if grey.max() == grey.min():
        return np.zeros(grey.shape, np.int32)
    bright = grey > threshold_otsu(grey)
    rim = np.concatenate([bright[0], bright[-1], bright[:, 0], bright[:, -1]])
    inside = bright if rim.mean() <= 0.5 else ~bright
    depth = ndi.gaussian_filter(ndi.distance_transform_edt(inside), 1.0)
    peaks = peak_local_max(
        depth, min_distance=_SEED_DISTANCE_PX, labels=label(inside), exclude_border=False
    )
    seeds = np.zeros(grey.shape, np.int32)
    seeds[tuple(peaks.T)] = np.arange(1, len(peaks) + 1)
    segments: NDArray[np.int32] = watershed(-depth, seeds, mask=inside).astype(np.int32)
    small = np.bincount(segments.ravel()) < _SMALLEST_SEGMENT_PX
    segments[small[segments]] = 0
    return segments
