"""Cells that fill the plane, told apart by their walls: epithelia and plant tissue."""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType

import torch
from torch import Tensor

from napari_samwise.learn.scenes.blobs import random_outlines, raster, scatter
from napari_samwise.learn.scenes.canvas import Canvas, Painter, blank
from napari_samwise.learn.scenes.draw import Draw
from napari_samwise.learn.scenes.fields import (
    blur,
    centroids,
    fractal_noise,
    grid,
    smooth_noise,
)
from napari_samwise.learn.scenes.partitions import partition


def epithelium(draw: Draw, size: int) -> Canvas:
    """Paint cells with stained membranes: weak and gapped in places, or dark between filled cells.

    The cells may fill the frame or a part of it, and may have nuclei, labelled or not.
    """
    canvas = blank(size, draw.device)
    across = draw.log_number(13, 90)
    cells, border = tissue(draw, size, across, unevenness=draw.number(0, 0.35))
    inside = cells > 0
    wall_px = draw.number(0.7, 1.2 + 0.04 * across)
    wall = torch.exp(-((border / wall_px) ** 2)) * (blur(inside.float(), wall_px) > 0.2)
    levels = draw.normal(int(cells.max()) + 1)[cells]
    grain = smooth_noise(draw, size, draw.log_number(1.5, 10))
    if draw.chance(0.75):
        strength = 1 + draw.number(0.1, 0.5) * smooth_noise(draw, size, draw.number(4, 60))
        if draw.chance(0.35):
            strength = strength * ((strength - draw.number(0.6, 1)) * 6).clamp(0, 1)
        image = wall * strength.clamp(min=0.02) * draw.number(0.25, 0.8)
        fill = draw.number(0, 0.25)
        image = image + inside * (fill + draw.number(0, 0.07) * levels).clamp(min=0)
    else:
        filled = draw.number(0.3, 0.7) + draw.number(0, 0.14) * levels
        image = inside * filled.clamp(min=0.05) * (1 - draw.number(0.4, 1) * wall)
    image = image + inside * grain * draw.number(0, 0.06) + draw.number(0, 0.1)
    if draw.chance(0.3):
        image = image + _walls_below(draw, size, across) * draw.number(0.05, 0.3)
    canvas.add_layer(cells * (border > wall_px * draw.pick((0.0, 0.5))), "cell")
    if draw.chance(0.35):
        nuclei, depth = _nuclei(draw, cells, across)
        step = draw.pick((-0.2, 0.3, 0.5)) * draw.number(0.3, 1)
        image = image + (nuclei > 0) * step * (0.6 + 0.4 * depth.sqrt()) * (1 + 0.2 * grain)
        if draw.chance(0.4):
            canvas.add_layer(nuclei, "nucleus")
    canvas.image = image.clamp(min=0).expand(3, -1, -1)
    return canvas


def plant_tissue(draw: Draw, size: int) -> Canvas:
    """Paint cells of very different size with thick walls, as in a section of a stem or a root."""
    canvas = blank(size, draw.device)
    across = draw.log_number(16, 60)
    cells, border = tissue(draw, size, across, unevenness=draw.number(0.3, 0.9))
    inside = cells > 0
    wall_px = draw.number(0.03, 0.1) * across + 0.7
    width = wall_px * (0.35 * smooth_noise(draw, size, draw.number(30, 150))).exp()
    # Blurring before cutting rounds the corners of the lumina.
    lumen = blur(((border > width) & inside).float(), 0.05 * across + 0.5)
    wall = (1 - lumen.clamp(0, 1)) * (blur(inside.float(), wall_px) > 0.2)
    slow = smooth_noise(draw, size, draw.number(20, 120))
    wall = wall * (1 + draw.number(0, 0.4) * slow).clamp(0.1, 2)
    if draw.chance(0.5):
        wall = wall * (0.55 + 0.45 * torch.exp(-(((border - width) / wall_px) ** 2)))
    levels = draw.normal(int(cells.max()) + 1)[cells]
    content = (draw.number(-0.1, 0.25) + draw.number(0, 0.12) * levels).clamp(min=0)
    content = content * (1 + draw.number(0, 0.5) * fractal_noise(draw, size, 1.6)).clamp(min=0)
    if draw.chance(0.3):
        content = content + _plastids(draw, cells, across, size)
    stuff = wall * draw.number(0.35, 0.9) + lumen * inside * content
    whole = draw.chance(0.4)
    canvas.add_layer(cells if whole else cells * (lumen > 0.5), "cell")
    canvas.image = _stained(draw, stuff) if draw.chance(0.35) else stuff.expand(3, -1, -1)
    return canvas


