"""A mask that somebody drew, as coarse as its size asks for, as a start for the decoder."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_samwise.geometry.logits_patch import LogitsPatch
from napari_samwise.predictor.framed_mask import FramedMask, Piece
from napari_samwise.prompts import Prompts

_DRAWN_LOGIT = 5.0


@dataclass(frozen=True, slots=True, eq=False)
class DrawnMask:
    """What drawn shapes enclose.

    Parameters
    ----------
    inside : ndarray
        `(h, w)` bool, the cells of a box around the shapes; at least one is True.
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

    def prompts_on_frames(
        self, prompts: Prompts, plane_size: tuple[int, int]
    ) -> tuple[Prompts, FramedMask]:
        """Return prompts and mask for a plane in frames, where a mask alone is no prompt."""
        return Prompts(box=self.box) if prompts.is_empty else prompts, self.on_frames(plane_size)
