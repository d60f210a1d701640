"""Finer outlines of masks that were found on a coarse level."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage as ndi

from napari_samwise.geometry.roi import Roi
from napari_samwise.predictor.frame_encoder import FrameEncoder
from napari_samwise.predictor.framed_mask import FramedMask, Piece
from napari_samwise.prompts import Prompts

_LEVELS_FINER = 2
_FINE_ENOUGH = 3
"""The coarsest level whose outlines are left as they are."""
_AGREED = 0.7
"""IoU in and around a cell below which the coarse outline stays."""


def refine(frames: FrameEncoder, mask: FramedMask, check: Callable[[], None]) -> FramedMask:
    """Draw the outline of a mask again on a finer level, cell by cell along it.

    Each cell is decoded with the coarse mask as its prompt. Where the answer disagrees with it
    grossly, the coarse outline stays.

    Parameters
    ----------
    frames : FrameEncoder
        The plane.
    mask : FramedMask
        The mask; of a fine level it is returned as it is.
    check : callable
        Called before each decoding.
    """
    if mask.level <= _FINE_ENOUGH:
        return mask
    level = mask.level - _LEVELS_FINER
    room = frames.model.room_px << level
    pieces = []
    for cell in _cells_along(mask, room // 2):
        check()
        middle = np.array(cell.offset) + (np.array(cell.shape) - 1) / 2
        around = cell.grow(room // 4)
        inside = _deepest(mask, around)
        if inside is None:
            continue
        prompt = Prompts(points=[inside])
        (found, *_) = frames.propose([level], prompt, mask, multimask=False, around=middle)
        if _iou(mask, found.mask, around) >= _AGREED:
            patch = found.mask.pieces[0].patch
            pieces.append(Piece(patch, level, cell))
    return mask.add(*pieces)


def _cells_along(mask: FramedMask, side: int) -> Iterator[Roi]:
    """Yield squares of a grid that the outline of a mask passes."""
    # A coarse outline may lie a pixel or two of its level inside the object.
    box = mask.roi.grow(2 << mask.level).intersect(Roi((0, 0), mask.plane_size))
    for top in range(box.offset[0], box.end[0], side):
        for left in range(box.offset[1], box.end[1], side):
            cell = Roi((top, left), (side, side)).intersect(box)
            share = _thumbnail(mask, cell).mean()
            if 0 < share < 1:
                yield cell


def _deepest(mask: FramedMask, region: Roi) -> NDArray[np.float64] | None:
    """Return the point (y, x) of a mask deepest within a region, if there is any."""
    inside = _thumbnail(mask, region)
    if not inside.any():
        return None
    depth = ndi.distance_transform_edt(np.pad(inside, 1))[1:-1, 1:-1]
    place = np.array(np.unravel_index(int(depth.argmax()), depth.shape))
    step = max(region.shape) / max(inside.shape)
    point = np.array(region.offset) + (place + 0.5) * step - 0.5
    inner: NDArray[np.float64] = point.clip(0, np.array(mask.plane_size) - 1.0)
    return inner


def _iou(a: FramedMask, b: FramedMask, region: Roi) -> float:
    first, second = _thumbnail(a, region), _thumbnail(b, region)
    union = np.count_nonzero(first | second)
    return np.count_nonzero(first & second) / union if union else 1.0


def _thumbnail(mask: FramedMask, region: Roi) -> NDArray[np.bool_]:
    """Return a region of a mask, at most 64 cells a side."""
    step = max(1.0, max(region.shape) / 64)
    height, width = (max(1, round(side / step)) for side in region.shape)
    corner = (float(region.offset[0]), float(region.offset[1]))
    return mask.resample(corner, step, (height, width)) > 0
