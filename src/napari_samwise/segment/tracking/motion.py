"""Where an object may be on the next frame: three guesses, the most likely first."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from skimage.feature import match_template

from napari_samwise.geometry.boxed_mask import BoxedMask
from napari_samwise.geometry.roi import Roi
from napari_samwise.segment.tracking.flow import Flow
from napari_samwise.segment.tracking.history import History
from napari_samwise.segment.tracking.prompting import clip
from napari_samwise.segment.tracking.shades import Shades

_SAME_IOU = 0.8
"""Two guesses that overlap more are one."""
_LEAST_SEEN = 0.3
"""An object of which less than this share is left in the plane has left it."""
_FAR_COST = 0.5
_PATCH_PX = 256
"""Patches with a longer side are compared at half the resolution, a quarter and so on."""


def expect(
    history: History,
    flow: Flow,
    before: Shades,
    now: Shades,
    frame: int,
    reach: float,
) -> list[BoxedMask]:
    """Guess the mask of an object on a frame.

    By dense flow, which bends it; by the best match of its patch around the place expected at
    constant velocity (normalised cross-correlation, Lewis 1995), for moves that flow does not
    follow; and by the velocity alone, for objects that are hidden.

    Parameters
    ----------
    history : History
        The object.
    flow : Flow
        From the frame where it was seen last to this one.
    before, now : Shades
        Grey values of these two frames.
    frame : int
        Index of this frame.
    reach : float
        How far it may have moved, in pixels.

    Returns
    -------
    list of BoxedMask
        In the plane, not empty, and different; none where the object has left the plane.
    """
    mask = history.region.mask
    steady = np.rint(history.expected_move(frame)).astype(int)
    matched = _match(mask.roi, before, now, steady, reach)
    guesses: list[BoxedMask] = []
    for guess in (flow.warp(mask, reach), mask.shift(matched), mask.shift(steady.tolist())):
        seen = clip(guess, flow.size)
        known = any(_iou(seen, other) > _SAME_IOU for other in guesses)
        if not known and seen.area >= _LEAST_SEEN * mask.area:
            guesses.append(seen)
    return guesses


def _match(
    roi: Roi,
    before: Shades,
    now: Shades,
    expected: NDArray[np.int_],
    reach: float,
) -> list[int]:
    """Return the move (y, x) to the best match, or the expected one if nothing can be compared."""
    margin = int(np.ceil(reach))
    window = roi.shift(expected.tolist()).grow(margin).intersect(Roi((0, 0), now.size))
    step = 1
    while max(roi.shape) / step > _PATCH_PX:
        step *= 2
    patch = before.part(roi, step)
    # A flat patch matches everything.
    if any(a < b for a, b in zip(window.shape, roi.shape, strict=True)) or np.ptp(patch) == 0:
        return [int(move) for move in expected]
    likeness = match_template(now.part(window, step), patch)
    grid = np.moveaxis(np.indices(likeness.shape), 0, -1) * step
    moves = grid + np.array(window.offset) - np.array(roi.offset)
    # Noise alone shall not carry an object away.
    likeness = likeness - _FAR_COST * (np.linalg.norm(moves - expected, axis=-1) / reach) ** 2
    best = moves[np.unravel_index(int(likeness.argmax()), likeness.shape)]
    return [int(step) for step in best]


def _iou(one: BoxedMask, other: BoxedMask) -> float:
    shared = one.shared_area(other)
    return shared / max(1, one.area + other.area - shared)
