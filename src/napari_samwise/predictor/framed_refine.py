"""Finer outlines of masks that were found on a coarse level."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage as ndi

from napari_samwise.geometry.ends import width_of
from napari_samwise.geometry.roi import Roi
from napari_samwise.predictor.frame_encoder import FrameEncoder
from napari_samwise.predictor.framed_mask import FramedMask, Piece
from napari_samwise.prompts import Prompts

_LEVELS_FINER = 2
_FINE_ENOUGH = 3
"""The coarsest level whose outlines are left as they are."""
_THIN_PX = 8.0
"""In pixels of a level: what is narrower there is drawn once more on the next finer one."""
_AGREED = 0.9
"""Share of either mask, in and around a cell, that lies within a pixel of the coarser one from the
other; below it the coarse outline stays."""


def refine(frames: FrameEncoder, mask: FramedMask, check: Callable[[], None]) -> FramedMask:
    """Draw the outline of a mask again on a finer level, cell by cell along it.

    Each cell is decoded with the coarse mask as its prompt. Where the answer disagrees with it
    grossly, the coarse outline stays. Where the mask is thin, a model that encodes fast repeats
    this on still finer levels, until its width has some pixels: it takes many frames there.

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
    # A coarse outline may lie a pixel or two of its level inside the object.
    box = mask.roi.grow(2 << mask.level).intersect(Roi((0, 0), mask.plane_size))
    coarse, level, regions = mask.level, mask.level - _LEVELS_FINER, [box]
    while regions:
        pieces, regions = _draw(frames, mask, regions, coarse, level, check)
        mask = mask.add(*pieces)
        coarse, level = level, level - 1
        if level < 0 or not frames.model.encodes_fast:
            break
    return mask


def _draw(
    frames: FrameEncoder,
    mask: FramedMask,
    regions: list[Roi],
    coarse: int,
    level: int,
    check: Callable[[], None],
) -> tuple[list[Piece], list[Roi]]:
    """Draw what is known from a coarse level on a finer one; return where the mask is thin, too."""
    room, step = frames.model.room_px << level, 1 << level
    pieces, thin = [], []
    for cell in _cells_along(mask, regions, room // 2):
        check()
        middle = np.array(cell.offset) + (np.array(cell.shape) - 1) / 2
        around = cell.grow(room // 4)
        inside = _deepest(mask, around)
        if inside is None:
            continue
        prompt = Prompts(points=[inside])
        (found, *_) = frames.propose([level], prompt, mask, multimask=False, around=middle)
        before, now = _cells(mask, around, step), _cells(found.mask, around, step)
        agrees = _agreement(before, now, 1 << (coarse - level)) >= _AGREED
        if agrees:
            pieces.append(Piece(found.mask.pieces[0].patch, level, cell))
        seen = now if agrees else before
        if seen.any() and width_of(seen) < _THIN_PX:
            thin.append(cell)
    return pieces, thin


def _cells_along(mask: FramedMask, regions: list[Roi], side: int) -> Iterator[Roi]:
    """Yield squares of a grid in each region that the outline of a mask passes."""
    for box in regions:
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


def _agreement(a: NDArray[np.bool_], b: NDArray[np.bool_], tolerance: int) -> float:
    """Return the least share of a mask that lies within so many cells of the other one."""
    if not a.any() or not b.any():
        return float(a.any() == b.any())
    shares = [
        np.count_nonzero(mask & (ndi.distance_transform_edt(~other) <= tolerance))
        / np.count_nonzero(mask)
        for mask, other in ((a, b), (b, a))
    ]
    return min(shares)


def _thumbnail(mask: FramedMask, region: Roi) -> NDArray[np.bool_]:
    """Return a region of a mask, at most 64 cells a side."""
    return _cells(mask, region, max(1.0, max(region.shape) / 64))


def _cells(mask: FramedMask, region: Roi, step: float) -> NDArray[np.bool_]:
    """Return a region of a mask in cells of so many pixels a side."""
    height, width = (max(1, round(side / step)) for side in region.shape)
    corner = (float(region.offset[0]), float(region.offset[1]))
    return mask.resample(corner, step, (height, width)) > 0
