"""Bright field: yeast with its buds, and smears of overlapping flat cells (cytology)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import torch
from torch import Tensor

from napari_samwise.learn.scenes.blobs import Outlines, random_outlines, raster
from napari_samwise.learn.scenes.canvas import Canvas, Painter, blank
from napari_samwise.learn.scenes.draw import Draw
from napari_samwise.learn.scenes.fields import (
    blur,
    fractal_noise,
    inner_distance,
    outer_distance,
    smooth_noise,
    smooth_noises,
    warp,
)
from napari_samwise.learn.scenes.looks import crowd, dome, fibres, grey, of_each, soft_step, specks
from napari_samwise.learn.scenes.stains import (
    AZURE,
    EOSIN,
    HAEMATOXYLIN,
    LIGHT_GREEN,
    absorb,
    dye,
    lamp,
)


def yeast(draw: Draw, size: int) -> Canvas:
    """Paint yeast: rings that turn with the focus, vacuoles, buds as cells of their own."""
    radius = draw.log_number(6, 42)
    centres = crowd(draw, size, radius, draw.log_number(0.05, 0.9))
    outlines = _with_buds(draw, centres, radius)
    layer, _ = raster(outlines, size, "drop")
    canvas = blank(size, draw.device)
    canvas.add_layer(layer, draw.pick(("cell", "yeast")))
    seen = 0.5 + _rings(draw, layer) + (layer > 0) * draw.number(-0.15, 0.15)
    seen = seen + _vacuoles(draw, outlines, layer, radius)
    texture = fractal_noise(draw, size, draw.number(1.5, 2.5)) * (layer > 0)
    seen = seen + draw.number(0, 0.06) * texture
    if draw.chance(0.4):  # some float above the focus, and are not labelled
        ghosts = random_outlines(
            draw, draw.uniform(0, size, 6, 2), radius * draw.uniform(0.7, 1, 6)
        )
        shade = blur((raster(ghosts, size)[1] > 0).float(), radius * draw.number(0.2, 0.5))
        seen = seen + draw.number(-0.2, 0.2) * shade
    seen = seen + draw.number(-0.25, 0.1) * specks(draw, size, draw.whole(1, 60), 1.5)
    seen = (seen + draw.number(0, 0.02) * smooth_noise(draw, size, 50)).clamp(min=0.02)
    if draw.chance(0.2):
        canvas.image = lamp(draw)[:, None, None] * seen
    else:
        canvas.image = grey(seen)
    return canvas


def cytology(draw: Draw, size: int) -> Canvas:
    """Paint flat cells that show through each other; label nuclei, or cells, or both."""
    radius = draw.log_number(22, 110)
    centres = crowd(draw, size, radius, draw.log_number(0.4, 2.0))
    count = len(centres)
    outlines = _polygons(draw, centres, radius)
    coloured = draw.chance(0.6)
    sheet = torch.zeros((count, 2), device=draw.device)
    sheet[:, 0] = draw.uniform(0.08, draw.number(0.15, 0.6), count)
    sheet[:, 1] = torch.where(draw.uniform(0, 1, count) < draw.number(0, 1), 1.0, 0.0)
    layer, green, pink = _sheets(draw, outlines, sheet, size)
    offsets = 0.12 * radius * draw.normal(count, 2)
    radii = radius * draw.number(0.1, 0.22) * (0.2 * draw.normal(count)).exp()
    kernels = random_outlines(
        draw, centres + offsets, radii.clamp(min=4), draw.uniform(1, 1.7, count), 0.08
    )
    small, small_amount = _leucocytes(draw, size, radius)
    nucleus, depth = raster(kernels, size, "drop")
    canvas = blank(size, draw.device)
    labelled = draw.pick(("nucleus", "cell", "both"), (0.55, 0.3, 0.15))
    if labelled != "nucleus":
        canvas.add_layer(layer, "cell")
    if labelled != "cell":
        canvas.add_layer(small, "nucleus")
        canvas.add_layer(nucleus, "nucleus")
    blue = of_each(nucleus, draw.uniform(0.3, draw.number(0.5, 1.3), count)) * (
        0.5 + 0.5 * dome(depth, 0.3)
    )
    blue = blue * (1 + draw.number(0.05, 0.35) * fractal_noise(draw, size, 2)) + small_amount
    blue = blue + draw.number(0, 0.5) * specks(draw, size, draw.whole(1, 120), 1.2)
    light = lamp(draw)
    stains = ((green, dye(draw, LIGHT_GREEN)), (pink, dye(draw, EOSIN)), (blue, dye(draw, AZURE)))
    if coloured:
        canvas.image = absorb(light, *stains)
    else:
        canvas.image = absorb(light, (green + pink + blue, dye(draw, HAEMATOXYLIN, 0)))
        canvas.image = grey(canvas.image.mean(0))
    return canvas


def _with_buds(draw: Draw, centres: Tensor, radius: float) -> Outlines:
    """Return cells, some with a smaller one at their edge."""
    count = len(centres)
    radii = radius * (draw.number(0.05, 0.25) * draw.normal(count)).exp()
    budding = draw.uniform(0, 1, count) < draw.number(0, 0.7)
    share = draw.uniform(0.35, 0.8, count)
    toward = draw.normal(count, 2)
    toward = toward / toward.norm(dim=1, keepdim=True).clamp(min=1e-3)
    buds = centres + toward * (radii * (0.97 + share))[:, None]
    centres = torch.cat([centres, buds[budding]])
    radii = torch.cat([radii, (radii * share)[budding]])
    stretch = draw.uniform(1, draw.number(1.05, 1.6), len(centres))
    return random_outlines(draw, centres, radii, stretch, 0.02)


def _rings(draw: Draw, layer: Tensor) -> Tensor:
    """Return `(Y, X)` the walls: a line inside, and fringes of the other sign around it."""
    inside = (layer > 0).float()
    inner, outer = inner_distance(layer), outer_distance(layer)
    line_px = draw.number(0.8, 3)
    at_px = draw.number(0.5, 3)
    sign = draw.pick((-1.0, 1.0))
    wall = inside * torch.exp(-((inner - at_px) / line_px).square())
    fringe = (1 - inside) * torch.exp(-outer / draw.number(1, 3.5))
    second = inside * torch.exp(-((inner - at_px - 2.5 * line_px) / line_px).square())
    rings = wall - draw.number(0, 0.9) * fringe - draw.number(0, 0.7) * second
    return sign * draw.number(0.12, 0.45) * rings


def _vacuoles(draw: Draw, outlines: Outlines, layer: Tensor, radius: float) -> Tensor:
    """Return `(Y, X)` round unlabelled bodies within the cells."""
    count, size = len(outlines), layer.shape[0]
    shift = 0.25 * radius * draw.normal(count, 2)
    bodies = outlines.shifted(shift).scaled(draw.uniform(0.2, 0.55, count))
    inner, depth = raster(bodies, size)
    inner = torch.where(inner == layer, inner, 0)
    rim = torch.exp(-((depth * radius * 0.4 / 1.5) ** 2)) * (inner > 0)
    present = of_each(inner, (draw.uniform(0, 1, count) < draw.number(0, 1)).float())
    return present * (draw.number(-0.15, 0.15) * (inner > 0) + draw.number(-0.2, 0.2) * rim)


def _polygons(draw: Draw, centres: Tensor, radius: float) -> Outlines:
    """Return flat cells with corners: each the overlap of half-planes about its centre."""
    count = len(centres)
    radii = radius * (0.2 * draw.normal(count)).exp()
    outlines = random_outlines(draw, centres, radii, draw.uniform(1, 1.7, count), 0.12)
    steps = outlines.reach.shape[1]
    angle = torch.arange(steps, device=draw.device) * (2 * torch.pi / steps)
    toward = draw.uniform(0, 2 * torch.pi, count, 6, 1)
    away = radii[:, None, None] * draw.uniform(0.75, 1.2, count, 6, 1)
    sides = away / (angle - toward).cos().clamp(min=0.2)
    return Outlines(centres, torch.minimum(outlines.reach, sides.amin(1)))


def _sheets(
    draw: Draw, outlines: Outlines, sheet: Tensor, size: int
) -> tuple[Tensor, Tensor, Tensor]:
    """Return the layer of cells, and the amounts of green and of pink of all that overlap.

    ``sheet`` is `(N, 2)`: how thick each cell is, and 1 where it is pink, 0 where green.
    """
    count = len(outlines)
    sway = draw.number(0, 4) * smooth_noises(draw, size, draw.number(6, 25), 2)
    layer = torch.zeros((size, size), dtype=torch.int32, device=draw.device)
    amounts = torch.zeros((2, size, size), device=draw.device)
    folds = soft_step(fibres(draw, size, draw.number(1.5, 4)), draw.number(1.2, 2.2))
    grain = draw.number(0, 0.25) * fractal_noise(draw, size, draw.number(1, 2))
    for part in range(3):  # cells of one part hide, those of different parts show through
        chosen = torch.arange(part, count, 3, device=draw.device)
        if len(chosen) == 0:
            break
        found, depth = raster(outlines.where(chosen), size)
        thick = of_each(found, sheet[chosen, 0]) * (draw.number(0.5, 1) + 0.4 * dome(depth))
        thick = thick * (1 + grain + draw.number(0, 0.8) * folds * (depth > 0))
        rim = (found > 0) * (depth < draw.number(0.01, 0.05))
        thick = thick * (1 + draw.number(0, 0.6) * rim)
        pink = of_each(found, sheet[chosen, 1])
        amounts = amounts + torch.stack([thick * (1 - pink), thick * pink])
        layer = torch.where(found > 0, part + 1 + 3 * (found - 1), layer)
    green, pink = warp(amounts, *sway)
    return warp(layer, *sway), green, pink


def _leucocytes(draw: Draw, size: int, radius: float) -> tuple[Tensor, Tensor]:
    """Return layer and amount of dye of small dark nuclei that lie about."""
    count = draw.whole(1, 14) if draw.chance(0.5) else 1
    centres = draw.uniform(0, size, count, 2)
    radii = draw.uniform(3, max(4, radius * 0.1), count)
    layer, depth = raster(random_outlines(draw, centres, radii, 1.4, 0.3), size)
    return layer, of_each(layer, draw.uniform(0.6, 1.4, count)) * dome(depth, 0.3)


#: Kind of scene -> painter.
KINDS: Mapping[str, Painter] = MappingProxyType({"yeast": yeast, "cytology": cytology})
