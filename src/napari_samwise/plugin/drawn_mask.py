"""Masks that the user draws, as coarse as their size asks for."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_samwise.geometry.logits_patch import LogitsPatch
from napari_samwise.geometry.roi import Roi
from napari_samwise.plugin.outline import Outline
from napari_samwise.plugin.plane import Plane
from napari_samwise.predictor.framed_mask import FramedMask, Piece

MAX_SIDE = 2048
"""Cells that a drawn mask has along a side at most; a plane that is encoded whole is no longer."""
_DRAWN_LOGIT = 5.0


@dataclass(frozen=True, slots=True, eq=False)
class DrawnMask:
    """What drawn shapes enclose.

    Parameters
    ----------
    inside : ndarray
        `(h, w)` bool, the cells of a box around the shapes.
    offset : tuple of int
        (y, x) of the first cell's first pixel in the plane.
    step : int
        Side of a cell in pixels of the plane; 1 unless the shapes are huge.
    """

    inside: NDArray[np.bool_]
    offset: tuple[int, int]
    step: int

    def same_as(self, other: DrawnMask) -> bool:
        """Tell whether the two are equal."""
        place = (self.offset, self.step) == (other.offset, other.step)
        return place and np.array_equal(self.inside, other.inside)

    @property
    def box(self) -> NDArray[np.float64]:
        """`(2, 2)` the two corners of what is inside, outer edges, (y, x) in pixels."""
        rows, columns = (np.flatnonzero(self.inside.any(axis)) for axis in (1, 0))
        first = np.array([rows[0], columns[0]]) * self.step
        last = np.array([rows[-1] + 1, columns[-1] + 1]) * self.step
        corners: NDArray[np.float64] = np.stack([first, last]) + np.asarray(self.offset) - 0.5
        return corners

    def on_plane(self, size: tuple[int, int]) -> NDArray[np.bool_]:
        """Return the whole mask `size` of a plane that is encoded whole."""
        mask = np.zeros(size, dtype=np.bool_)
        full = self.inside.repeat(self.step, axis=0).repeat(self.step, axis=1)
        y, x = self.offset
        part = mask[y : y + full.shape[0], x : x + full.shape[1]]
        part[:] = full[: part.shape[0], : part.shape[1]]
        return mask

    def on_frames(self, plane_size: tuple[int, int]) -> FramedMask:
        """Return the mask for a plane that is encoded in frames."""
        # A margin, because a patch without one would seem to be cut off.
        padded = np.pad(self.inside, 1)
        logits = np.where(padded, _DRAWN_LOGIT, -_DRAWN_LOGIT).astype(np.float32)
        origin = (float(self.offset[0] - self.step), float(self.offset[1] - self.step))
        patch = LogitsPatch(logits, origin, float(self.step))
        return FramedMask((Piece(patch, self.step.bit_length() - 1),), plane_size)


def fill_outlines(
    outlines: Sequence[Outline], plane: Plane, size: tuple[int, int]
) -> DrawnMask | None:
    """Return what closed shapes enclose together, None if that is no pixel of the plane.

    Parameters
    ----------
    outlines : sequence of Outline
        All in one plane.
    plane : Plane
        That plane.
    size : tuple of int
        `(Y, X)` of the plane in pixels.
    """
    corners = [outline.extent(plane) for outline in outlines]
    if not corners:
        return None
    low = np.floor(np.min([first for first, _ in corners], axis=0)).astype(int)
    high = np.ceil(np.max([last for _, last in corners], axis=0)).astype(int) + 1
    box = Roi.from_bounds(low.tolist(), high.tolist()).intersect(Roi((0, 0), size))
    if box.is_empty:
        return None
    step = 1 << max(0, math.ceil(math.log2(max(box.shape) / MAX_SIDE)))
    cells = (-(-box.shape[0] // step), -(-box.shape[1] // step))
    offset = (box.offset[0], box.offset[1])
    inside = np.zeros(cells, dtype=np.bool_)
    for outline in outlines:
        inside |= outline.fill(plane, offset, step, cells)
    return DrawnMask(inside, offset, step) if inside.any() else None
