"""Masks as a journal keeps them, and their pixels in labels of any size."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_samwise.geometry import mask_blocks
from napari_samwise.geometry.boxed_mask import BoxedMask
from napari_samwise.geometry.coco_rle import decode_rle, encode_rle
from napari_samwise.geometry.mask_blocks import Cuttable
from napari_samwise.geometry.roi import Roi
from napari_samwise.journal.limits import PART_SIDE
from napari_samwise.journal.objects import MaskPart
from napari_samwise.journal.recorded_plane import RecordedPlane


def blocks_of(mask: Cuttable) -> Iterator[BoxedMask]:
    """Yield a mask in parts as large as the journal keeps them."""
    return mask_blocks.blocks_of(mask, PART_SIDE)


def encode_part(mask: BoxedMask) -> MaskPart:
    """Return a mask of one block as the journal keeps it."""
    y, x = mask.roi.offset
    height, width = mask.roi.shape
    return MaskPart((y, x), (height, width), encode_rle(mask.inside))


def decode_part(part: MaskPart) -> BoxedMask:
    """Inverse of :func:`encode_part`."""
    return BoxedMask(Roi(part.offset, part.size), decode_rle(part.counts, part.size))


def area_of(parts: Iterable[MaskPart]) -> int:
    """Return the number of pixels."""
    return sum(decode_part(part).area for part in parts)


def shared_area(first: Iterable[MaskPart], second: Iterable[MaskPart]) -> int:
    """Return the number of pixels that two masks share; the parts of each are disjoint."""
    others = [decode_part(part) for part in second]
    return sum(mine.shared_area(other) for mine in map(decode_part, first) for other in others)


def take_free(
    labels: Any, plane: RecordedPlane, blocks: Iterable[BoxedMask], label: int
) -> tuple[MaskPart, ...]:
    """Give an object those pixels of its mask that no object has; return them."""
    taken = []
    for block in blocks:
        window = plane.window(*block.roi.slices)
        values = np.array(labels[window])
        free = block.inside & (values == 0)
        if free.any():
            values[free] = label
            labels[window] = values
            taken.append(encode_part(BoxedMask.from_mask(free, block.roi.offset)))
    return tuple(taken)


def replace_values(
    labels: Any, plane: RecordedPlane, parts: Iterable[MaskPart], old: int, new: int
) -> None:
    """Change pixels of a mask from one value to another; others stay."""
    for part in parts:
        mask = decode_part(part)
        window = plane.window(*mask.roi.slices)
        # Read, change, write: so that it works alike for arrays on disk.
        values = np.array(labels[window])
        values[mask.inside & (values == old)] = new
        labels[window] = values


def find_value(labels: Any, plane: RecordedPlane, box: Roi, value: int) -> BoxedMask:
    """Return which pixels of a box have a value."""
    values = np.asarray(labels[plane.window(*box.slices)])
    return BoxedMask.from_mask(values == value, box.offset)


def set_values(
    labels: Any, plane: RecordedPlane, part: MaskPart, values: int | NDArray[Any]
) -> NDArray[Any]:
    """Set all pixels of a mask, to one value or to one each; return those before, `(N,)`."""
    mask = decode_part(part)
    window = plane.window(*mask.roi.slices)
    region = np.array(labels[window])
    before = region[mask.inside]
    region[mask.inside] = values
    labels[window] = region
    return before
