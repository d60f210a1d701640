"""Filling the slices between annotated ones by shape alone, without looking at the image."""

from __future__ import annotations

import itertools

import numpy as np
from numpy.typing import NDArray

from napari_samwise.errors import InputError
from napari_samwise.geometry.boxed_mask import BoxedMask
from napari_samwise.segment.volume.fuse import blend
from napari_samwise.whole_numbers import check_whole


def interpolate_slices(
    labels: NDArray[np.integer], label: int, axis: int = 0
) -> NDArray[np.integer]:
    """Fill an object's gaps between annotated slices, in place.

    Each gap is filled by the weighted mean of the signed distances of the slices at its ends
    (Raya and Udupa 1990). Pixels of other objects are kept.

    Parameters
    ----------
    labels : ndarray
        `(Z, Y, X)` of any integer type, in any order of the axes; changed.
    label : int
        The object.
    axis : int
        The axis from slice to slice.

    Returns
    -------
    ndarray
        The same array.

    Raises
    ------
    InputError
        If it is no such array, cannot be written to, has no three axes or not that one, or the
        object is on fewer than two slices.
    """
    if not isinstance(labels, np.ndarray) or labels.dtype.kind not in "iu":
        raise InputError(
            "Slices are filled in an array of whole numbers in memory, got "
            f"{type(labels).__name__} of {getattr(labels, 'dtype', 'something else')}."
        )
    if not labels.flags.writeable:
        raise InputError("Slices are filled in place, but the array is read-only; give a copy.")
    if labels.ndim != 3:
        raise InputError(f"Slices are filled in a volume of three axes, got {labels.ndim}.")
    slices = np.moveaxis(labels, check_whole("axis", axis, -3, 2), 0)
    known = [index for index in range(len(slices)) if (slices[index] == label).any()]
    if len(known) < 2:
        raise InputError(
            f"Object {label} must be on at least two slices to fill between them, got {len(known)}."
        )
    for first, last in itertools.pairwise(known):
        if last - first < 2:
            continue
        a, b = (BoxedMask.from_mask(slices[index] == label) for index in (first, last))
        for index in range(first + 1, last):
            between = blend(a, b, (index - first) / (last - first))
            part = slices[index][between.roi.slices]
            part[between.inside & (part == 0)] = label
    return labels
