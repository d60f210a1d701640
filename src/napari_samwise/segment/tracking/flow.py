"""Dense motion between two frames: masks follow what is inside them, bends and all."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage as ndi
from skimage.registration import optical_flow_ilk

from napari_samwise.geometry.boxed_mask import BoxedMask
from napari_samwise.geometry.roi import Roi

_WINDOW_PX = 7
_LARGEST_SIDE = 512
"""Flow is smooth, so larger planes are halved until they fit."""
_LEAST_SIDE = 16


@dataclass(frozen=True, slots=True, eq=False)
class Flow:
    """Where each pixel of a frame was on an earlier one.

    Parameters
    ----------
    back : ndarray
        `(2, h, w)` float32, what to add to (y, x) of the frame, in pixels of the plane; sampled
        every `step` pixels.
    step : int
        Pixels between samples.
    size : tuple of int
        `(Y, X)` of the plane.
    """

    back: NDArray[np.float32]
    step: int
    size: tuple[int, int]

    @classmethod
    def between(cls, before: NDArray[np.float32], now: NDArray[np.float32]) -> Flow:
        """Estimate the flow by iterative Lucas-Kanade (Le Besnerais and Champagnat 2005).

        Parameters
        ----------
        before, now : ndarray
            `(Y, X)` float32, grey values of two frames.
        """
        size = (now.shape[0], now.shape[1])
        step = 1
        # Half the pixels a side see motions twice as far, and the finest detail is mostly noise.
        while step < 2 or max(size) / step > _LARGEST_SIDE:
            step *= 2
        while step > 1 and min(size) // step < _LEAST_SIDE:
            step //= 2
        small = [_reduce(grey, step) for grey in (now, before)]
        found = optical_flow_ilk(*small, radius=_WINDOW_PX)
        return cls(np.asarray(found, dtype=np.float32) * step, step, size)

    def warp(self, mask: BoxedMask, reach: float) -> BoxedMask:
        """Move a mask of the earlier frame to this one.

        Parameters
        ----------
        mask : BoxedMask
            In the plane, not empty.
        reach : float
            In pixels; it moves no further.
        """
        margin = int(np.ceil(reach)) + 1
        window = mask.roi.grow(margin).intersect(Roi((0, 0), self.size))
        grid = np.stack(np.meshgrid(*_ranges(window), indexing="ij")).astype(np.float32)
        # Samples lie at the centres of blocks of step x step pixels.
        place = (grid + 0.5) / self.step - 0.5
        move = [ndi.map_coordinates(part, place, order=1, mode="nearest") for part in self.back]
        # A rim of zeros, because nothing is interpolated beyond the outermost pixels.
        padded = np.pad(mask.inside, 1).astype(np.float32)
        origin = np.array(mask.roi.offset, dtype=np.float32)[:, None, None] - 1
        source = grid + np.clip(np.stack(move), -reach, reach)
        # An object that the border cuts off goes on behind it, and may come in.
        last = np.array(self.size, dtype=np.float32)[:, None, None] - 1
        inside = ndi.map_coordinates(padded, source.clip(0, last) - origin, order=1, cval=0.0)
        return BoxedMask.from_mask(inside > 0.5, window.offset)


def _reduce(grey: NDArray[np.float32], step: int) -> NDArray[np.float32]:
    """Average blocks of step x step pixels; the last rows and columns are repeated to fill up."""
    if step == 1:
        return grey
    fill = [(0, -n % step) for n in grey.shape]
    padded = np.pad(grey, fill, mode="edge")
    blocks = padded.reshape(padded.shape[0] // step, step, padded.shape[1] // step, step)
    return np.asarray(blocks.mean(axis=(1, 3)), dtype=np.float32)


def _ranges(window: Roi) -> list[NDArray[np.int_]]:
    return [np.arange(a, b) for a, b in zip(window.offset, window.end, strict=True)]
