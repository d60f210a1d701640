"""Labels with coarser copies of themselves, which follow every change."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_samwise.geometry.roi import Roi
from napari_samwise.plugin.lazy_array import Index, split_index

_TOP_PX = 512


class LabelPyramid:
    """An array to read from and write to by slices, above coarser ones.

    Each pixel of a coarser level holds the highest label of those that it stands for: what is
    small is still seen from afar, and a level depends on the finest one alone.

    Parameters
    ----------
    levels : sequence of array-like
        The finest first; each can be read and written by slices.
    """

    def __init__(self, levels: Sequence[Any]) -> None:
        self.levels = list(levels)

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the finest level."""
        return tuple(int(extent) for extent in self.levels[0].shape)

    @property
    def dtype(self) -> np.dtype[Any]:
        """Of all levels."""
        dtype: np.dtype[Any] = np.dtype(self.levels[0].dtype)
        return dtype

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.shape)

    def __getitem__(self, index: Index) -> Any:
        """Read from the finest level."""
        return self.levels[0][index]

    def __setitem__(self, index: Index, values: Any) -> None:
        """Write a box into the finest level, and what follows from it into the others."""
        self.levels[0][index] = values
        box, _ = split_index(index, self.shape)
        for fine, coarse in pairwise(self.levels):
            box = _follow(fine, coarse, box)
            if box.is_empty:
                return


def pyramid_shapes(shape: tuple[int, ...]) -> list[tuple[int, ...]]:
    """Return the shapes of levels that halve the last two axes until both fit on a screen."""
    shapes = [shape]
    while max(shapes[-1][-2:]) > _TOP_PX:
        *leading, height, width = shapes[-1]
        shapes.append((*leading, -(-height // 2), -(-width // 2)))
    return shapes


def _follow(fine: Any, coarse: Any, box: Roi) -> Roi:
    """Bring a coarser level up to date with a box of the finer one; return its box."""
    factors = [max(1, round(a / b)) for a, b in zip(fine.shape, coarse.shape, strict=True)]
    ratios = list(zip(factors, coarse.shape, strict=True))
    start = [min(at // f, n) for at, (f, n) in zip(box.offset, ratios, strict=True)]
    stop = [min(-(-at // f), n) for at, (f, n) in zip(box.end, ratios, strict=True)]
    target = Roi.from_bounds(start, stop)
    if target.is_empty:
        return target
    source = Roi.from_bounds(
        [at * f for at, f in zip(target.offset, factors, strict=True)],
        [min(at * f, n) for at, f, n in zip(target.end, factors, fine.shape, strict=True)],
    )
    coarse[target.slices] = _highest(np.asarray(fine[source.slices]), factors, target.shape)
    return target


def _highest(values: NDArray[Any], factors: list[int], shape: tuple[int, ...]) -> NDArray[Any]:
    """Return the highest value of each block of ``factors`` entries; `shape` blocks."""
    missing = [n * f - have for n, f, have in zip(shape, factors, values.shape, strict=True)]
    padded = np.pad(values, [(0, gap) for gap in missing])
    for axis, factor in enumerate(factors):
        if factor > 1:
            parts = padded.shape
            split = (*parts[:axis], parts[axis] // factor, factor, *parts[axis + 1 :])
            padded = padded.reshape(split).max(axis=axis + 1)
    return padded
