"""Blobs: closed outlines around a centre, drawn together."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from napari_samwise.learn.scenes.draw import Draw
from napari_samwise.learn.scenes.raster import Overlap, inside, paint, windows

ANGLES = 96


@dataclass(frozen=True, slots=True, eq=False)
class Outlines:
    """N star-shaped outlines.

    Parameters
    ----------
    centres : Tensor
        `(N, 2)` float32, (row, column) in pixels.
    reach : Tensor
        `(N, A)` float32, radius in pixels at A angles from 0 to a full turn; angle 0 points along
        columns, and angles grow towards rows.
    """

    centres: Tensor
    reach: Tensor

    def __len__(self) -> int:
        return len(self.centres)

    def scaled(self, factor: float | Tensor) -> Outlines:
        """Return the outlines grown about their centres, by one factor or `(N,)` of them."""
        grown = factor[:, None] if isinstance(factor, Tensor) else factor
        return Outlines(self.centres, self.reach * grown)

    def shifted(self, by: Tensor) -> Outlines:
        """Return the outlines moved by `(N, 2)` or `(2,)` pixels."""
        return Outlines(self.centres + by, self.reach)

    def where(self, chosen: Tensor) -> Outlines:
        """Return those outlines where `(N,)` bool is True, or of these int64 indices."""
        return Outlines(self.centres[chosen], self.reach[chosen])


def random_outlines(
    draw: Draw,
    centres: Tensor,
    radii: Tensor,
    elongation: float | Tensor = 1.0,
    irregularity: float | Tensor = 0.0,
    turns: Tensor | None = None,
) -> Outlines:
    """Return ellipses bent by random low harmonics.

    Parameters
    ----------
    draw : Draw
        Source of every choice.
    centres : Tensor
        `(N, 2)` float32, (row, column) in pixels.
    radii : Tensor
        `(N,)` float32 in pixels, of the circle of the same area.
    elongation : float or Tensor
        Length over width, at least 1, of all or `(N,)`.
    irregularity : float or Tensor
        Spread of the harmonics, of all or `(N,)`: 0 is an ellipse, 0.2 a cell, 0.5 a puddle.
    turns : Tensor, optional
        `(N,)` direction of the long axis in radians; by default random.
    """
    count, device = len(centres), draw.device
    angle = torch.arange(ANGLES, device=device) * (2 * math.pi / ANGLES)
    turn = draw.uniform(0, math.pi, count) if turns is None else turns
    stretch = _of_each(elongation, count, device).clamp(min=1.0)
    toward = angle - turn[:, None]
    ellipse = (toward.cos().square() / stretch + toward.sin().square() * stretch).rsqrt()
    harmonic = torch.arange(2, 7, device=device)
    spread = _of_each(irregularity, count, device) / harmonic
    phase = draw.uniform(0, 2 * math.pi, count, len(harmonic), 1)
    waves = (harmonic[:, None] * angle + phase).cos()
    bent = 1 + ((draw.normal(count, len(harmonic)) * spread)[..., None] * waves).sum(1)
    return Outlines(centres, radii[:, None] * ellipse * bent.clamp(0.35, 2.0))


def _of_each(value: float | Tensor, count: int, device: torch.device) -> Tensor:
    """Return `(N, 1)` of one value for all or `(N,)` values."""
    return torch.as_tensor(value, dtype=torch.float32, device=device).expand(count)[:, None]


def raster(outlines: Outlines, size: int, overlap: Overlap = "over") -> tuple[Tensor, Tensor]:
    """Draw outlines into one layer.

    Parameters
    ----------
    outlines : Outlines
        In the order in which they are painted.
    size : int
        Side of the picture; what lies outside is cut off.
    overlap : {"over", "under", "drop"}
        Later ones hide earlier ones, give way to them, or are dropped where they would overlap by
        more than a fifth (and otherwise give way).

    Returns
    -------
    layer : Tensor
        `(Y, X)` int32, outline i as i + 1 (some may have no pixel), 0 elsewhere.
    depth : Tensor
        `(Y, X)` float32, 1 - radius / reach: 1 at the centre, 0 on the outline and outside.
    """
    steps = outlines.reach.shape[1]
    around = torch.cat([outlines.reach, outlines.reach[:, :1]], 1).flatten()
    extent = outlines.reach.amax(1)
    corner = extent[:, None].expand(-1, 2)
    pixels = windows(outlines.centres - corner, outlines.centres + corner, size)
    dy, dx = pixels.offsets(outlines.centres)
    near = inside(dy.square() + dx.square() <= pixels.own(extent.square()))
    pixels, dy, dx = pixels.take(near), dy.index_select(0, near), dx.index_select(0, near)
    at = torch.atan2(dy, dx) * (steps / (2 * math.pi))
    at = torch.where(at < 0, at + steps, at)
    before = at.long().clamp(max=steps - 1)
    start = pixels.shape * (steps + 1) + before
    reach = torch.lerp(
        around.index_select(0, start), around.index_select(0, start + 1), at - before
    )
    depth = 1 - torch.hypot(dy, dx) / reach
    within = inside(depth >= 0)
    return paint(pixels.take(within), depth.index_select(0, within), len(outlines), overlap)


def scatter(draw: Draw, size: int, count: int, radius: float = 1.0, gap: float = 0.0) -> Tensor:
    """Return the centres of things of one size, spread over the picture and a little beyond.

    Parameters
    ----------
    draw : Draw
        Source of every choice.
    size : int
        Side of the picture.
    count : int
        How many; fewer where they do not fit.
    radius : float
        Of each, in pixels.
    gap : float
        Least distance between two centres, in radii: 0 is random, 2 does not touch.

    Returns
    -------
    Tensor
        `(N, 2)` float32, (row, column); N is at most ``count``.
    """
    margin = min(radius, 0.2 * size)
    if gap <= 0:
        return draw.uniform(-margin, size + margin, count, 2)
    tried = draw.uniform(-margin, size + margin, min(3 * count, 1500), 2)
    return tried[_spaced(tried, gap * radius)][:count]


def _spaced(points: Tensor, least_px: float) -> Tensor:
    """Return `(N,)` bool: points kept so that none is nearer than this to an earlier one kept."""
    close = torch.cdist(points, points) < least_px
    earlier = torch.tril(close, -1)  # [i, j]: j comes before i and is close to it
    undecided = torch.ones(len(points), dtype=torch.bool, device=points.device)
    kept = ~undecided
    for _ in range(8):  # Luby's rounds; what is undecided after them is left out
        first = undecided & ~(earlier & undecided).any(1)
        kept = kept | first
        undecided = undecided & ~first & ~(close & first).any(1)
    return kept


def clusters(draw: Draw, size: int, count: int, groups: int, spread_px: float) -> Tensor:
    """Return `(count, 2)` float32 centres gathered about ``groups`` places."""
    places = draw.uniform(0, size, groups, 2)
    return places[draw.integers(0, groups, count)] + spread_px * draw.normal(count, 2)
