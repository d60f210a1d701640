"""Curves: smooth random lines of some width."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from napari_samwise.learn.scenes.draw import Draw
from napari_samwise.learn.scenes.raster import Overlap, Pixels, inside, paint, windows


def random_curves(
    draw: Draw,
    starts: Tensor,
    headings: Tensor,
    lengths_px: Tensor,
    wander: float = 0.5,
    points: int = 32,
) -> Tensor:
    """Return smooth random walks as polylines.

    Parameters
    ----------
    draw : Draw
        Source of every choice.
    starts : Tensor
        `(K, 2)` float32, (row, column) of the first points.
    headings : Tensor
        `(K,)` float32 in radians: 0 along columns, growing towards rows.
    lengths_px : Tensor
        `(K,)` float32.
    wander : float
        Spread of the turn over the whole length, in radians, about: 0 is straight, 3 winds.
    points : int
        P, of each curve.

    Returns
    -------
    Tensor
        `(K, P, 2)` float32; the first point is the start.
    """
    count = len(starts)
    part = torch.linspace(0, 1, points - 1, device=draw.device)
    harmonic = torch.arange(1, 6, device=draw.device)
    phase = draw.uniform(0, 2 * math.pi, count, 5, 1)
    size = draw.normal(count, 5, 1) / harmonic[:, None] ** 0.8
    waves = size * (
        (math.pi * harmonic[:, None] * part + phase).cos() - phase.cos()
    )  # from the given heading on
    heading = headings[:, None] + wander * waves.sum(1)
    step = torch.stack([heading.sin(), heading.cos()], -1)
    step = step * (lengths_px / (points - 1))[:, None, None]
    return torch.cat([starts[:, None], starts[:, None] + step.cumsum(1)], 1)


def raster_curves(
    curves: Tensor, widths: Tensor, size: int, overlap: Overlap = "over"
) -> tuple[Tensor, Tensor]:
    """Draw polylines of some width into one layer.

    Parameters
    ----------
    curves : Tensor
        `(K, P, 2)` float32, (row, column) of the points of each.
    widths : Tensor
        `(K,)` or `(K, P)` float32 in pixels, of each curve or at each point.
    size : int
        Side of the picture.
    overlap : {"over", "under", "drop"}
        See ``raster.Overlap``.

    Returns
    -------
    layer : Tensor
        `(Y, X)` int32, curve i as i + 1, 0 elsewhere.
    depth : Tensor
        `(Y, X)` float32, 1 on the middle line, 0 on the outline and outside.
    """
    count, points = curves.shape[:2]
    half = (widths if widths.ndim == 2 else widths[:, None].expand(-1, points)) / 2
    starts, ends = curves[:, :-1].reshape(-1, 2), curves[:, 1:].reshape(-1, 2)
    half_start, half_end = half[:, :-1].flatten(), half[:, 1:].flatten()
    reach = torch.maximum(half_start, half_end)[:, None]
    segments = windows(
        torch.minimum(starts, ends) - reach, torch.maximum(starts, ends) + reach, size
    )
    dy, dx = segments.offsets(starts)
    axis = ends - starts
    down, right = segments.own(axis[:, 0]), segments.own(axis[:, 1])
    squared = segments.own(axis.square().sum(1).clamp(min=1e-6))
    part = ((dy * down + dx * right) / squared).clamp(0, 1)
    distance = torch.hypot(dy - part * down, dx - part * right)
    own_half = torch.lerp(segments.own(half_start), segments.own(half_end), part)
    depth = 1 - distance / own_half.clamp(min=1e-3)
    within = inside(depth >= 0)
    found = segments.take(within)
    pixels = Pixels(found.shape // (points - 1), found.row, found.column, size)
    return paint(pixels, depth.index_select(0, within), count, overlap)


def grow_trees(
    draw: Draw,
    trunks: Tensor,
    widths: Tensor,
    levels: int,
    branches: int,
    wander: float = 0.8,
) -> tuple[Tensor, Tensor, Tensor]:
    """Let curves branch.

    Parameters
    ----------
    draw : Draw
        Source of every choice.
    trunks : Tensor
        `(T, P, 2)` float32, such as ``random_curves`` returns.
    widths : Tensor
        `(T,)` float32 in pixels, at the start of each; they taper to half.
    levels : int
        How often branches branch again.
    branches : int
        Of each curve, at each level.
    wander : float
        See ``random_curves``.

    Returns
    -------
    curves : Tensor
        `(K, P, 2)` float32, thin ones first and trunks last.
    widths : Tensor
        `(K, P)` float32 in pixels.
    tree : Tensor
        `(K,)` int64, the trunk that each grew from, 0 to T - 1.
    """
    points, device = trunks.shape[1], draw.device
    taper = torch.linspace(1, 0.5, points, device=device)
    grown = [(trunks, widths[:, None] * taper, torch.arange(len(trunks), device=device))]
    for _ in range(levels):
        parents, girth, tree = grown[-1]
        parent = torch.arange(len(parents), device=device).repeat_interleave(branches)
        node = draw.integers(points // 5, points, len(parent))
        before = parents[parent, node - 1]
        start = parents[parent, node]
        ahead = torch.atan2(*(start - before).unbind(1))
        side = torch.where(draw.uniform(-1, 1, len(parent)) < 0, -1.0, 1.0)
        heading = ahead + side * draw.uniform(0.4, 1.1, len(parent))
        steps = (parents[:, 1:] - parents[:, :-1]).norm(dim=2).sum(1)
        length = steps[parent] * draw.uniform(0.35, 0.75, len(parent))
        curves = random_curves(draw, start, heading, length, wander, points)
        thickness = girth[parent, node] * draw.uniform(0.55, 0.9, len(parent))
        grown.append((curves, thickness[:, None] * taper, tree[parent]))
    grown.reverse()
    curves, girths, trees = (torch.cat(parts) for parts in zip(*grown, strict=True))
    return curves, girths, trees
