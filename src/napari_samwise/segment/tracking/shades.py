"""Grey values of any part of a frame, as the encoder sees them."""

from __future__ import annotations

from collections import OrderedDict
from itertools import product
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from napari_samwise.geometry.roi import Roi
from napari_samwise.intensity import Intensity
from napari_samwise.predictor.plane_source import PlaneSource

_BLOCK_PX = 256
_MOST_BLOCKS = 256
_FINE = 2
"""Up to this step values come from blocks that are kept; coarser ones are wide, and read anew."""


class Shades(Protocol):
    """The grey values of one frame."""

    @property
    def size(self) -> tuple[int, int]:
        """`(Y, X)` of the frame in pixels."""

    def part(self, roi: Roi, step: int = 1) -> NDArray[np.float32]:
        """Return a region, 0 to 255, each step x step pixels averaged, channels too.

        A last row or column of squares that the region does not fill is made of what there is.
        """


class WholeShades:
    """Of a frame that was read at once.

    Parameters
    ----------
    grey : ndarray
        `(Y, X)` float32.
    """

    def __init__(self, grey: NDArray[np.float32]) -> None:
        self._grey = grey
        self.size = (grey.shape[0], grey.shape[1])

    def part(self, roi: Roi, step: int = 1) -> NDArray[np.float32]:
        """Return a region; see ``Shades``."""
        return _reduce(self._grey[roi.slices], step)


class FramedShades:
    """Of a frame that is read where somebody looks; the last blocks are kept.

    Parameters
    ----------
    source : PlaneSource
        The frame.
    intensity : Intensity
        With limits, so that all regions can be compared.
    """

    def __init__(self, source: PlaneSource, intensity: Intensity) -> None:
        self._source = source
        self._intensity = intensity
        self._blocks: OrderedDict[Roi, NDArray[np.float32]] = OrderedDict()
        self.size = source.plane_size

    def part(self, roi: Roi, step: int = 1) -> NDArray[np.float32]:
        """Return a region; see ``Shades``."""
        if step > _FINE:
            return self._read(roi, step)
        whole = np.empty(roi.shape, dtype=np.float32)
        corners = (
            range(start - start % _BLOCK_PX, end, _BLOCK_PX)
            for start, end in zip(roi.offset, roi.end, strict=True)
        )
        for corner in product(*corners):
            block = Roi(corner, (_BLOCK_PX, _BLOCK_PX)).intersect(Roi((0, 0), self.size))
            common = block.intersect(roi)
            there = common.shift([-start for start in block.offset])
            whole[common.shift([-start for start in roi.offset]).slices] = self._block(block)[
                there.slices
            ]
        return _reduce(whole, step)

    def _block(self, block: Roi) -> NDArray[np.float32]:
        held = self._blocks.get(block)
        if held is None:
            held = self._blocks[block] = self._read(block, 1)
            if len(self._blocks) > _MOST_BLOCKS:
                self._blocks.popitem(last=False)
        self._blocks.move_to_end(block)
        return held

    def _read(self, roi: Roi, step: int) -> NDArray[np.float32]:
        picture = self._source.picture(roi, step, self._intensity)
        grey: NDArray[np.float32] = picture.mean(axis=-1, dtype=np.float32)
        return grey


def _reduce(grey: NDArray[np.float32], step: int) -> NDArray[np.float32]:
    """Average blocks of step x step pixels; the last rows and columns are repeated to fill up."""
    if step == 1:
        return grey
    fill = [(0, -n % step) for n in grey.shape]
    padded = np.pad(grey, fill, mode="edge")
    blocks = padded.reshape(padded.shape[0] // step, step, padded.shape[1] // step, step)
    return np.asarray(blocks.mean(axis=(1, 3)), dtype=np.float32)
