"""A mask on a plane of any size: pieces of logits, and pixels of any region on demand."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_samwise.geometry.boxed_mask import BoxedMask
from napari_samwise.geometry.logits_patch import OUTSIDE_LOGIT, LogitsPatch
from napari_samwise.geometry.roi import Roi

_PAINTED_LOGIT = 5.0


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """Logits that one decoding gave, and where they count.

    Parameters
    ----------
    patch : LogitsPatch
        In pixels of the plane.
    level : int
        The level on which it was decoded.
    cell : Roi, optional
        The region that it alone decides; without one it adds to the pieces before it.
    """

    patch: LogitsPatch
    level: int
    cell: Roi | None = None


@dataclass(frozen=True, slots=True, eq=False)
class FramedMask:
    """One object's mask on a plane in frames; it can be fed back to ``FramedPlane.decode``.

    Parameters
    ----------
    pieces : tuple of Piece
        At least one; later ones count over earlier ones.
    plane_size : tuple of int
        `(Y, X)` of the plane.
    """

    pieces: tuple[Piece, ...]
    plane_size: tuple[int, int]

    @property
    def level(self) -> int:
        """The level on which the mask was found first."""
        return self.pieces[0].level

    @property
    def roi(self) -> Roi:
        """A box `(Y, X)` in pixels of the plane that holds the whole mask; maybe empty."""
        box = Roi((0, 0), (0, 0))
        for piece in self.pieces:
            positive = piece.patch.positive(self.plane_size)
            box = box.union(positive if piece.cell is None else positive.intersect(piece.cell))
        return box

    def cut(self, roi: Roi) -> NDArray[np.bool_]:
        """Return a region `roi.shape` of the mask, full resolution."""
        mask = np.zeros(roi.shape, dtype=np.bool_)
        for piece in self.pieces:
            near = piece.patch.positive(self.plane_size) if piece.cell is None else piece.cell
            common = roi.intersect(near)
            if common.is_empty:
                continue
            target = mask[common.shift([-start for start in roi.offset]).slices]
            if piece.cell is None:
                target |= piece.patch.sample(common)
            else:
                target[...] = piece.patch.sample(common)
        return mask

    def boxed(self) -> BoxedMask:
        """Return all of the mask at full resolution, in its box."""
        return BoxedMask.from_mask(self.cut(self.roi), self.roi.offset)

    def contains(self, point: NDArray[np.float64]) -> bool:
        """Tell whether a point, (y, x) in pixels of the plane, lies in the mask."""
        limits = np.array(self.plane_size) - 1
        pixel = np.floor(point + 0.5).astype(int).clip(0, limits)
        return bool(self.cut(Roi((int(pixel[0]), int(pixel[1])), (1, 1)))[0, 0])

    def resample(
        self, origin: tuple[float, float], cell_px: float, shape: tuple[int, int]
    ) -> NDArray[np.float32]:
        """Return the mask's logits on a grid; see ``LogitsPatch.resample``."""
        whole = np.full(shape, OUTSIDE_LOGIT, dtype=np.float32)
        for piece in self.pieces:
            sampled = piece.patch.resample(origin, cell_px, shape)
            if piece.cell is None:
                np.maximum(whole, sampled, out=whole)
                continue
            inside = [
                _within(start, cell_px, count, low, high)
                for start, count, low, high in zip(
                    origin, shape, piece.cell.offset, piece.cell.end, strict=True
                )
            ]
            index = np.ix_(*inside)
            whole[index] = sampled[index]
        return whole

    def add(self, *pieces: Piece) -> FramedMask:
        """Return the mask with further pieces."""
        return FramedMask((*self.pieces, *pieces), self.plane_size)


def _within(start: float, cell_px: float, count: int, low: float, high: float) -> NDArray[np.int64]:
    """Return which cells of a row of cells have their centre between two places."""
    centres = start + (np.arange(count) + 0.5) * cell_px
    return np.flatnonzero((centres >= low) & (centres < high))


def given_mask(
    mask: NDArray[np.float32] | NDArray[np.bool_], plane_size: tuple[int, int]
) -> FramedMask:
    """Return a mask prompt for the whole plane as one that lies in it.

    Parameters
    ----------
    mask : ndarray
        `(Y, X)` bool in pixels of the plane; or `(h, w)` float32 logits from the plane encoded
        at once, whose cells begin where the plane does.
    plane_size : tuple of int
        `(Y, X)` of the plane.
    """
    if mask.dtype != np.bool_:
        cell_px = max(n / cells for n, cells in zip(plane_size, mask.shape, strict=True))
        # Cells are whole pixels wherever the plane was not shrunk; the last ones may reach beyond.
        whole = math.ceil(cell_px)
        if tuple(-(-side // whole) for side in plane_size) == mask.shape:
            cell_px = float(whole)
        limited = mask.clip(OUTSIDE_LOGIT, -OUTSIDE_LOGIT).astype(np.float32)
        return FramedMask((Piece(LogitsPatch(limited, (0.0, 0.0), cell_px), 0),), plane_size)
    boxed = BoxedMask.from_mask(mask.astype(np.bool_))
    # A margin, because a patch without one would seem to be cut off.
    logits = np.where(np.pad(boxed.inside, 1), _PAINTED_LOGIT, -_PAINTED_LOGIT).astype(np.float32)
    origin = (boxed.roi.offset[0] - 1.0, boxed.roi.offset[1] - 1.0)
    return FramedMask((Piece(LogitsPatch(logits, origin, 1.0), 0),), plane_size)


def painted_logits(mask: NDArray[np.bool_], cell_px: int) -> NDArray[np.float32]:
    """Return the logits of a painted mask in cells, by how much of each it covers.

    Parameters
    ----------
    mask : ndarray
        `(Y, X)` bool; its last rows and columns are repeated to fill a cell.
    cell_px : int
        Side of a cell.
    """
    missing = [(0, -side % cell_px) for side in mask.shape]
    whole = np.pad(mask, missing, mode="edge").astype(np.float32)
    rows, columns = (side // cell_px for side in whole.shape)
    share = whole.reshape(rows, cell_px, columns, cell_px).mean(axis=(1, 3))
    logits: NDArray[np.float32] = (2 * share - 1) * _PAINTED_LOGIT
    return logits
