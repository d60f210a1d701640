"""How much masks that lie in patches of different resolution have in common."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_samwise.geometry.logits_patch import LogitsPatch

_COMPARED_CELLS = 32
"""About so many cells along a side are compared."""

_Cells = tuple[float, tuple[float, float], tuple[int, ...]]


def pairwise_iou(
    patches: Sequence[LogitsPatch], plane_size: tuple[int, int]
) -> NDArray[np.float32]:
    """Return the IoU of every two masks, without making any of them at full resolution.

    Two masks are compared on the cells of the finer one, of large ones on every so many cells.

    Parameters
    ----------
    patches : sequence of LogitsPatch
        N masks, in any order.
    plane_size : tuple of int
        `(Y, X)`; what lies beyond the plane counts nothing.

    Returns
    -------
    ndarray
        `(N, N)` float32, 0 to 1; 0 for an empty mask, with itself too.
    """
    stacks = _stacked(patches, plane_size)
    areas = np.zeros(len(patches), dtype=np.float32)
    shared = np.zeros((len(patches), len(patches)), dtype=np.float32)
    for index, finer in enumerate(stacks):
        areas[finer.members] = finer.areas
        for coarser in stacks[index:]:
            common = finer.shared_areas(coarser)
            shared[np.ix_(finer.members, coarser.members)] = common
            shared[np.ix_(coarser.members, finer.members)] = common.T
    union = areas[:, None] + areas - shared
    # Sampled on other cells a mask may measure a little more than on its own.
    iou: NDArray[np.float32] = (shared / np.maximum(union, 1e-6)).clip(0, 1).astype(np.float32)
    return iou


@dataclass(frozen=True, slots=True, eq=False)
class _Stack:
    """Masks in the same cells.

    Parameters
    ----------
    logits : ndarray
        `(M, h, w)` float32.
    inside : ndarray
        `(M, h, w)` bool, where they are positive and on the plane.
    origin, cell_px
        As of ``LogitsPatch``.
    members : list of int
        Which of all masks they are.
    """

    logits: NDArray[np.float32]
    inside: NDArray[np.bool_]
    origin: tuple[float, float]
    cell_px: float
    members: list[int]

    @property
    def areas(self) -> NDArray[np.float32]:
        """Pixels of the plane that each mask covers, `(M,)`."""
        areas: NDArray[np.float32] = np.count_nonzero(self.inside, axis=(1, 2)).astype(np.float32)
        areas *= np.float32(self.cell_px**2)
        return areas

    def shared_areas(self, coarser: _Stack) -> NDArray[np.float32]:
        """Return pixels of the plane that two masks share, `(M, N)`."""
        if coarser is self:
            return self._count(self.inside, self.inside, 1)
        rows, columns = (np.flatnonzero(self.inside.any(axis=axes)) for axes in ((0, 2), (0, 1)))
        if not len(rows):
            return np.zeros((len(self.logits), len(coarser.logits)), dtype=np.float32)
        # Of large masks every so many cells are enough.
        longest = max(int(cells[-1] - cells[0]) for cells in (rows, columns))
        step = max(1, longest // _COMPARED_CELLS)
        row_part, column_part = (
            np.arange(cells[0] + step // 2, cells[-1] + 1, step) for cells in (rows, columns)
        )
        own = self.inside[:, row_part][:, :, column_part]
        return self._count(own, coarser._sampled(self, (row_part, column_part)), step)

    def _count(
        self, own: NDArray[np.bool_], other: NDArray[np.bool_], step: int
    ) -> NDArray[np.float32]:
        mine, theirs = (each.reshape(len(each), -1).astype(np.float32) for each in (own, other))
        common: NDArray[np.float32] = mine @ theirs.T
        common *= np.float32((step * self.cell_px) ** 2)
        return common

    def _sampled(
        self, finer: _Stack, cells: tuple[NDArray[np.int64], NDArray[np.int64]]
    ) -> NDArray[np.bool_]:
        """Return the masks on rows and columns of cells of another stack, by interpolation."""
        (rows, row_share, in_rows), (columns, column_share, in_columns) = (
            self._places(finer, axis, cells[axis]) for axis in (0, 1)
        )
        band = self.logits[:, rows[0] : rows[-1] + 2, columns[0] : columns[-1] + 2]
        rows, columns = rows - rows[0], columns - columns[0]
        below = np.minimum(rows + 1, band.shape[1] - 1)
        beside = np.minimum(columns + 1, band.shape[2] - 1)
        upper = band[:, rows]
        tall = upper + (band[:, below] - upper) * row_share[:, None]
        left = tall[:, :, columns]
        inside: NDArray[np.bool_] = left + (tall[:, :, beside] - left) * column_share > 0
        return inside & in_rows[:, None] & in_columns

    def _places(
        self, finer: _Stack, axis: int, cells: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.float32], NDArray[np.bool_]]:
        """Return of cells of the finer stack the cell before each, a share, and if it is here."""
        side = self.logits.shape[1 + axis]
        centres = finer.origin[axis] + (cells + 0.5) * finer.cell_px
        unit = (centres - self.origin[axis]) / self.cell_px
        place = (unit - 0.5).clip(0, side - 1)
        before = place.astype(np.int64)
        return before, (place - before).astype(np.float32), (unit >= 0) & (unit <= side)


def _stacked(patches: Sequence[LogitsPatch], plane_size: tuple[int, int]) -> list[_Stack]:
    """Join masks that lie in the same cells; the finest come first."""
    groups: dict[_Cells, list[int]] = defaultdict(list)
    for index, patch in enumerate(patches):
        groups[patch.cell_px, patch.origin, patch.logits.shape].append(index)
    stacks = []
    for _, members in sorted(groups.items()):
        like = patches[members[0]]
        on_rows, on_columns = (_on_plane(like, axis, plane_size[axis]) for axis in (0, 1))
        logits = np.stack([patches[index].logits for index in members])
        inside = (logits > 0) & on_rows[:, None] & on_columns
        stacks.append(_Stack(logits, inside, like.origin, like.cell_px, members))
    return stacks


def _on_plane(patch: LogitsPatch, axis: int, side: int) -> NDArray[np.bool_]:
    """Tell which cells along an axis have their centre on the plane."""
    centres = patch.origin[axis] + (np.arange(patch.logits.shape[axis]) + 0.5) * patch.cell_px
    on_plane: NDArray[np.bool_] = (centres >= 0) & (centres <= side)
    return on_plane
