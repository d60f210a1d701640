"""How labels that take the place of others differ from them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from napari_samwise.geometry.boxed_mask import BoxedMask
from napari_samwise.io.label_objects import LabelView, find_objects
from napari_samwise.plugin.label_patch import LabelPatch
from napari_samwise.plugin.plane import Plane

_MOST_PX = 2**27


def can_compare(labels: Any) -> bool:
    """Tell whether labels are small enough to be looked through while somebody waits."""
    return bool(math.prod(labels.shape) <= _MOST_PX)


def changed_pixels(before: Any, after: Any) -> Iterator[tuple[int, LabelPatch]]:
    """Yield what differs: labels of ``after``, 0 for background, and the pixels that got them.

    Parameters
    ----------
    before, after : array-like
        Of one shape; read plane by plane along the last two axes. None for ``before`` stands for
        nothing but background.
    """
    axes = (len(after.shape) - 2, len(after.shape) - 1)
    for position in np.ndindex(*after.shape[:-2]):
        plane, now = Plane(axes, position), np.asarray(after[position])
        was = np.zeros_like(now) if before is None else np.asarray(before[position])
        differs = now != was
        if not differs.any():
            continue
        gone = BoxedMask.from_mask(differs & (now == 0))
        if not gone.roi.is_empty:
            yield 0, LabelPatch.of_pixels(plane, gone)
        for found in find_objects(LabelView(np.where(differs, now, 0), "YX", "YX", ())):
            mask = BoxedMask(found.box, found.mask)
            yield found.label, LabelPatch.of_pixels(plane, mask)
