"""Which objects labels hold that were there before: those of their table, and others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from napari_samwise.geometry.roi import Roi
from napari_samwise.io.label_objects import find_objects, views
from napari_samwise.plugin.object_pixels import data_box, name_axes
from napari_samwise.plugin.segmented_object import SegmentedObject

# Reading more would make whoever opens the labels wait.
_MAX_PX = 2**25


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
    found: dict[int, tuple[int, Roi]] = {}
    for view in views(labels, name_axes(labels.ndim), "YX"):
        for each in find_objects(view):
            area, box = found.get(each.label, (0, None))
            here = data_box(each.position, each.box)
            union = here if box is None else box.union(here)
            found[each.label] = (area + int(np.count_nonzero(each.mask)), union)
    unknown = SegmentedObject(0, 0, np.nan, "")
    return {
        label: replace(listed.get(label, unknown), id=label, area=area, box=box)
        for label, (area, box) in sorted(found.items())
    }
