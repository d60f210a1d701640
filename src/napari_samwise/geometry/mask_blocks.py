"""A mask of any size in blocks of the plane, so that no more than one block is ever made."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from napari_samwise.geometry.boxed_mask import BoxedMask
from napari_samwise.geometry.roi import Roi


class Cuttable(Protocol):
    """Pixels of a plane of any size, made where they are asked for."""

    @property
    def roi(self) -> Roi:
        """A box `(Y, X)` that holds all of them."""

    def cut(self, roi: Roi) -> NDArray[np.bool_]:
        """Return the part `roi.shape` in a region within the box."""


def blocks_of(mask: Cuttable, side: int) -> Iterator[BoxedMask]:
    """Yield a mask block by block of the plane, without those that hold nothing of it.

    Parameters
    ----------
    mask : Cuttable
        The mask.
    side : int
        Side of a block in pixels; blocks begin at multiples of it.
    """
    box = mask.roi
    if box.is_empty:
        return
    spans = [
        range(start // side * side, stop, side)
        for start, stop in zip(box.offset, box.end, strict=True)
    ]
    for corner in product(*spans):
        region = Roi(corner, (side, side)).intersect(box)
        part = BoxedMask.from_mask(mask.cut(region), region.offset)
        if not part.roi.is_empty:
            yield part
