"""Which objects labels hold that were there before: those of their table, and others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage as ndi

from napari_samwise.geometry.roi import Roi
from napari_samwise.plugin.segmented_object import SegmentedObject

# Reading more would make whoever opens the labels wait.
_MAX_PX = 2**25
_COUNTED_PX = 2**18
_MAX_DIRECT_ID = 2**20


def list_objects(labels: Any, listed: Mapping[int, SegmentedObject]) -> dict[int, SegmentedObject]:
    """Return the objects of labels, with areas and boxes as they are now.

    Parameters
    ----------
    labels : array-like
        The labels. Those on disk, or too large to be read at once, are not looked at.
    listed : mapping of int to SegmentedObject
        What is known of them.

    Returns
    -------
    dict of int to SegmentedObject
        Of an id that was not listed only area and box are known.
    """
    if not isinstance(labels, np.ndarray) or labels.size > _MAX_PX or labels.ndim < 2:
        return dict(listed)
    return {
        label: replace(listed[label], area=area, box=box)
        if label in listed
        else SegmentedObject(label, area, np.nan, "", box=box)
        for label, area, box in _extents(labels)
    }


def _extents(labels: NDArray[Any]) -> Iterator[tuple[int, int, Roi]]:
    """Yield every id above 0 with its pixels and its box, all of them in one go: in the window."""
    ids: NDArray[Any] | None = None
    # A view of any memory order is looked through as it lies.
    values = labels if labels.dtype.kind == "u" else np.maximum(labels, 0)
    if values.max(initial=0) > _MAX_DIRECT_ID:
        # A table of all ids up to the highest would be larger than the labels.
        ids, places = np.unique(values, return_inverse=True)
        values = places.reshape(labels.shape) + (ids[0] > 0)
        ids = ids[ids > 0]
    areas = _count(values)
    for index, slices in enumerate(ndi.find_objects(values)):
        if slices is not None:
            label = index + 1 if ids is None else int(ids[index])
            offset = tuple(part.start for part in slices)
            shape = tuple(part.stop - part.start for part in slices)
            yield label, int(areas[index + 1]), Roi(offset, shape)


def _count(values: NDArray[Any]) -> NDArray[np.int64]:
    """Return how often each value from 0 on occurs."""
    flat = values.ravel(order="K")
    counts = np.zeros(int(values.max(initial=0)) + 1, dtype=np.int64)
    # A part at a time: counting makes wide integers of them.
    step = max(_COUNTED_PX, len(counts))
    for start in range(0, flat.size, step):
        # Before NumPy 2 those of uint64 are refused.
        part = flat[start : start + step].astype(np.intp, copy=False)
        counts += np.bincount(part, minlength=len(counts))
    return counts
