"""Dense motion between two frames: masks follow what is inside them, bends and all."""

from __future__ import annotations

from collections import OrderedDict

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage as ndi
from skimage.registration import optical_flow_ilk

from napari_samwise.geometry.boxed_mask import BoxedMask
from napari_samwise.geometry.lattice import Frame, Lattice
from napari_samwise.geometry.roi import Roi
from napari_samwise.segment.tracking.shades import Shades

_WINDOW_PX = 7
_FRAME_PX = 512
_STEP = 2
"""Half the pixels a side see motions twice as far, and the finest detail is mostly noise."""
_LEAST_SIDE = 16
_MOST_FIELDS = 16


class Flow:
    """Where each pixel of a frame was on an earlier one, estimated where masks are.

    By iterative Lucas-Kanade (Le Besnerais and Champagnat 2005) in overlapping squares; a large
    mask is moved by a larger one, which is seen from farther away. What a mask moves by depends
    on its surroundings alone.

    Parameters
    ----------
    before, now : Shades
        The grey values of both frames.
    """

    def __init__(self, before: Shades, now: Shades) -> None:
        self._before = before
        self._now = now
        self._lattice = Lattice(now.size, _FRAME_PX)
        self._fields: OrderedDict[Frame, NDArray[np.float32]] = OrderedDict()

    @property
    def size(self) -> tuple[int, int]:
        """`(Y, X)` of the frames."""
        return self._lattice.plane_size

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
        cell = 1
        while max(window.shape) / cell > _FRAME_PX:
            cell *= 2
        grid = np.stack(np.meshgrid(*_centres(window, cell), indexing="ij")).astype(np.float32)
        move = np.clip(self._sample(window, grid), -reach, reach)
        # A rim of zeros, because nothing is interpolated beyond the outermost pixels.
        padded = np.pad(mask.inside, 1).astype(np.float32)
        origin = np.array(mask.roi.offset, dtype=np.float32)[:, None, None] - 1
        # An object that the border cuts off goes on behind it, and may come in.
        last = np.array(self.size, dtype=np.float32)[:, None, None] - 1
        source = (grid + move).clip(0, last) - origin
        inside = ndi.map_coordinates(padded, source, order=1, cval=0.0)
        drawn = (inside > 0.5).repeat(cell, axis=0).repeat(cell, axis=1)
        return BoxedMask.from_mask(drawn[: window.shape[0], : window.shape[1]], window.offset)

    def _sample(self, window: Roi, grid: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return what to add to (y, x) in a window, `(2, h, w)`."""
        level = self._lattice.level_for(max(window.shape), _FRAME_PX / 2)
        middle = (np.array(window.offset) + window.end - 1) / 2
        frame = self._lattice.nearest(level, middle.tolist())
        back, step = self._field(frame)
        # Samples lie at the centres of blocks of step x step pixels.
        corner = np.array(frame.roi.offset, dtype=np.float32)[:, None, None]
        place = (grid - corner + 0.5) / step - 0.5
        move = [ndi.map_coordinates(part, place, order=1, mode="nearest") for part in back]
        return np.stack(move)

    def _field(self, frame: Frame) -> tuple[NDArray[np.float32], int]:
        """Return the flow in a square, one sample each step x step pixels, in pixels."""
        step = _STEP * frame.step
        while step > 1 and min(frame.roi.shape) // step < _LEAST_SIDE:
            step //= 2
        found = self._fields.get(frame)
        if found is None:
            small = [shades.part(frame.roi, step) for shades in (self._now, self._before)]
            flow = optical_flow_ilk(*small, radius=_WINDOW_PX)
            found = self._fields[frame] = np.asarray(flow, dtype=np.float32) * step
            if len(self._fields) > _MOST_FIELDS:
                self._fields.popitem(last=False)
        self._fields.move_to_end(frame)
        return found, step


def _centres(window: Roi, cell: int) -> list[NDArray[np.float64]]:
    """Return where the rows and the columns of cells have their middle, in pixels."""
    ranges = zip(window.offset, window.end, strict=True)
    return [np.arange(start, end, cell, dtype=np.float64) + (cell - 1) / 2 for start, end in ranges]
