"""Colonies: rods side by side and end to end, in patches that fit together like a quilt."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from napari_samwise.learn.scenes.draw import Draw
from napari_samwise.learn.scenes.rods import Capsules

_MOST_RANKS, _MOST_FILES = 40, 24


def colony(draw: Draw, size: int, width_px: float) -> Capsules:
    """Return the rods of one colony, which no gap divides.

    Parameters
    ----------
    draw : Draw
        Source of every choice.
    size : int
        Side of the picture.
    width_px : float
        Of a rod.

    Returns
    -------
    Capsules
        They may overlap where patches meet and at their tips.
    """
    length = width_px * draw.log_number(2, 6)
    reach = min(width_px * draw.log_number(1.5, 16), 0.8 * size)
    centre = draw.uniform(0.05 * size, 0.95 * size, 2)
    turn, stretch = draw.number(0, math.pi), draw.log_number(1, 2.5)
    spread = draw.number(0, 1.2)
    hearts = reach * 0.6 * draw.normal(draw.whole(1, 8), 2)
    parts = []
    for index in range(len(hearts)):
        rods = _lattice(draw, reach * 1.5, length, width_px, turn + draw.gauss(spread))
        middles = (rods.starts + rods.ends) / 2
        mine = torch.cdist(middles, hearts).argmin(1) == index
        inside = _across(middles, turn, stretch) < reach * draw.uniform(0.85, 1.1, len(middles))
        chosen = mine & inside
        parts.append(Capsules(*(part[chosen] for part in rods)))
    starts, ends, widths = (torch.cat(part) for part in zip(*parts, strict=True))
    return Capsules(starts + centre, ends + centre, widths)


def _lattice(draw: Draw, reach: float, length: float, width: float, turn: float) -> Capsules:
    """Return rods in ranks and files about the origin, bent as one and then turned."""
    ranks = min(int(2 * reach / width) + 1, _MOST_RANKS)
    files = min(int(2 * reach / length) + 2, _MOST_FILES)
    lengths = length * (0.25 * draw.normal(ranks, files)).exp().clamp(0.5, 1.8)
    stops = lengths.cumsum(1) - draw.uniform(0, length, ranks, 1) - files * length / 2
    across = (torch.arange(ranks, device=draw.device)[:, None] - ranks / 2) * width
    across = across * draw.number(0.94, 1.06) + 0.05 * width * draw.normal(ranks, files)
    tip = width * draw.number(0.4, 0.5)
    ends = torch.stack([across, stops - tip], -1).reshape(-1, 2)
    starts = torch.stack([across, stops - lengths + tip], -1).reshape(-1, 2)
    curl = draw.gauss(0.35) / reach
    starts, ends = (turned(points, turn, curl) for points in (starts, ends))
    return Capsules(starts, ends, width * (0.05 * draw.normal(len(starts))).exp())


def turned(points: Tensor, turn: float, curl: float) -> Tensor:
    """Turn points about the origin, the more the farther along columns they lie.

    Parameters
    ----------
    points : Tensor
        `(N, 2)` float32, (row, column) in pixels.
    turn : float
        Radians.
    curl : float
        Radians more per pixel of column.

    Returns
    -------
    Tensor
        `(N, 2)` float32.
    """
    angle = turn + curl * points[:, 1]
    cosine, sine = angle.cos(), angle.sin()
    rows = points[:, 0] * cosine + points[:, 1] * sine
    return torch.stack([rows, points[:, 1] * cosine - points[:, 0] * sine], 1)


def _across(points: Tensor, turn: float, stretch: float) -> Tensor:
    """Return `(N,)` how far out points lie in an ellipse, in pixels along its mean axis."""
    along = turned(points, -turn, 0.0)
    return torch.hypot(along[:, 0] * stretch**0.5, along[:, 1] / stretch**0.5)
