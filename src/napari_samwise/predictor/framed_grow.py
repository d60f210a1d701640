"""An object that reaches beyond where it was decoded, followed until it ends.

First upward: a coarser level shows more of the plane, and if it shows the same object, its mask
takes over. Where the object is too thin to be seen there, sideways: across every border that cuts
the mask off another window is decoded, prompted with the part that both share.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage as ndi

from napari_samwise.geometry.logits_patch import LogitsPatch
from napari_samwise.predictor.frame_encoder import Candidate, FrameEncoder
from napari_samwise.predictor.framed_mask import FramedMask
from napari_samwise.prompts import Prompts

_SAME_OBJECT = 0.7
"""IoU, where both look, from which two masks are taken for parts of one object."""
_MOST_PIECES = 1000
_RIM_CELLS = 6
"""A crossing so far inside another piece has been followed already."""

Check = Callable[[], None]


@dataclass(frozen=True, slots=True)
class _Crossing:
    """Where a mask runs out of its patch while the plane goes on.

    Parameters
    ----------
    place : tuple of float
        (y, x) of the middle, in pixels of the plane.
    """

    place: tuple[float, float]


def is_cut_off(mask: FramedMask) -> bool:
    """Tell whether a mask reaches a border of its patch beyond which the plane goes on."""
    return any(True for _ in _crossings(mask.pieces[-1].patch, mask.plane_size))


def climb(
    frames: FrameEncoder, start: Candidate, prompts: Prompts, known: list[Candidate], check: Check
) -> Candidate:
    """Follow a mask that is cut off to coarser levels, as long as they show the same object.

    Parameters
    ----------
    frames : FrameEncoder
        The plane.
    start : Candidate
        The mask.
    prompts : Prompts
        What was asked.
    known : list of Candidate
        What has been decoded, of all levels.
    check : callable
        Called before each decoding.
    """
    current = start
    while is_cut_off(current.mask) and current.level + 1 < frames.lattice.count:
        level = current.level + 1
        found = [candidate for candidate in known if candidate.level == level]
        if not found:
            check()
            found = frames.propose([level], prompts)
        patch = current.mask.pieces[0].patch
        same = [c for c in found if agreement(patch, c.mask) >= _SAME_OBJECT]
        if not same:
            break
        current = max(same, key=lambda candidate: candidate.score)
    return current


def grow(frames: FrameEncoder, mask: FramedMask, check: Check) -> FramedMask:
    """Follow a mask across the borders that cut it off, on its own level.

    Parameters
    ----------
    frames : FrameEncoder
        The plane.
    mask : FramedMask
        A mask whose pieces were decoded on one level.
    check : callable
        Called before each decoding.
    """
    level = mask.level
    pending = deque(_crossings(mask.pieces[-1].patch, mask.plane_size))
    while pending and len(mask.pieces) < _MOST_PIECES:
        crossing = pending.popleft()
        if _is_followed(mask, crossing):
            continue
        check()
        place = np.array(crossing.place)
        found = frames.propose([level], _core(mask, place), mask, around=place)
        same = [c for c in found if _continues(mask, c.mask)]
        if not same:
            continue
        best = max(same, key=lambda candidate: candidate.score)
        mask = mask.add(*best.mask.pieces)
        pending.extend(_crossings(best.mask.pieces[0].patch, mask.plane_size))
    return mask


def agreement(patch: LogitsPatch, mask: FramedMask) -> float:
    """Return the IoU of two masks within the patch of the first."""
    shape = (patch.logits.shape[0], patch.logits.shape[1])
    seen = mask.resample(patch.origin, patch.cell_px, shape) > 0
    inside = patch.logits > 0
    union = np.count_nonzero(seen | inside)
    return np.count_nonzero(seen & inside) / union if union else 0.0


def _continues(mask: FramedMask, further: FramedMask) -> bool:
    """Tell whether a mask agrees with what is known where both look, rims apart."""
    patch = further.pieces[0].patch
    shape = (patch.logits.shape[0], patch.logits.shape[1])
    looked = np.zeros(shape, dtype=np.bool_)
    for piece in mask.pieces:
        edge = np.full(piece.patch.logits.shape, -1.0, dtype=np.float32)
        edge[_RIM_CELLS:-_RIM_CELLS, _RIM_CELLS:-_RIM_CELLS] = 1.0
        whole = LogitsPatch(edge, piece.patch.origin, piece.patch.cell_px)
        looked |= whole.resample(patch.origin, patch.cell_px, shape) > 0
    known = (mask.resample(patch.origin, patch.cell_px, shape) > 0) & looked
    found = (patch.logits > 0) & looked
    union = np.count_nonzero(known | found)
    return bool(union and np.count_nonzero(known & found) >= _SAME_OBJECT * union)


def _core(mask: FramedMask, place: NDArray[np.float64]) -> Prompts:
    """Return a click in the depth of a mask, near a place where it is cut off."""
    patch = mask.pieces[-1].patch
    cell = patch.cell_px
    side = patch.logits.shape[0] // 2
    corner = (float(place[0] - cell * side / 2), float(place[1] - cell * side / 2))
    inside = mask.resample(corner, cell, (side, side)) > 0
    depth = ndi.distance_transform_edt(np.pad(inside, 1))[1:-1, 1:-1]
    deepest = np.unravel_index(int(depth.argmax()), depth.shape)
    point = np.array(corner) + (np.array(deepest) + 0.5) * cell - 0.5
    limits = np.array(mask.plane_size) - 1.0
    return Prompts(points=[point.clip(0, limits)])


def _crossings(patch: LogitsPatch, plane_size: tuple[int, int]) -> Iterator[_Crossing]:
    """Yield where the mask of a patch runs out of it while the plane goes on."""
    cell = patch.cell_px
    for axis in (0, 1):
        inner = (patch.origin[axis] > 0, patch.end[axis] < plane_size[axis])
        for index, edge, is_inner in zip((0, -1), (patch.origin, patch.end), inner, strict=True):
            if not is_inner:
                continue
            line = patch.logits[index] if axis == 0 else patch.logits[:, index]
            runs, count = ndi.label(line > 0)
            for run in range(1, count + 1):
                where = np.flatnonzero(runs == run)
                along = patch.origin[1 - axis] + (where.mean() + 0.5) * cell
                place = (edge[axis], along) if axis == 0 else (along, edge[axis])
                yield _Crossing((float(place[0]) - 0.5, float(place[1]) - 0.5))


def _is_followed(mask: FramedMask, crossing: _Crossing) -> bool:
    """Tell whether a crossing lies well inside of a piece, or next to where the plane ends."""
    for piece in mask.pieces:
        patch = piece.patch
        rim = _RIM_CELLS * patch.cell_px
        inside = [
            (start <= 0 or start + rim <= place) and (end >= side or place <= end - rim)
            for place, start, end, side in zip(
                crossing.place, patch.origin, patch.end, mask.plane_size, strict=True
            )
        ]
        within = [
            start <= place <= end
            for place, start, end in zip(crossing.place, patch.origin, patch.end, strict=True)
        ]
        if all(inside) and all(within):
            return True
    return False
