"""A mask at a scale: pixel by pixel where objects are small, coarser where they are huge."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_samwise.geometry.boxed_mask import BoxedMask
from napari_samwise.geometry.roi import Roi
from napari_samwise.model.proposals import Proposals

_SAMPLES_PER_CELL = 8
"""Samples along one cell of a network's logits: finer ones cost memory and show nothing."""


@dataclass(frozen=True, slots=True, eq=False)
class ScaledMask:
    """The samples of one object on a grid of square cells, which begins where the plane does.

    Parameters
    ----------
    cells : BoxedMask
        In cells of the grid.
    step : int
        Side of a cell in pixels of the plane, a power of two.
    """

    cells: BoxedMask
    step: int = 1

    @property
    def box(self) -> Roi:
        """`(Y, X)` around it in pixels; its last cells may reach beyond the plane."""
        return _scale(self.cells.roi, self.step)

    @property
    def area(self) -> int:
        """In pixels."""
        return self.cells.area * self.step**2

    def boxed(self, plane_size: tuple[int, int]) -> BoxedMask:
        """Return it pixel by pixel, within the plane."""
        if self.step == 1:
            return self.cells
        inside = self.cells.inside.repeat(self.step, axis=0).repeat(self.step, axis=1)
        box = self.box.intersect(Roi((0, 0), plane_size))
        return BoxedMask(box, inside[: box.shape[0], : box.shape[1]])

    def at(self, rows: NDArray[np.int64], columns: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Return `(rows, columns)` bool of the pixels at these rows and columns, both ascending."""
        found = np.zeros((len(rows), len(columns)), dtype=np.bool_)
        index, place = [], []
        for axis, pixels in enumerate((rows, columns)):
            cell = pixels // self.step - self.cells.roi.offset[axis]
            first, last = np.searchsorted(cell, (0, self.cells.roi.shape[axis]))
            place.append(slice(int(first), int(last)))
            index.append(cell[first:last])
        found[tuple(place)] = self.cells.inside[np.ix_(*index)]
        return found

    def shared_area(self, other: ScaledMask) -> int:
        """Return the number of pixels that both masks have."""
        common = self.box.intersect(other.box)
        if common.is_empty:
            return 0
        step = min(self.step, other.step)
        places = [
            np.arange(start, end, step)
            for start, end in zip(common.offset, common.end, strict=True)
        ]
        both = self.at(*places) & other.at(*places)
        return int(np.count_nonzero(both)) * step**2


def mask_of(proposals: Proposals, index: int, frame: Roi) -> ScaledMask:
    """Sample one proposed mask as finely as its logits deserve.

    Parameters
    ----------
    proposals : Proposals
        In pixels of a part of the plane.
    index : int
        Which mask.
    frame : Roi
        `(Y, X)` the part, in pixels of the plane.

    Returns
    -------
    ScaledMask
        In the plane; maybe empty.
    """
    patch = proposals.patch(index)
    step = 1 << max(0, math.floor(math.log2(patch.cell_px / _SAMPLES_PER_CELL)))
    if step == 1:
        return ScaledMask(proposals.upscale(index).shift(frame.offset))
    box = patch.positive((frame.shape[0], frame.shape[1]))
    start = [begin // step for begin in box.offset]
    rows, columns = (-(-end // step) - begin for begin, end in zip(start, box.end, strict=True))
    logits = patch.resample([begin * step for begin in start], step, (rows, columns))
    offset = [begin + there // step for begin, there in zip(start, frame.offset, strict=True)]
    return ScaledMask(BoxedMask.from_mask(logits > 0, offset), step)


def _scale(roi: Roi, step: int) -> Roi:
    return Roi.from_bounds([o * step for o in roi.offset], [e * step for e in roi.end])
