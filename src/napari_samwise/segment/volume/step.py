"""From one slice to the next: the prompts that carry an object, and the mask that goes on.

A click into the core of the last mask asks the model afresh what lies there; of its candidates
the one that fits both the model and the neighbour goes on. A mask prompt is the second opinion,
for slices where a click alone loses the object: a model follows an earlier mask even where the
object has ended, and is as sure of it as before, so it must not be the first.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage as ndi

from napari_samwise.geometry.boxed_mask import BoxedMask
from napari_samwise.predictor.prediction import Prediction
from napari_samwise.prompts import Prompts
from napari_samwise.segment.volume.found import Found, iou
from napari_samwise.segment.volume.slices import Slice

_SURE = 0.15
"""Predicted IoU times overlap from which nobody asks for a second opinion."""


def carry(here: Slice, last: Found, slice_size: tuple[int, int]) -> Found | None:
    """Find on a slice the object of which the neighbouring slice's mask is known.

    Parameters
    ----------
    here : Slice
        The slice to find it on.
    last : Found
        The object on the slice before; not empty.
    slice_size : tuple of int
        `(Y, X)` of a slice.

    Returns
    -------
    Found or None
        The best candidate, None if all are empty.
    """
    best = None
    for prediction in _opinions(here, last, slice_size):
        for mask, score in zip(prediction.masks, prediction.scores, strict=True):
            boxed = BoxedMask.from_mask(mask)
            found = Found(boxed, min(float(score), 1.0), iou(boxed, last.mask), "carried")
            if boxed.area and (best is None or _worth(found) > _worth(best)):
                best = found
        if best is not None and _worth(best) >= _SURE:
            break
    return best


def core_point(mask: BoxedMask) -> NDArray[np.float64]:
    """Return the point of a mask that lies deepest in it.

    Parameters
    ----------
    mask : BoxedMask
        Not empty.

    Returns
    -------
    ndarray
        `(2,)` float64, (y, x) in pixels of the slice.
    """
    depth = ndi.distance_transform_edt(np.pad(mask.inside, 1))[1:-1, 1:-1]
    deepest = np.unravel_index(int(depth.argmax()), depth.shape)
    return np.array(deepest, dtype=np.float64) + mask.roi.offset


def _opinions(here: Slice, last: Found, slice_size: tuple[int, int]) -> Iterator[Prediction]:
    """Decode the prompts one after the other, as long as somebody asks."""
    points = [core_point(last.mask)]
    yield here.decode(Prompts(points))
    yield here.decode(Prompts(points, mask=last.full(slice_size)))


def _worth(found: Found) -> float:
    return found.predicted_iou * found.agreement
