"""From foreground and distances to labels: a seeded watershed.

Archit et al. 2025, Segment Anything for Microscopy: what is near a centre and far from any
boundary is a seed; seeds grow over the foreground, from the depth of an object to its boundary.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage as ndi
from skimage.measure import label
from skimage.segmentation import watershed

from napari_samwise.errors import InputError

_KERNEL_SIGMAS = 3.0
"""The published thresholds were tuned with Gaussians cut off here and mirrored at the border."""


@dataclass(frozen=True, slots=True)
class WatershedOptions:
    """How labels are made of distances; the defaults are micro-sam's.

    Parameters
    ----------
    centre : float
        0 to 1; a seed is nearer than this to its centre.
    boundary : float
        0 to 1; a seed is deeper than this within its object, which 0 says is deepest.
    foreground : float
        0 to 1; what is less probable is background.
    foreground_smoothing : float
        Standard deviation, in pixels, of the Gaussian that smooths the foreground.
    distance_smoothing : float
        The same of both distances.

    Raises
    ------
    InputError
        If a number is out of its range.
    """

    centre: float = 0.5
    boundary: float = 0.5
    foreground: float = 0.5
    foreground_smoothing: float = 1.0
    distance_smoothing: float = 1.6

    def __post_init__(self) -> None:
        for name in ("centre", "boundary", "foreground"):
            value = getattr(self, name)
            if not 0 <= value <= 1:
                raise InputError(f"{name} must lie between 0 and 1, got {value}.")
        for name in ("foreground_smoothing", "distance_smoothing"):
            value = getattr(self, name)
            if not 0 <= value <= 100:
                raise InputError(f"{name} must lie between 0 and 100 pixels, got {value}.")


def label_distances(
    foreground: NDArray[np.float32],
    centre: NDArray[np.float32],
    boundary: NDArray[np.float32],
    options: WatershedOptions,
    min_area: int = 0,
) -> NDArray[np.int32]:
    """Give every object of a plane a number.

    Parameters
    ----------
    foreground, centre, boundary : ndarray
        `(Y, X)` float, see :class:`~napari_samwise.model.distances.Distances`.
    options : WatershedOptions
        Thresholds and smoothing.
    min_area : int
        Objects of fewer pixels are left out.

    Returns
    -------
    ndarray
        `(Y, X)` int32, 0 is background. Each object is connected, corners included; objects are
        numbered from 1 by their first pixel, row by row.
    """
    inside = _smooth(foreground, options.foreground_smoothing) > options.foreground
    near = _smooth(centre, options.distance_smoothing) < options.centre
    depth = _smooth(boundary, options.distance_smoothing)
    seeds = label(inside & near & (depth < options.boundary))
    grown = watershed(depth, markers=seeds, mask=inside)
    sizes = np.bincount(grown.ravel())
    sizes[0] = 0
    kept = np.where((sizes >= max(min_area, 1))[grown], grown, 0)
    return _number_by_place(kept)


def _smooth(values: NDArray[np.float32], sigma: float) -> NDArray[np.float32]:
    smoothed: NDArray[np.float32] = ndi.gaussian_filter(
        values, sigma, mode="mirror", truncate=_KERNEL_SIGMAS
    )
    return smoothed


def _number_by_place(labels: NDArray[np.int32]) -> NDArray[np.int32]:
    ids, first = np.unique(labels, return_index=True)
    objects = ids > 0
    by_place = ids[objects][np.argsort(first[objects])]
    numbers = np.zeros(int(ids[-1]) + 1, dtype=np.int32)
    numbers[by_place] = np.arange(1, len(by_place) + 1)
    return numbers[labels]
