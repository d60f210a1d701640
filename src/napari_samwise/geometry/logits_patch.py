"""Mask logits of a part of a plane: coarse, small, and sampled where somebody looks.

A mask as large as a slide costs a few kilobytes as long as it stays logits; pixels are made of
the regions that are shown or written.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_samwise.geometry.roi import Roi

OUTSIDE_LOGIT = -10.0
"""Logit of what lies beyond a patch; no logit that is fed back exceeds it."""

_PIXELS_AT_ONCE = 2**22


@dataclass(frozen=True, slots=True, eq=False)
class LogitsPatch:
    """A rectangle of square cells in a plane.

    Parameters
    ----------
    logits : ndarray
        `(h, w)` float32, positive inside.
    origin : tuple of float
        (y, x) of the outer edge of the first cell in pixels of the plane; the first pixel of the
        plane begins at 0.
    cell_px : float
        Side of a cell in pixels of the plane.
    """

    logits: NDArray[np.float32]
    origin: tuple[float, float]
    cell_px: float

    @property
    def end(self) -> tuple[float, float]:
        """Outer edge of the last cell, (y, x) in pixels of the plane."""
        y, x = (
            start + side * self.cell_px
            for start, side in zip(self.origin, self.logits.shape, strict=True)
        )
        return y, x

    def shift(self, by: Sequence[float]) -> LogitsPatch:
        """Move the patch by (y, x) pixels."""
        origin = (self.origin[0] + by[0], self.origin[1] + by[1])
        return LogitsPatch(self.logits, origin, self.cell_px)

    def positive(self, plane_size: tuple[int, int]) -> Roi:
        """Return a box `(Y, X)` in pixels of the plane that holds all of the mask; maybe empty."""
        inside = self.logits > 0
        if not inside.any():
            return Roi((0, 0), (0, 0))
        start, stop = [], []
        for axis in (0, 1):
            where = np.flatnonzero(inside.any(1 - axis))
            # Interpolation carries a positive logit to the centres of the cells beside it.
            low = self.origin[axis] + (int(where[0]) - 1) * self.cell_px
            high = self.origin[axis] + (int(where[-1]) + 2) * self.cell_px
            start.append(max(int(np.floor(max(low, self.origin[axis]))), 0))
            stop.append(min(int(np.ceil(min(high, self.end[axis]))), plane_size[axis]))
        return Roi.from_bounds(start, stop)

    def bounds(self) -> tuple[float, float, float, float] | None:
        """Return the outermost edges (y0, x0, y1, x1) of the mask, to parts of a cell.

        In pixels of the plane, whose first pixel begins at 0; None for an empty mask.
        """
        edges = []
        for axis in (0, 1):
            highest = self.logits.max(axis=1 - axis)
            inside = np.flatnonzero(highest > 0)
            if not len(inside):
                return None
            start = inside[0] - _beyond(highest, int(inside[0]), -1)
            stop = inside[-1] + 1 + _beyond(highest, int(inside[-1]), 1)
            edges.append(self.origin[axis] + np.array([start, stop]) * self.cell_px)
        (y0, y1), (x0, x1) = edges
        return float(y0), float(x0), float(y1), float(x1)

    def sample(self, roi: Roi) -> NDArray[np.bool_]:
        """Return the pixels of a region that belong to the mask, by bilinear interpolation.

        Parameters
        ----------
        roi : Roi
            `(Y, X)` pixels of the plane.

        Returns
        -------
        ndarray
            `roi.shape` bool, False beyond the patch.
        """
        mask = np.zeros(roi.shape, dtype=np.bool_)
        (rows, row_share, in_rows), (columns, column_share, in_columns) = (
            self._places(axis, np.arange(roi.offset[axis], roi.end[axis]) + 0.5) for axis in (0, 1)
        )
        if not len(in_rows) or not len(in_columns):
            return mask
        beside = np.minimum(columns + 1, self.logits.shape[1] - 1)
        wide = self.logits[:, columns]
        wide += (self.logits[:, beside] - wide) * column_share
        below = np.minimum(rows + 1, self.logits.shape[0] - 1)
        step = max(1, _PIXELS_AT_ONCE // len(columns))
        for first in range(0, len(rows), step):
            part = slice(first, first + step)
            upper = wide[rows[part]]
            upper += (wide[below[part]] - upper) * row_share[part, None]
            top = int(in_rows[0]) + first
            mask[top : top + len(upper), in_columns[0] : in_columns[-1] + 1] = upper > 0
        return mask

    def resample(
        self, origin: Sequence[float], cell_px: float, shape: tuple[int, int]
    ) -> NDArray[np.float32]:
        """Return the logits on another grid: averaged where it is coarser, else interpolated.

        Parameters
        ----------
        origin : sequence of float
            (y, x) of the outer edge of the first cell wanted, in pixels of the plane.
        cell_px : float
            Side of a cell wanted, in pixels of the plane.
        shape : tuple of int
            `(rows, columns)` wanted.

        Returns
        -------
        ndarray
            `shape` float32; ``OUTSIDE_LOGIT`` beyond the patch.
        """
        rows, columns = (self._weights(axis, origin[axis], cell_px, shape[axis]) for axis in (0, 1))
        sampled = rows @ (self.logits - OUTSIDE_LOGIT) @ columns.T + OUTSIDE_LOGIT
        return sampled.astype(np.float32)

    def _places(
        self, axis: int, edges: NDArray[np.floating]
    ) -> tuple[NDArray[np.int64], NDArray[np.float32], NDArray[np.int64]]:
        """Return the cell before each place, the share of the next one, and which lie inside."""
        unit = (edges - self.origin[axis]) / self.cell_px
        side = self.logits.shape[axis]
        inside = np.flatnonzero((unit >= 0) & (unit <= side))
        centre = (unit[inside] - 0.5).clip(0, side - 1)
        cell = np.floor(centre).astype(np.int64)
        return cell, (centre - cell).astype(np.float32), inside

    def _weights(self, axis: int, origin: float, cell_px: float, count: int) -> NDArray[np.float32]:
        """Return `(count, side)` float32: how much each cell counts for each one wanted."""
        parts = max(1, round(cell_px / self.cell_px))
        edges = origin + (np.arange(count * parts) + 0.5) * (cell_px / parts)
        cell, share, inside = self._places(axis, edges)
        side = self.logits.shape[axis]
        weights = np.zeros((count, side), dtype=np.float32)
        wanted = inside // parts
        np.add.at(weights, (wanted, cell), (1 - share) / parts)
        np.add.at(weights, (wanted, np.minimum(cell + 1, side - 1)), share / parts)
        return weights


def _beyond(logits: NDArray[np.float32], last: int, step: int) -> float:
    """Return by how many cells a mask reaches beyond the edge of its last cell, -0.5 to 0.5."""
    if not 0 <= last + step < len(logits):
        return 0.0
    inside, outside = float(logits[last]), float(logits[last + step])
    return inside / (inside - outside) - 0.5
