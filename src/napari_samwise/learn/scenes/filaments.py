"""Long thin things: blood vessels, neurons, filaments of the cell, worms."""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType

import torch
from torch import Tensor

from napari_samwise.learn.scenes.blobs import random_outlines, raster, scatter
from napari_samwise.learn.scenes.canvas import Canvas, Painter, blank
from napari_samwise.learn.scenes.curves import grow_trees, random_curves, raster_curves
from napari_samwise.learn.scenes.draw import Draw
from napari_samwise.learn.scenes.fields import blur, fractal_noise, grid, smooth_noise


def fundus(draw: Draw, size: int) -> Canvas:
    """Paint the back of an eye: vessels out of the optic disc, and the macula."""
    canvas = blank(size, draw.device)
    rows, columns = grid(size, draw.device) / size
    middle = draw.uniform(0.1, 0.9, 2)
    radius = draw.number(0.06, 0.16)
    disc_at = middle[None] * size
    disc, disc_depth = raster(
        random_outlines(draw, disc_at, draw.uniform(radius, radius + 0.01, 1) * size, 1.15, 0.04),
        size,
    )
    count = draw.whole(4, 9)
    headings = torch.arange(count, device=draw.device) * (2 * math.pi / count)
    headings = headings + draw.uniform(0, 2 * math.pi, 1) + 0.3 * draw.normal(count)
    lengths = draw.uniform(0.6, 1.2, count) * size
    trunks = random_curves(draw, disc_at.expand(count, 2), headings, lengths, 0.7, 40)
    widths = draw.uniform(0.012, 0.028, count) * size * draw.number(0.7, 1.5)
    lines, girths, tree = grow_trees(draw, trunks, widths, 2, draw.whole(2, 5))
    layer, depth = _trees(lines, girths, tree, size)
    ground = 0.75 + 0.12 * smooth_noise(draw, size, size / 2)
    ground = ground + draw.number(0.01, 0.05) * fractal_noise(draw, size, 1.8)
    away = (rows - middle[0]).square() + (columns - 1 + middle[1]).square()
    ground = ground * (1 - draw.number(0, 0.4) * torch.exp(-away / draw.number(0.005, 0.03)))
    ground = ground + (disc > 0) * draw.number(0.2, 0.6) * disc_depth.clamp(0, 0.3) / 0.3
    dark = draw.number(0.25, 0.6) * (0.5 + 0.5 * depth) * (layer > 0)
    tint = torch.tensor([1.0, 0.45, 0.18], device=draw.device) + 0.06 * draw.normal(3)
    absorbed = torch.tensor([0.45, 1.0, 0.8], device=draw.device)[:, None, None]
    canvas.image = (ground * tint[:, None, None] * (1 - dark * absorbed)).clamp(min=0)
    if draw.chance(0.5):
        canvas.add_layer(disc, "optic disc")
    canvas.add_layer(layer, "vessel")
    if draw.chance(0.6):
        seen = ((rows - 0.5).square() + (columns - 0.5).square()).sqrt() < draw.number(0.46, 0.6)
        canvas.image = canvas.image * seen
        canvas.labels = canvas.labels * seen
    if draw.chance(0.2):
        canvas.image = canvas.image[1].expand(3, -1, -1)
    return canvas


def _trees(lines: Tensor, girths: Tensor, tree: Tensor, size: int) -> tuple[Tensor, Tensor]:
    """Draw branches with one label a tree."""
    layer, depth = raster_curves(lines, girths.clamp(min=1.3), size)
    whole = torch.cat([tree.new_zeros(1), tree + 1]).to(torch.int32)
    return whole[layer], depth


def angiogram(draw: Draw, size: int) -> Canvas:
    """Paint a vessel tree full of contrast agent over soft shadows, bright or dark."""
    canvas = blank(size, draw.device)
    count = draw.whole(1, 5)
    starts = draw.uniform(-0.05, 1.05, count, 2) * size
    headings = torch.atan2(*(draw.uniform(0.3, 0.7, count, 2) * size - starts).unbind(1))
    trunks = random_curves(
        draw, starts, headings, draw.uniform(0.8, 1.5, count) * size, draw.number(0.5, 1.6), 48
    )
    widths = draw.log_uniform(0.015, 0.07, count) * size
    lines, girths, tree = grow_trees(draw, trunks, widths, 2, draw.whole(1, 5), draw.number(0.5, 2))
    layer, depth = _trees(lines, girths, tree, size)
    ground = 0.5 + 0.15 * smooth_noise(draw, size, size / draw.number(1, 6))
    ground = ground + draw.number(0, 0.06) * fractal_noise(draw, size, draw.number(1.5, 3))
    # The path through a round vessel is longest in its middle.
    path = (1 - (1 - depth).square()).clamp(min=0).sqrt()
    path = path * blur(girths.max() * (layer > 0).float(), 1) / girths.max()
    strength = draw.pick((-1, 1)) * draw.number(0.12, 0.5)
    canvas.image = (ground + strength * path).clamp(min=0).expand(3, -1, -1)
    canvas.add_layer(layer, "vessel")
    return canvas


