"""From the mask of the last frame to the prompts of the next."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage as ndi

from napari_samwise.geometry.boxed_mask import BoxedMask
from napari_samwise.geometry.roi import Roi
from napari_samwise.prompts import EXCLUDE, INCLUDE, Prompts

_BOX_MARGIN = 0.05
"""The box is wider than the mask by this share of its sides, and at least by a pixel."""


def core(mask: BoxedMask) -> NDArray[np.float64]:
    """Return the pixel of a mask that lies deepest in it, `(2,)` float64 (y, x)."""
    depth = ndi.distance_transform_edt(np.pad(mask.inside, 1))[1:-1, 1:-1]
    place = np.unravel_index(int(depth.argmax()), depth.shape)
    return np.array(place, dtype=np.float64) + mask.roi.offset


def clip(mask: BoxedMask, size: tuple[int, int]) -> BoxedMask:
    """Return the part of a mask that lies in the plane; empty where none does."""
    seen = mask.roi.intersect(Roi((0, 0), size))
    if seen.is_empty:
        return BoxedMask(Roi((0, 0), (0, 0)), np.zeros((0, 0), dtype=np.bool_))
    return BoxedMask.from_mask(mask.cut(seen), seen.offset)


def prompts_from(
    mask: BoxedMask,
    size: tuple[int, int],
    others: Sequence[NDArray[np.float64]] = (),
    *,
    with_mask: bool,
) -> Prompts:
    """Describe a mask by a point in its core and, unless it is itself a prompt, by its box.

    Not by both: the box holds the object to the extent that the mask has already.

    Parameters
    ----------
    mask : BoxedMask
        In the plane, not empty.
    size : tuple of int
        `(Y, X)` of the plane.
    others : sequence of ndarray
        `(2,)` points (y, x) that belong to neighbours.
    with_mask : bool
        Whether the mask itself is decoded with them: surer where the object kept its shape,
        misleading where it did not.
    """
    prompts = Prompts(
        points=np.stack([core(mask), *others]), labels=[INCLUDE] + [EXCLUDE] * len(others)
    )
    if with_mask:
        return prompts
    margin = np.maximum(1.0, _BOX_MARGIN * np.array(mask.roi.shape))
    corners = np.array([mask.roi.offset, mask.roi.end]) - [[0.0], [1.0]]
    box = corners + np.stack([-margin, margin])
    return prompts.replace(box=np.clip(box, -0.5, np.array(size) - 0.5))
