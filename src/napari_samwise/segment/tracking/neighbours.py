"""Points that say where the neighbours of an object are."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

from napari_samwise.geometry.boxed_mask import BoxedMask
from napari_samwise.segment.tracking.prompting import core

_MOST = 3
_NEAR = 1.5
"""In diameters: neighbours further away do not touch."""


def neighbour_points(
    expected: Mapping[int, BoxedMask],
) -> dict[int, list[NDArray[np.float64]]]:
    """Return for every object points in its nearest neighbours, to exclude.

    Parameters
    ----------
    expected : mapping of int to BoxedMask
        Id -> where the object probably is; not empty.

    Returns
    -------
    dict of int to list of ndarray
        At most three `(2,)` points (y, x) each, and none in the object's own mask.
    """
    chosen: dict[int, list[NDArray[np.float64]]] = {label: [] for label in expected}
    if len(expected) < 2:
        return chosen
    labels = list(expected)
    points = np.stack([core(mask) for mask in expected.values()])
    distances, order = KDTree(points).query(points, k=min(_MOST + 1, len(labels)))
    for label, far, nearest in zip(labels, distances, order, strict=True):
        mask = expected[label]
        diameter = 2 * np.sqrt(mask.area / np.pi)
        for distance, index in zip(far, nearest, strict=True):
            near = distance <= _NEAR * diameter
            if labels[index] != label and near and not _holds(mask, points[index]):
                chosen[label].append(points[index])
        del chosen[label][_MOST:]
    return chosen


def _holds(mask: BoxedMask, point: NDArray[np.float64]) -> bool:
    """Tell whether a point lies on a mask."""
    if not mask.roi.contains(point.tolist()):
        return False
    pixel = np.rint(point).astype(int) - mask.roi.offset
    limits = np.array(mask.roi.shape) - 1
    return bool(mask.inside[tuple(pixel.clip(0, limits))])