def neurons(draw: Draw, size: int) -> Canvas:
    """Paint stained cell bodies with branching neurites; the bodies or the whole are labelled."""
    canvas = blank(size, draw.device)
    radius = draw.log_number(5, 18)
    bodies = scatter(draw, size, draw.whole(1, 14), radius, 3)
    count, arms = len(bodies), draw.whole(2, 6)
    origin = torch.arange(count, device=draw.device).repeat_interleave(arms)
    headings = draw.uniform(0, 2 * math.pi, count * arms)
    lengths = radius * draw.uniform(3, 12, count * arms)
    trunks = random_curves(draw, bodies[origin], headings, lengths, draw.number(0.5, 1.8), 32)
    widths = radius * draw.uniform(0.2, 0.5, count * arms)
    lines, girths, tree = grow_trees(draw, trunks, widths, draw.whole(1, 3), 2, 1.2)
    neurites, thin = _trees(lines, girths, origin[tree], size)
    somas, depth = raster(
        random_outlines(draw, bodies, radius * draw.uniform(0.7, 1.3, count), 1.4, 0.2), size
    )
    gains = draw.log_uniform(0.35, 1.0, count + 1)
    beads = 1 + 0.35 * smooth_noise(draw, size, 3)
    image = draw.number(0.15, 0.6) * (neurites > 0) * thin.sqrt() * gains[neurites] * beads
    image = torch.maximum(image, (somas > 0) * (0.5 + 0.5 * depth.sqrt()) * gains[somas])
    image = image + blur(image, draw.number(3, 12)) * draw.number(0, 0.8)
    image = image + draw.number(0, 0.1) * (1 + 0.4 * smooth_noise(draw, size, 30)).clamp(min=0)
    canvas.image = image.expand(3, -1, -1)
    if draw.chance(0.5):
        canvas.add_layer(torch.where(somas > 0, somas, neurites), "neuron")
    else:
        canvas.add_layer(somas, "cell body")
    return canvas


def fibres(draw: Draw, size: int) -> Canvas:
    """Paint some thick fibres over a mesh of thin ones: actin bundles, collagen, hyphae."""
    canvas = blank(size, draw.device)
    main, depth = _lines(draw, size, draw.whole(3, 26), draw.log_number(2.5, 9))
    mesh_count = draw.whole(30, 160) if draw.chance(0.7) else 1
    mesh, fine = _lines(draw, size, mesh_count, draw.number(1.2, 1.8))
    gains = draw.uniform(0.5, 1.0, int(main.max()) + 1)
    rough = 1 + draw.number(0, 0.4) * smooth_noise(draw, size, draw.number(2, 12))
    image = (main > 0) * depth.sqrt() * gains[main] * rough
    thin = (mesh > 0) * fine.sqrt() * draw.number(0.05, 0.3)
    image = torch.maximum(image * draw.number(0.3, 0.8), thin)
    haze = (1 + 0.6 * smooth_noise(draw, size, size / 4)).clamp(min=0)
    canvas.image = (image + draw.number(0, 0.2) * haze).expand(3, -1, -1)
    canvas.add_layer(main, "filament")
    return canvas


def _lines(draw: Draw, size: int, count: int, width: float) -> tuple[Tensor, Tensor]:
    """Return long curves, about of one direction or of all."""
    headings = draw.number(0, 2 * math.pi) + draw.pick((0.2, 0.6, 3)) * draw.normal(count)
    starts = draw.uniform(-0.1, 1.1, count, 2) * size
    lengths = draw.uniform(0.2, 1.2, count) * size
    lines = random_curves(draw, starts, headings, lengths, draw.log_number(0.1, 2), 40)
    return raster_curves(lines, width * draw.uniform(0.6, 1.4, count), size)


def worms(draw: Draw, size: int) -> Canvas:
    """Paint nematodes on a plate: tapered, bent bodies with a dark outline or a grainy inside."""
    canvas = blank(size, draw.device)
    width = draw.log_number(6, 24)
    count = draw.whole(1, max(2, min(24, int(0.12 * (size / width) ** 2))))
    lengths = width * draw.uniform(8, 16, count)
    lines = random_curves(
        draw,
        draw.uniform(0, size, count, 2),
        draw.uniform(0, 2 * math.pi, count),
        lengths,
        draw.number(0.8, 2.2),
        40,
    )
    part = torch.linspace(0, 1, 40, device=draw.device)
    taper = (1 - (2 * part - 1).abs() ** draw.number(2.5, 5)).clamp(min=0.12)
    layer, depth = raster_curves(
        lines, width * draw.uniform(0.8, 1.2, count)[:, None] * taper, size
    )
    inside = layer > 0
    ground = draw.number(0.45, 0.75) + 0.05 * smooth_noise(draw, size, size / 3)
    ground = ground + draw.number(0, 0.03) * fractal_noise(draw, size, 1.5)
    rim = torch.exp(-(((depth - draw.number(0, 0.2)) / draw.number(0.1, 0.3)) ** 2))
    body = draw.pick((-0.3, -0.12, 0.2)) * draw.number(0.4, 1) - draw.number(0.08, 0.3) * rim
    body = body + draw.number(0.02, 0.1) * smooth_noise(draw, size, draw.number(2, 5))
    gut = torch.exp(-(((1 - depth) / 0.35) ** 2)) * draw.number(-0.2, 0.1)
    halo = blur(inside.float(), draw.number(1.5, 4)) * ~inside * draw.number(0, 0.3)
    canvas.image = (ground + inside * (body + gut) + halo).clamp(min=0).expand(3, -1, -1)
    canvas.add_layer(layer, "worm")
    return canvas


KINDS: Mapping[str, Painter] = MappingProxyType(
    {
        "fundus": fundus,
        "angiogram": angiogram,
        "neurons": neurons,
        "fibres": fibres,
        "worms": worms,
    }
)
