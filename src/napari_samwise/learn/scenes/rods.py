"""Rods: straight or bent bars with round ends, alone and in chains."""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor

from napari_samwise.learn.scenes.draw import Draw
from napari_samwise.learn.scenes.raster import Overlap, inside, paint, windows


class Capsules(NamedTuple):
    """N rods: the two ends of each one's middle line, `(N, 2)`, and widths `(N,)`, in pixels."""

    starts: Tensor
    ends: Tensor
    widths: Tensor


def raster_capsules(
    starts: Tensor,
    ends: Tensor,
    widths: Tensor,
    size: int,
    overlap: Overlap = "over",
    bends: Tensor | None = None,
) -> tuple[Tensor, Tensor]:
    """Draw bars with round ends into one layer.

    Parameters
    ----------
    starts, ends : Tensor
        `(N, 2)` float32, (row, column) of the two ends of the middle line; the cap lies beyond.
    widths : Tensor
        `(N,)` float32 in pixels.
    size : int
        Side of the picture.
    overlap : {"over", "under", "drop"}
        See ``raster.Overlap``.
    bends : Tensor, optional
        `(N,)` float32, how far in pixels the middle of the line bulges to one side.

    Returns
    -------
    layer : Tensor
        `(Y, X)` int32, rod i as i + 1 (some may have no pixel), 0 elsewhere.
    depth : Tensor
        `(Y, X)` float32, 1 on the middle line, 0 on the outline and outside.
    """
    reach = widths[:, None] / 2
    bulge = torch.zeros_like(widths) if bends is None else bends
    extent = reach + bulge.abs()[:, None]
    pixels = windows(
        torch.minimum(starts, ends) - extent, torch.maximum(starts, ends) + extent, size
    )
    dy, dx = pixels.offsets(starts)
    axis = ends - starts
    length = axis.norm(dim=1).clamp(min=1e-3)
    ahead = axis / length[:, None]
    down, right = pixels.own(ahead[:, 0]), pixels.own(ahead[:, 1])
    along, across = dy * down + dx * right, dy * right - dx * down
    own_length = pixels.own(length)
    part = (along / own_length).clamp(0, 1)
    across = across - pixels.own(bulge) * 4 * part * (1 - part)
    distance = torch.hypot(along - part * own_length, across)
    depth = 1 - distance / pixels.own(reach[:, 0])
    within = inside(depth >= 0)
    return paint(pixels.take(within), depth.index_select(0, within), len(starts), overlap)


def chains(
    draw: Draw,
    size: int,
    count: int,
    length_px: float,
    width_px: float,
    links: int = 1,
    bending: float = 0.2,
) -> Capsules:
    """Return rods end to end: ``count`` chains of up to ``links``.

    Parameters
    ----------
    draw : Draw
        Source of every choice.
    size : int
        Side of the picture.
    count : int
        Number of chains.
    length_px : float
        Mean length of a rod from tip to tip; each varies by a third.
    width_px : float
        Width of the rods of the scene.
    links : int
        Most rods of a chain; each chain has from 1 to this many.
    bending : float
        Spread of the angle between two rods, in radians.

    Returns
    -------
    Capsules
        At most ``count * links``, chain by chain.
    """
    lengths = length_px * (0.3 * draw.normal(count, links)).exp().clamp(0.6, 1.9)
    middle = (lengths - width_px).clamp(min=0.2 * width_px)
    heading = draw.uniform(0, 2 * math.pi, count, 1) + (
        bending * draw.normal(count, links).cumsum(1)
    )
    ahead = torch.stack([heading.sin(), heading.cos()], -1)
    stride = ahead * (middle + 0.98 * width_px)[..., None]
    starts = draw.uniform(0, size, count, 1, 2) + stride.cumsum(1) - stride
    starts = starts - stride.sum(1, keepdim=True) / 2
    ends = starts + ahead * middle[..., None]
    present = torch.arange(links, device=draw.device) < draw.integers(1, links + 1, count)[:, None]
    widths = width_px * (1 + 0.06 * draw.normal(count, links)).clamp(0.8, 1.2)
    return Capsules(starts[present], ends[present], widths[present])
