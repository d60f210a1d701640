"""Following a long thin mask from end to end, whatever it is made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from napari_samwise.geometry.ends import LONG, End, find_ends
from napari_samwise.geometry.roi import Roi

MOST_LOOKS = 32
"""On a plane that was encoded at once an end is given up after so many looks."""
LEAST_AREA_PX = 150
"""There a smaller mask that is long and thin is mostly a fragment of something else."""
_MOST_CELLS = 128
"""Longest side of the raster on which ends are looked for."""
_CLICK_CELLS = 2
_THIN_CELLS, _FINER = 5.0, 4
"""What is thinner is looked at with so many times as many cells a side."""

Pixel = tuple[int, int]
AnyMask = TypeVar("AnyMask", bound="Extendable")


@dataclass(frozen=True, slots=True)
class Raster:
    """Few cells that show a part of a plane.

    Parameters
    ----------
    box : Roi
        `(Y, X)` in pixels of the plane.
    step : int
        Pixels from cell to cell.
    """

    box: Roi
    step: int

    @classmethod
    def over(cls, box: Roi) -> Raster:
        """Return a raster of a box that is not empty."""
        return cls(box, -(-max(box.shape) // _MOST_CELLS))

    @property
    def shape(self) -> tuple[int, int]:
        """Number of cells `(rows, columns)`."""
        rows, columns = (-(-side // self.step) for side in self.box.shape)
        return rows, columns

    def pixel(self, cell: tuple[int, int]) -> Pixel:
        """Return the first pixel of a cell."""
        return self.box.offset[0] + cell[0] * self.step, self.box.offset[1] + cell[1] * self.step

    def around(self, end: End, plane_size: tuple[int, int]) -> tuple[Raster, End]:
        """Return a raster that shows all that matters for an end, and the end in it."""
        reach = end.reach
        room = [min(reach, start // self.step) for start in self.box.offset]
        start = [at - cells * self.step for at, cells in zip(self.box.offset, room, strict=True)]
        sides = zip(self.box.end, plane_size, strict=True)
        stop = [min(at + reach * self.step, side) for at, side in sides]
        return Raster(Roi.from_bounds(start, stop), self.step), end.shift(room[0], room[1])


class Extendable(Protocol):
    """A mask on a plane that can be asked what lies beyond its ends."""

    @property
    def plane_size(self) -> tuple[int, int]:
        """`(Y, X)` of the plane."""

    @property
    def roi(self) -> Roi:
        """A box that holds the mask; maybe empty."""

    def sample(self, raster: Raster) -> NDArray[np.bool_]:
        """Return the mask at the first pixel of every cell, `raster.shape`."""


class Extender(Protocol[AnyMask]):
    """Decodes further masks and joins them."""

    def look(self, pixel: Pixel) -> AnyMask | None:
        """Return the mask of a click, None if it must not be taken."""

    def join(self, mask: AnyMask, further: AnyMask) -> AnyMask:
        """Return both masks as one."""


def follow(
    mask: AnyMask, clicks: NDArray[np.int64], extender: Extender[AnyMask], most_looks: int
) -> AnyMask:
    """Let a mask go on beyond its ends, if it is long and thin.

    Parameters
    ----------
    mask : Extendable
        The mask.
    clicks : ndarray
        `(K, 2)` int64, (y, x); the part of the mask in which the first of them lies counts.
    extender : Extender
        What looks and joins.
    most_looks : int
        An end is given up after so many looks.

    Returns
    -------
    Extendable
        The same mask if nothing was added.
    """
    looked: set[Pixel] = set()
    while len(looked) < most_looks and not mask.roi.is_empty:
        raster, ends = _find_ends(mask, clicks)
        placed = [(end, raster.pixel(end.core)) for end in ends]
        fresh = [(end, pixel) for end, pixel in placed if pixel not in looked]
        if not fresh:
            break
        for end, pixel in fresh:
            looked.add(pixel)
            further = extender.look(pixel)
            wide, moved = raster.around(end, mask.plane_size)
            if further is not None and moved.goes_on(mask.sample(wide), further.sample(wide)):
                mask = extender.join(mask, further)
    return mask


def width_if_long(mask: Extendable, clicks: NDArray[np.int64], long: float = LONG) -> float:
    """Return how wide a mask is, in pixels, if the part that was clicked on is long and thin.

    Parameters
    ----------
    mask : Extendable
        The mask.
    clicks : ndarray
        `(K, 2)` int64, (y, x).
    long : float
        See ``find_ends``.

    Returns
    -------
    float
        Where it is thickest; 0 if it is not long.
    """
    if mask.roi.is_empty:
        return 0.0
    raster = Raster.over(mask.roi)
    ends = _ends(mask, raster, clicks, long)
    return ends[0].width * raster.step if ends else 0.0


def _find_ends(mask: Extendable, clicks: NDArray[np.int64]) -> tuple[Raster, tuple[End, ...]]:
    """Return the ends of a mask, on a finer raster where it is too thin for the usual one."""
    raster = Raster.over(mask.roi)
    ends = _ends(mask, raster, clicks)
    if ends and ends[0].width < _THIN_CELLS and raster.step > 1:
        raster = Raster(raster.box, -(-raster.step // _FINER))
        ends = _ends(mask, raster, clicks)
    return raster, ends


def _ends(
    mask: Extendable, raster: Raster, clicks: NDArray[np.int64], long: float = LONG
) -> tuple[End, ...]:
    cells = mask.sample(raster)
    for click in (clicks - raster.box.offset) // raster.step:
        # Between the samples of a coarse raster a thin mask may be missed where it was clicked.
        window = Roi.from_bounds(click - _CLICK_CELLS, click + _CLICK_CELLS + 1)
        near = window.intersect(Roi((0, 0), raster.shape))
        inside = np.argwhere(cells[near.slices]) + near.offset
        if len(inside):
            y, x = inside[np.abs(inside - click).sum(1).argmin()]
            return find_ends(cells, (int(y), int(x)), long)
    return ()
