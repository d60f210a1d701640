"""Frames: what an encoder looks at when a plane is larger than it can see at once.

On every level, a power of two coarser than the one before, a lattice of overlapping squares covers
the plane. Each frame owns the cell around its centre, and the cells of a level tile the plane: for
every place and size there is one frame that sees it best, whatever is asked and in whatever order.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

from napari_samwise.errors import InputError
from napari_samwise.geometry.roi import Roi

ALIGNMENT_PX = 32
"""Frames begin at multiples of this on their level: the coarsest stride of the encoders."""


@dataclass(frozen=True, slots=True)
class Frame:
    """A square of the plane at a scale, cut off where the plane ends.

    Parameters
    ----------
    level : int
        0 is full resolution; one pixel of level *n* is the mean of 2^n x 2^n of the plane.
    index : tuple of int
        (row, column) in the lattice of its level.
    roi : Roi
        `(Y, X)` what it looks at, in pixels of the plane.
    inner : Roi
        `(Y, X)` the cell that it owns, in pixels of the plane; part of ``roi``.
    """

    level: int
    index: tuple[int, int]
    roi: Roi
    inner: Roi

    @property
    def step(self) -> int:
        """Pixels of the plane along one pixel of the level."""
        return 1 << self.level

    @property
    def size(self) -> tuple[int, int]:
        """`(h, w)` in pixels of the level; the last ones may reach beyond the plane."""
        height, width = (-(-extent // self.step) for extent in self.roi.shape)
        return height, width


@dataclass(frozen=True, slots=True)
class Lattice:
    """The frames of one plane.

    Neighbours are half a frame apart, so every place lies at least a quarter of a frame inside
    the frame that owns it, or the plane ends there.

    Parameters
    ----------
    plane_size : tuple of int
        `(Y, X)` of the plane in pixels.
    frame_px : int
        Side of a frame in pixels of its level, a multiple of 64.
    top_px : int, optional
        Levels are added until the plane's longest side is no more than this on the last one,
        which therefore is a single frame; by default ``frame_px``, and never more.

    Raises
    ------
    InputError
        If the plane is empty or the sides cannot be used.
    """

    plane_size: tuple[int, int]
    frame_px: int = 1024
    top_px: int | None = None

    def __post_init__(self) -> None:
        if min(self.plane_size) < 1:
            raise InputError(f"A plane must have pixels, got the size {self.plane_size}.")
        if self.frame_px < 2 * ALIGNMENT_PX or self.frame_px % (2 * ALIGNMENT_PX):
            raise InputError(
                f"The side of a frame must be a multiple of {2 * ALIGNMENT_PX} pixels, got "
                f"{self.frame_px}; 512 and 1024 are usual."
            )
        if self.top_px is not None and self.top_px < 1:
            raise InputError(f"The top level must have at least 1 pixel, got {self.top_px}.")

    @property
    def count(self) -> int:
        """Number of levels."""
        top_px = self.frame_px if self.top_px is None else min(self.top_px, self.frame_px)
        level = 0
        while -(-max(self.plane_size) >> level) > top_px:
            level += 1
        return level + 1

    def shape(self, level: int) -> tuple[int, int]:
        """Return the number of rows and columns of frames on a level."""
        rows, columns = (self._count_along(axis, level) for axis in (0, 1))
        return rows, columns

    def frame(self, level: int, row: int, column: int) -> Frame:
        """Return one frame.

        Raises
        ------
        InputError
            If there is no such frame.
        """
        shape = self.shape(level)
        if not (0 <= row < shape[0] and 0 <= column < shape[1]):
            raise InputError(
                f"Level {level} has {shape[0]} x {shape[1]} frames, so none at {(row, column)}."
            )
        starts, stops, inner_starts, inner_stops = [], [], [], []
        half = (self.frame_px // 2) << level
        for axis, (index, count) in enumerate(zip((row, column), shape, strict=True)):
            end = self.plane_size[axis]
            starts.append(index * half)
            stops.append(min((index + 2) * half, end))
            inner_starts.append(index * half + half // 2 if index else 0)
            inner_stops.append(index * half + half + half // 2 if index < count - 1 else end)
        return Frame(
            level,
            (row, column),
            Roi.from_bounds(starts, stops),
            Roi.from_bounds(inner_starts, inner_stops),
        )

    def frames(self, level: int) -> Iterator[Frame]:
        """Yield all frames of a level, row by row."""
        rows, columns = self.shape(level)
        for row, column in product(range(rows), range(columns)):
            yield self.frame(level, row, column)

    def nearest(self, level: int, point: Sequence[float]) -> Frame:
        """Return the frame whose centre is nearest to a place, which is the one that owns it.

        Parameters
        ----------
        level : int
            The level.
        point : sequence of float
            (y, x) in pixels of the plane, pixel centres at integers.
        """
        half = (self.frame_px // 2) << level
        row, column = (
            min(max(math.floor((place + 0.5) / half - 0.5), 0), count - 1)
            for place, count in zip(point, self.shape(level), strict=True)
        )
        return self.frame(level, row, column)

    def level_for(self, extent_px: float, room_px: float) -> int:
        """Return the finest level on which an extent is no longer than a room, or the last one.

        Parameters
        ----------
        extent_px : float
            In pixels of the plane.
        room_px : float
            In pixels of the level.
        """
        levels = range(self.count)
        return next((k for k in levels if extent_px / (1 << k) <= room_px), levels[-1])

    def _count_along(self, axis: int, level: int) -> int:
        """Count frames along an axis: each one after the first adds half of its side."""
        if not 0 <= level < self.count:
            raise InputError(f"The lattice has levels 0 to {self.count - 1}, got {level}.")
        extent = -(-self.plane_size[axis] >> level)
        half = self.frame_px // 2
        return max(1, -(-extent // half) - 1)
