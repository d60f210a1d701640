"""Cells spread on glass: rounded, spindly, ragged, alone or meeting in common borders."""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor

from napari_samwise.learn.scenes.blobs import Outlines, random_outlines, raster
from napari_samwise.learn.scenes.curves import random_curves, raster_curves
from napari_samwise.learn.scenes.draw import Draw
from napari_samwise.learn.scenes.fields import smooth_noises, warp
from napari_samwise.learn.scenes.looks import crowd
from napari_samwise.learn.scenes.partitions import partition


class SpreadCells(NamedTuple):
    """N cells: `(Y, X)` layer and relative depth (see ``blobs.raster``), `(N, 2)` centres."""

    layer: Tensor
    depth: Tensor
    centres: Tensor


def spread_cells(draw: Draw, size: int, radius: float) -> SpreadCells:
    """Lay out cells of one culture.

    Parameters
    ----------
    draw : Draw
        Source of every choice.
    size : int
        Side of the picture.
    radius : float
        Of a circle as large as a cell, in pixels.
    """
    centres = crowd(draw, size, radius, draw.log_number(0.1, 1.1))
    habit = draw.pick(("round", "ragged", "spindle", "confluent"), (0.25, 0.3, 0.25, 0.2))
    count = len(centres)
    radii = radius * (draw.number(0.05, 0.35) * draw.normal(count)).exp().clamp(0.4, 2)
    stretch = draw.uniform(1, draw.number(1.1, 2.5 if habit == "round" else 4), count)
    turns = draw.number(0, 2 * math.pi) + draw.number(0.1, 2) * draw.normal(count)
    bent = draw.number(0.03, 0.12) if habit == "round" else draw.number(0.1, 0.35)
    outlines = random_outlines(draw, centres, radii, stretch, bent, turns)
    if habit == "ragged":
        outlines = _with_points(draw, outlines)
    layer, depth = raster(outlines, size, "under")
    if habit == "spindle":
        layer, depth = _with_tails(draw, SpreadCells(layer, depth, centres), radii, turns)
    elif habit == "confluent" and count > 1:
        layer, depth = _confluent(draw, outlines, size, radius)
    sway_px = radius * draw.number(0, 0.3)
    dy, dx = sway_px * smooth_noises(draw, size, radius * draw.number(0.8, 2), 2)
    return SpreadCells(warp(layer, dy, dx), warp(depth, dy, dx), centres)


def _with_points(draw: Draw, outlines: Outlines) -> Outlines:
    """Pull each outline out into a few pointed lamellae."""
    count, steps = outlines.reach.shape
    angle = torch.arange(steps, device=draw.device) * (2 * math.pi / steps)
    toward = draw.uniform(0, 2 * math.pi, count, 4, 1)
    pointed = draw.uniform(3, 25, count, 4, 1)
    length = draw.uniform(-0.2, 1.0, count, 4, 1).clamp(min=0)
    points = (length * torch.exp(pointed * ((angle - toward).cos() - 1))).sum(1)
    return Outlines(outlines.centres, outlines.reach * (0.8 + points))


def _with_tails(
    draw: Draw, cells: SpreadCells, radii: Tensor, turns: Tensor
) -> tuple[Tensor, Tensor]:
    """Draw each cell out along its axis into two thin processes."""
    count = len(radii)
    size = cells.layer.shape[0]
    lengths = radii * draw.uniform(2, draw.number(2.5, 6), count)
    ahead = torch.stack([turns.sin(), turns.cos()], 1)
    starts = cells.centres - ahead * lengths[:, None] / 2
    curves = random_curves(draw, starts, turns, lengths, draw.number(0.05, 0.6))
    part = torch.linspace(0, 1, curves.shape[1], device=draw.device)
    belly = (part * math.pi).sin() ** draw.number(1, 4)
    widths = radii[:, None] * draw.number(0.5, 1) * belly + draw.number(1.2, 3.5)
    tails, depth = raster_curves(curves, widths, size, "under")
    beside = cells.layer == 0
    layer = torch.where(beside, tails, cells.layer)
    return layer, torch.where(beside, 0.4 * depth, cells.depth)


def _confluent(draw: Draw, outlines: Outlines, size: int, radius: float) -> tuple[Tensor, Tensor]:
    """Let the cells grow until they meet in common borders."""
    grown, depth = raster(outlines.scaled(draw.number(1.2, 2)), size, "over")
    region, border = partition(draw, size, outlines.centres, radius * draw.number(0, 0.15))
    layer = torch.where((grown > 0) & (border > draw.number(0, 1)), region, 0)
    # The cell that grew over a pixel may not be the one whose region it is.
    depth = torch.minimum(depth.clamp(min=0.03), border / radius) * (layer > 0)
    return layer, depth
