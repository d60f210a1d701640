"""Long thin objects on a plane in frames: where a mask ends, the next frame may show more of it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_samwise.geometry.boxed_mask import BoxedMask
from napari_samwise.geometry.follow import (
    LEAST_AREA_PX,
    MOST_LOOKS,
    Pixel,
    Raster,
    follow,
    width_if_long,
)
from napari_samwise.geometry.roi import Roi
from napari_samwise.predictor.frame_encoder import Candidate, FrameEncoder
from napari_samwise.predictor.framed_mask import FramedMask
from napari_samwise.prompts import EXCLUDE, INCLUDE, Prompts

_MOST_LOOKS = 200
_SEEMS_LONG = 3.0
"""Times as long as wide from which the mask may be a part of something longer."""
_LEVELS_BEYOND = 2
_LEAST_WIDE_PX = 6.0
"""In pixels of a level: what is narrower is not drawn there, only hinted at."""
_LEAST_HELD, _LEAST_GROWTH, _LEAST_SCORE = 0.8, 1.2, 0.6
"""A mask from farther away takes over if it holds so much of the mask so far, is so many times as
large, and is so sure of itself compared with the first one."""


def follow_framed(
    frames: FrameEncoder, mask: FramedMask, prompts: Prompts, check: Callable[[], None]
) -> FramedMask:
    """Let a mask go on beyond its ends, if it is long and thin.

    Parameters
    ----------
    frames : FrameEncoder
        The plane.
    mask : FramedMask
        The mask.
    prompts : Prompts
        What was clicked.
    check : callable
        Called before each decoding.
    """
    clicks = _pixels(prompts, INCLUDE)
    width = width_if_long(_Seen(mask), clicks)
    if not width:
        return mask
    coarsest = _coarsest(width, frames.lattice.count)
    levels = range(min(mask.level, coarsest), min(mask.level + _LEVELS_BEYOND, coarsest) + 1)
    extender = _Extender(frames, levels, _pixels(prompts, EXCLUDE), check)
    return follow(_Seen(mask), clicks, extender, _MOST_LOOKS).mask


def follow_drawn(
    frames: FrameEncoder, mask: FramedMask, prompts: Prompts, check: Callable[[], None]
) -> FramedMask:
    """Let a mask go on beyond its ends as on a plane that was encoded at once: by its pixels.

    Parameters
    ----------
    frames : FrameEncoder
        The plane, of at most the model's ``whole_px``.
    mask, prompts, check
        As of ``follow_framed``.
    """
    drawn = _Drawn(mask, mask.boxed())
    if drawn.pixels.area < LEAST_AREA_PX:
        return mask
    extender = _DrawnExtender(frames, _pixels(prompts, EXCLUDE), check)
    return follow(drawn, _pixels(prompts, INCLUDE), extender, MOST_LOOKS).mask


def widen_long(
    frames: FrameEncoder, start: Candidate, prompts: Prompts, check: Callable[[], None]
) -> Candidate:
    """Look at something that seems long and thin from farther away, where more of it is seen.

    Parameters
    ----------
    frames : FrameEncoder
        The plane.
    start : Candidate
        Its mask so far.
    prompts : Prompts
        What was clicked.
    check : callable
        Called before each decoding.

    Returns
    -------
    Candidate
        A mask of a coarser level that holds the first one and more, or the first one.
    """
    clicks = _pixels(prompts, INCLUDE)
    current, level = start, start.level
    while level < current.level + _LEVELS_BEYOND:
        width = width_if_long(_Seen(current.mask), clicks, _SEEMS_LONG)
        if not width or level >= _coarsest(width, frames.lattice.count):
            break
        level += 1
        check()
        wider = [
            found
            for found in frames.propose([level], prompts)
            if found.score >= _LEAST_SCORE * start.score and _holds(found.mask, current.mask)
        ]
        current = max(wider, key=lambda found: found.score, default=current)
    return current


def _coarsest(width: float, count: int) -> int:
    """Return the coarsest of so many levels on which something so wide is drawn."""
    return min(max(0, math.floor(math.log2(width / _LEAST_WIDE_PX))), count - 1)


def _holds(mask: FramedMask, other: FramedMask) -> bool:
    """Tell whether a mask holds nearly all of another one, and more."""
    raster = Raster.over(other.roi.union(mask.roi))
    whole, part = _Seen(mask).sample(raster), _Seen(other).sample(raster)
    shared = np.count_nonzero(whole & part)
    more = bool(np.count_nonzero(whole) >= _LEAST_GROWTH * np.count_nonzero(part))
    return more and bool(shared >= _LEAST_HELD * np.count_nonzero(part))


def _pixels(prompts: Prompts, label: int) -> NDArray[np.int64]:
    pixels: NDArray[np.int64] = np.rint(prompts.points[prompts.labels == label]).astype(np.int64)
    return pixels


@dataclass(frozen=True, slots=True, eq=False)
class _Seen:
    mask: FramedMask

    @property
    def plane_size(self) -> tuple[int, int]:
        return self.mask.plane_size

    @property
    def roi(self) -> Roi:
        return self.mask.roi

    def sample(self, raster: Raster) -> NDArray[np.bool_]:
        # Cells that are centred on the pixel which they stand for.
        shift = (raster.step - 1) / 2
        origin = (raster.box.offset[0] - shift, raster.box.offset[1] - shift)
        inside: NDArray[np.bool_] = self.mask.resample(origin, float(raster.step), raster.shape) > 0
        return inside


@dataclass(frozen=True, slots=True, eq=False)
class _Extender:
    frames: FrameEncoder
    levels: range
    excluded: NDArray[np.int64]
    check: Callable[[], None]

    def look(self, pixel: Pixel) -> _Seen | None:
        self.check()
        mask = _best_of_click(self.frames, self.levels, pixel)
        return None if _holds_any(mask, self.excluded) else _Seen(mask)

    def join(self, mask: _Seen, further: _Seen) -> _Seen:
        return _Seen(mask.mask.add(*further.mask.pieces))


@dataclass(frozen=True, slots=True, eq=False)
class _Drawn:
    """A mask and its pixels."""

    mask: FramedMask
    pixels: BoxedMask

    @property
    def plane_size(self) -> tuple[int, int]:
        return self.mask.plane_size

    @property
    def roi(self) -> Roi:
        return self.pixels.roi

    def sample(self, raster: Raster) -> NDArray[np.bool_]:
        return self.mask.cut(raster.box)[:: raster.step, :: raster.step]


@dataclass(frozen=True, slots=True, eq=False)
class _DrawnExtender:
    frames: FrameEncoder
    excluded: NDArray[np.int64]
    check: Callable[[], None]

    def look(self, pixel: Pixel) -> _Drawn | None:
        self.check()
        # On every level, as the model does it: nothing tells how large the next part is.
        mask = _best_of_click(self.frames, range(self.frames.lattice.count), pixel)
        return None if _holds_any(mask, self.excluded) else _Drawn(mask, mask.boxed())

    def join(self, mask: _Drawn, further: _Drawn) -> _Drawn:
        whole = mask.mask.add(*further.mask.pieces)
        return _Drawn(whole, whole.boxed())


def _best_of_click(frames: FrameEncoder, levels: range, pixel: Pixel) -> FramedMask:
    found = frames.propose(levels, Prompts(points=[pixel]), around=np.array(pixel))
    return max(found, key=lambda candidate: candidate.score).mask


def _holds_any(mask: FramedMask, points: NDArray[np.int64]) -> bool:
    return any(mask.contains(point.astype(np.float64)) for point in points)
