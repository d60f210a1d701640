"""From many small shapes to one label image: local windows and the painter's algorithm."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import torch
from torch import Tensor

Overlap: TypeAlias = Literal["over", "under", "drop"]
"""Which shape shows where several lie: the last, the first, or as ``under`` but without those of
which a fifth would be hidden."""

_SEEN_ENOUGH = 0.8


@dataclass(frozen=True, slots=True, eq=False)
class Pixels:
    """The pixels of the windows around N shapes, one after the other.

    Parameters
    ----------
    shape : Tensor
        `(P,)` int64, which shape's window, 0 to N - 1.
    row, column : Tensor
        `(P,)` int64.
    size : int
        Side of the picture.
    """

    shape: Tensor
    row: Tensor
    column: Tensor
    size: int

    @property
    def index(self) -> Tensor:
        """`(P,)` int64 position in the flattened picture."""
        return self.row * self.size + self.column

    def take(self, chosen: Tensor) -> Pixels:
        """Return the pixels of these int64 positions."""
        row, column = self.row.index_select(0, chosen), self.column.index_select(0, chosen)
        return Pixels(self.shape.index_select(0, chosen), row, column, self.size)

    def own(self, values: Tensor) -> Tensor:
        """Return for each pixel the value of its shape, of `(N,)` values."""
        return values.index_select(0, self.shape)

    def offsets(self, centres: Tensor) -> tuple[Tensor, Tensor]:
        """Return `(P,)` float32 (dy, dx) from each shape's centre, of `(N, 2)`."""
        return self.row - self.own(centres[:, 0]), self.column - self.own(centres[:, 1])


def windows(low: Tensor, high: Tensor, size: int) -> Pixels:
    """Return all pixels of N windows, clipped to the picture.

    Parameters
    ----------
    low, high : Tensor
        `(N, 2)` float32, corners (row, column) of the windows, both included.
    size : int
        Side of the picture.
    """
    first = low.floor().long().clamp(0, size)
    extent = ((high.ceil().long() + 1).clamp(0, size) - first).clamp(min=0)
    shapes, rows = _runs(extent[:, 0] * (extent[:, 1] > 0))
    line, columns = _runs(extent[shapes, 1])
    shape = shapes.index_select(0, line)
    row = (first[shapes, 0] + rows).index_select(0, line)
    return Pixels(shape, row, first[shapes, 1].index_select(0, line) + columns, size)


def _runs(lengths: Tensor) -> tuple[Tensor, Tensor]:
    """Return for runs of `(N,)` lengths which run each element is of, and its place in the run."""
    run = torch.repeat_interleave(torch.arange(len(lengths), device=lengths.device), lengths)
    start = lengths.cumsum(0) - lengths
    return run, torch.arange(len(run), device=lengths.device) - start.index_select(0, run)


def inside(mask: Tensor) -> Tensor:
    """Return the int64 positions where a `(P,)` mask is True."""
    return mask.nonzero()[:, 0]


def paint(
    pixels: Pixels, depth: Tensor, count: int, overlap: Overlap = "over"
) -> tuple[Tensor, Tensor]:
    """Paint the pixels of ``count`` shapes into one layer.

    Parameters
    ----------
    pixels : Pixels
        Of the shapes alone; a shape may name a pixel more than once.
    depth : Tensor
        `(P,)` float32 from 0 on the outline to 1 within.
    count : int
        Number of shapes.
    overlap : {"over", "under", "drop"}
        See ``Overlap``.

    Returns
    -------
    layer : Tensor
        `(Y, X)` int32, shape i as i + 1 (a hidden or dropped one has no pixel), 0 elsewhere.
    depth : Tensor
        `(Y, X)` float32 of the shape that shows, 0 elsewhere.
    """
    order = torch.arange(count, device=depth.device)
    rank = order if overlap == "over" else count - 1 - order
    if overlap == "drop":
        kept = _seen(pixels, rank)
        # A second chance for those that were hidden by shapes now dropped.
        rank = torch.where(kept, rank + count, rank)
        kept |= _seen(pixels, rank)
        chosen = inside(pixels.own(kept))
        pixels, depth = pixels.take(chosen), depth.index_select(0, chosen)
    index = pixels.index
    shown = _top(pixels, rank)
    shows = inside(shown.index_select(0, index) == pixels.own(rank) + 1)
    index = index.index_select(0, shows)
    layer = torch.zeros_like(shown)
    layer[index] = pixels.shape.index_select(0, shows) + 1
    relief = torch.zeros(shown.shape, device=depth.device)
    relief.scatter_reduce_(0, index, depth.index_select(0, shows), "amax")
    square = (pixels.size, pixels.size)
    return layer.to(torch.int32).view(square), relief.view(square)


def _top(pixels: Pixels, rank: Tensor) -> Tensor:
    """Return `(Y * X,)` int64, 1 + the highest rank at each pixel, 0 where there is none."""
    flat = torch.zeros(pixels.size**2, dtype=torch.int64, device=rank.device)
    return flat.scatter_reduce_(0, pixels.index, pixels.own(rank) + 1, "amax")


def _seen(pixels: Pixels, rank: Tensor) -> Tensor:
    """Return `(N,)` bool, the shapes of which enough shows."""
    shows = _top(pixels, rank).index_select(0, pixels.index) == pixels.own(rank) + 1
    count = len(rank)
    whole = torch.bincount(pixels.shape, minlength=count)
    shown = torch.bincount(pixels.shape.index_select(0, inside(shows)), minlength=count)
    return shown >= _SEEN_ENOUGH * whole