def tissue(draw: Draw, size: int, across: float, unevenness: float) -> tuple[Tensor, Tensor]:
    """Return cells that fill the frame or a part of it.

    Parameters
    ----------
    draw : Draw
        Source of every choice.
    size : int
        Side of the picture.
    across : float
        Mean width of a cell in pixels.
    unevenness : float
        Spread of the logarithm of their sizes.

    Returns
    -------
    cells : Tensor
        `(Y, X)` int32, 1 to n, 0 where there is no tissue.
    border : Tensor
        `(Y, X)` float32 in pixels, the distance to the nearest wall.
    """
    stretch = draw.log_number(1, 2.2) if draw.chance(0.4) else 1.0
    turn = draw.number(0, math.pi)
    at = grid(size, draw.device) - size / 2
    along = at[0] * math.sin(turn) + at[1] * math.cos(turn)
    aside = at[0] * math.cos(turn) - at[1] * math.sin(turn)
    at = torch.stack([along / math.sqrt(stretch), aside * math.sqrt(stretch)])
    half = 0.75 * size * math.sqrt(stretch) + across
    extent = int(2 * half)
    count = min(max(int((extent / across) ** 2), 6), 1400)
    seeds = scatter(draw, extent, count, across / 2, draw.number(1.0, 1.55)) - half
    rows = seeds[:, 0] * math.sin(turn) * math.sqrt(stretch) + (
        seeds[:, 1] * math.cos(turn) / math.sqrt(stretch)
    )
    columns = seeds[:, 0] * math.cos(turn) * math.sqrt(stretch) - (
        seeds[:, 1] * math.sin(turn) / math.sqrt(stretch)
    )
    near = torch.maximum(rows.abs(), columns.abs()) < size / 2 + 2 * across
    seeds = seeds[near]
    sizes = across / 2 * (unevenness * draw.normal(len(seeds))).exp()
    bend = across * draw.number(0, 0.22)
    cells, border = partition(draw, size, seeds, bend, sizes, across * draw.number(0.6, 2), at)
    if draw.chance(0.35):
        fills = smooth_noise(draw, size, size / draw.number(0.8, 2)) > draw.number(-0.8, 0.3)
    else:
        fills = torch.ones_like(cells, dtype=torch.bool)
    share = torch.bincount(cells[fills].flatten(), minlength=len(seeds) + 1) / torch.bincount(
        cells.flatten(), minlength=len(seeds) + 1
    ).clamp(min=1)
    absent = draw.uniform(0, 1, len(seeds) + 1) < draw.pick((0.0, 0.0, 0.15))
    kept = (share > 0.5) & ~absent
    return cells * kept[cells], border


def _walls_below(draw: Draw, size: int, across: float) -> Tensor:
    """Return the blurred walls of a deeper layer."""
    cells, border = tissue(draw, size, across, 0.2)
    return blur(torch.exp(-((border / 2) ** 2)) * (cells > 0), draw.number(1.5, 5))


def _nuclei(draw: Draw, cells: Tensor, across: float) -> tuple[Tensor, Tensor]:
    """Return one nucleus in most cells, cut off at their walls."""
    count = int(cells.max())
    centres = centroids(cells, count) + 0.08 * across * draw.normal(count, 2)
    radii = across * draw.number(0.15, 0.3) * (0.15 * draw.normal(count)).exp()
    radii = radii * (draw.uniform(0, 1, count) < draw.number(0.6, 1)) + 0.01
    nuclei, depth = raster(
        random_outlines(draw, centres, radii, draw.number(1, 1.5), 0.1), cells.shape[0]
    )
    own = (nuclei == cells) & (cells > 0)
    return nuclei * own, depth * own


def _plastids(draw: Draw, cells: Tensor, across: float, size: int) -> Tensor:
    """Return small bright bodies."""
    count = draw.whole(60, 400)
    radii = across * draw.number(0.04, 0.09) * draw.uniform(0.7, 1.3, count) + 0.8
    _, depth = raster(random_outlines(draw, draw.uniform(0, size, count, 2), radii, 1.5), size)
    return depth.sqrt() * draw.number(0.1, 0.5)


def _stained(draw: Draw, stuff: Tensor) -> Tensor:
    """Return `(3, Y, X)`: light through a section with one dye, or two that part by strength."""
    dyes = draw.uniform(0.05, 1.0, 2, 3, 1, 1) * draw.number(1, 2.5)
    second = (stuff - draw.number(0.3, 0.6)).clamp(min=0) * draw.pick((0.0, 2.0))
    return torch.exp(-(stuff * dyes[0] + second * dyes[1])) * draw.number(0.8, 1)


KINDS: Mapping[str, Painter] = MappingProxyType(
    {"epithelium": epithelium, "plant_tissue": plant_tissue}
)
