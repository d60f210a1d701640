"""Writing one object into labels, block by block and nowhere else."""

from __future__ import annotations

from itertools import product

import numpy as np

from napari_samwise.geometry.boxed_mask import BoxedMask
from napari_samwise.geometry.roi import Roi
from napari_samwise.predictor.framed_mask import FramedMask
from napari_samwise.segment.everything.target import Target
from napari_samwise.segment.planes import Position, read_labels


def paint(target: Target, position: Position, mask: BoxedMask | FramedMask, label: int) -> None:
    """Give an object the pixels of its mask that no other one has.

    Parameters
    ----------
    target : Target
        The labels; blocks that the mask does not touch are neither read nor written.
    position : tuple of int
        Index of the plane on each axis to step through.
    mask : BoxedMask or FramedMask
        In pixels of the plane.
    label : int
        The object's id.
    """
    box, side = mask.roi, target.block_px
    corners = (
        range(start - start % side, end, side)
        for start, end in zip(box.offset, box.end, strict=True)
    )
    for corner in product(*corners):
        block = Roi(corner, (side, side)).intersect(box)
        inside = mask.cut(block)
        if not inside.any():
            continue
        labels = read_labels(target.array, target.axes, position, block)
        target.write(position, block, np.where(inside & (labels == 0), label, labels))
