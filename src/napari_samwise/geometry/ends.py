"""Where a long thin mask ends, and whether another mask goes on from there."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage as ndi
from skimage.graph import MCP

LONG = 4.0
"""Area in squares of its width from which a mask is long: a disc has 0.8, a 5:1 ellipse 3.9."""
_CORE_WIDTHS = 1.25
"""The next click is put so near to an end: nearer ones may miss the object."""
_REACH_WIDTHS = 2.0
"""What lies so near to an end, in widths of the mask, tells whether it goes on there."""
_LEAST_KNOWN, _LEAST_NEW = 0.7, 0.3
"""Of what is known near an end a mask that goes on has so much; it adds so many squared widths."""
_MOST_WIDER = 1.6
"""It widens by less than this: behind a thicker place another object begins."""


@dataclass(frozen=True, slots=True)
class End:
    """One end of a long thin mask.

    Parameters
    ----------
    tip : tuple of int
        (y, x) of the cell farthest along the mask.
    core : tuple of int
        (y, x) of the deepest cell near it.
    width : float
        Of the mask where it is thickest, in cells.
    """

    tip: tuple[int, int]
    core: tuple[int, int]
    width: float

    def shift(self, rows: int, columns: int) -> End:
        """Return the end in cells that are counted from elsewhere."""
        (y, x), (v, u) = self.tip, self.core
        return End((y + rows, x + columns), (v + rows, u + columns), self.width)

    @property
    def reach(self) -> int:
        """How many cells around the tip ``goes_on`` looks at."""
        return math.ceil(_REACH_WIDTHS * self.width)

    def goes_on(self, known: NDArray[np.bool_], found: NDArray[np.bool_]) -> bool:
        """Tell whether a mask continues the one that ends here.

        Parameters
        ----------
        known : ndarray
            `(Y, X)` bool, the mask with this end.
        found : ndarray
            `(Y, X)` bool, the other one.
        """
        rows, columns = np.ogrid[: known.shape[0], : known.shape[1]]
        away = np.hypot(rows - self.tip[0], columns - self.tip[1])
        near = away <= self.reach
        seen = known & near
        shared = np.count_nonzero(found & seen)
        new = np.count_nonzero(found & near & ~known)
        if shared < _LEAST_KNOWN * np.count_nonzero(seen) or new < _LEAST_NEW * self.width**2:
            return False
        return width_of(found) <= _MOST_WIDER * self.width


def find_ends(
    mask: NDArray[np.bool_], seed: tuple[int, int], long: float = LONG
) -> tuple[End, ...]:
    """Return both ends of a long thin mask, and none of any other mask.

    Parameters
    ----------
    mask : ndarray
        `(Y, X)` bool.
    seed : tuple of int
        (y, x) of a cell; what is not connected with it is of no account. If it lies outside of
        the mask there are no ends.
    long : float
        How many times as long as wide a mask must be to count as long, and its area in squares of
        its width at least.
    """
    if not mask[seed]:
        return ()
    parts, _ = ndi.label(mask)
    part = parts == parts[seed]
    depth = _depth(part)
    width = _width(depth)
    if np.count_nonzero(part) < long * width**2:
        return ()
    first, _ = _farthest(part, seed)
    second, length = _farthest(part, first)
    if length < long * width:
        return ()
    return tuple(End(tip, _core(depth, tip, width), width) for tip in (first, second))


def width_of(mask: NDArray[np.bool_]) -> float:
    """Return how wide a mask `(Y, X)` bool is where it is thickest, in cells; at least 1."""
    return _width(_depth(mask))


def _depth(mask: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return how deep each cell lies; beyond the array the mask ends."""
    depth: NDArray[np.float64] = ndi.distance_transform_edt(np.pad(mask, 1))[1:-1, 1:-1]
    return depth


def _width(depth: NDArray[np.float64]) -> float:
    return max(1.0, 2 * float(depth.max(initial=0)) - 1)


def _farthest(part: NDArray[np.bool_], start: tuple[int, int]) -> tuple[tuple[int, int], float]:
    """Return the cell that is farthest from another one on ways inside a mask, and how far."""
    costs, _ = MCP(np.where(part, 1.0, -1.0)).find_costs([start])
    reached = np.where(np.isfinite(costs), costs, -1)
    row, column = np.unravel_index(int(reached.argmax()), reached.shape)
    return (int(row), int(column)), float(reached.max())


def _core(depth: NDArray[np.float64], tip: tuple[int, int], width: float) -> tuple[int, int]:
    """Return the deepest cell near a tip; of several the nearest to it."""
    rows, columns = np.ogrid[: depth.shape[0], : depth.shape[1]]
    away = np.hypot(rows - tip[0], columns - tip[1])
    worth = np.where(away <= _CORE_WIDTHS * width, depth - 0.01 * away, -1)
    row, column = np.unravel_index(int(worth.argmax()), worth.shape)
    return int(row), int(column)
