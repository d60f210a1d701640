"""Materials: grains and pores of rock and metal, crystals, cut fibres and foams."""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType

import torch
from torch import Tensor

from napari_samwise.learn.scenes.blobs import raster, scatter
from napari_samwise.learn.scenes.canvas import Canvas, Painter, blank
from napari_samwise.learn.scenes.draw import Draw
from napari_samwise.learn.scenes.fields import (
    blur,
    edges,
    fractal_noise,
    inner_distance,
    smooth_noise,
)
from napari_samwise.learn.scenes.natural import polygons
from napari_samwise.learn.scenes.partitions import partition
from napari_samwise.learn.scenes.textures import surfaces


def rock(draw: Draw, size: int) -> Canvas:
    """Paint a slice of sandstone: grains of two or three minerals that touch, pores between them.

    Labelled are the pores, or the grains.
    """
    canvas = blank(size, draw.device)
    across = draw.log_number(18, 80)
    cells, border, count = _packed(draw, size, across, draw.number(0.15, 0.5))
    rough = fractal_noise(draw, size, draw.number(1.6, 2.6))
    slow = smooth_noise(draw, size, across * draw.number(0.6, 2))
    pores = border < across * 0.13 * (slow + draw.number(-1.2, 0.4)) + 1.2 * rough
    minerals = draw.uniform(0.45, 0.85, 3)
    level = minerals[draw.integers(0, 3, count + 1).clamp(max=draw.whole(0, 3))]
    level = level + 0.02 * draw.normal(count + 1)
    image = level[cells] * (1 + draw.number(0, 0.06) * surfaces(draw, cells, count, 3))
    dark = draw.number(0.05, 0.35)
    filled = dark + draw.number(0, 0.1) * (smooth_noise(draw, size, 3) + slow)
    image = torch.where(pores, filled.clamp(min=0), image)
    image = image * (1 - draw.number(0, 0.25) * torch.exp(-((border / 0.8) ** 2)))
    bright = smooth_noise(draw, size, draw.number(3, 8)) > draw.number(2.6, 4)
    canvas.image = torch.where(bright, 1.1, image).expand(3, -1, -1)
    if draw.chance(0.6):
        canvas.add_layer(pores.to(torch.int32), "pore")
    else:
        canvas.add_layer(cells * ~pores, "grain")
    return canvas


def _packed(draw: Draw, size: int, across: float, unevenness: float) -> tuple[Tensor, Tensor, int]:
    """Return a partition of cells of this width, their borders and their number."""
    count = min(max(int((1.2 * size / across) ** 2), 4), 600)
    seeds = scatter(draw, size, count, across / 2, draw.number(0.5, 1.5))
    sizes = across / 2 * (unevenness * draw.normal(len(seeds))).exp()
    bend = across * draw.number(0, 0.12)
    return *partition(draw, size, seeds, bend, sizes, across * 0.6), len(seeds)


def metal(draw: Draw, size: int) -> Canvas:
    """Paint an etched or electron-channelling polycrystal: grey levels, thin boundaries, twins."""
    canvas = blank(size, draw.device)
    across = draw.log_number(16, 90)
    cells, border, count = _packed(draw, size, across, draw.number(0.1, 0.6))
    contrast = draw.number(0.0, 0.25)
    image = draw.number(0.4, 0.7) + contrast * draw.normal(count + 1)[cells]
    image = image + draw.number(0, 0.06) * surfaces(draw, cells, count, 4)
    boundary = torch.exp(-((border / draw.number(0.6, 1.6)) ** 2))
    darkening = draw.number(0.2, 0.6) if contrast < 0.1 else draw.number(-0.2, 0.5)
    strength = darkening * (1 + draw.number(0, 0.6) * smooth_noise(draw, size, 20)).clamp(min=0.1)
    image = image * (1 - strength * boundary)
    specks = smooth_noise(draw, size, draw.number(1.5, 4)) > draw.number(2.2, 3.5)
    image = torch.where(specks, draw.number(0, 0.3), image).clamp(min=0)
    canvas.image = image.expand(3, -1, -1)
    if draw.chance(0.2):
        tint = 1 + 0.25 * draw.normal(3, count + 1)[:, cells]  # polarised light
        canvas.image = (canvas.image * tint).clamp(0, 1)
    canvas.add_layer(cells, "grain")
    return canvas


def crystals(draw: Draw, size: int) -> Canvas:
    """Paint faceted particles, heaped: bright at their edges, or dark by how thick they are."""
    canvas = blank(size, draw.device)
    radius = draw.log_number(4, 40)
    count = max(3, min(300, int(draw.log_number(0.1, 1.2) * size**2 / (math.pi * radius**2))))
    centres = scatter(draw, size, count, radius, draw.pick((0.0, 1.0, 1.8)))
    count = len(centres)
    radii = radius * (draw.number(0.03, 0.5) * draw.normal(count)).exp()
    stretch = draw.uniform(1, draw.number(1.05, 3), count)
    layer, depth = raster(polygons(draw, centres, radii, draw.integers(3, 8, count), stretch), size)
    ground = draw.number(0.1, 0.6) + draw.number(0, 0.06) * fractal_noise(draw, size, 1.5)
    if draw.chance(0.5):
        edge = torch.exp(-inner_distance(layer) / draw.number(1, 0.3 * radius + 1.5))
        body = draw.number(0.35, 0.6) + draw.number(0.1, 0.5) * edge
        body = body * (0.5 + 0.5 * layer / max(count, 1)) + 0.04 * draw.normal(count + 1)[layer]
    else:
        body = ground - draw.number(0.1, 0.4) * depth.clamp(0, 0.6) ** draw.number(0.2, 0.6)
        body = body * (1 - 0.3 * draw.uniform(0, 1, count + 1)[layer])
    body = body + draw.number(0, 0.06) * surfaces(draw, layer, count, 2)
    canvas.image = torch.where(layer > 0, body, ground).clamp(min=0).expand(3, -1, -1)
    canvas.add_layer(layer, "crystal")
    return canvas


def foam(draw: Draw, size: int) -> Canvas:
    """Paint bubbles or cut fibres, packed: thin bright or dark walls round even insides."""
    canvas = blank(size, draw.device)
    across = draw.log_number(12, 70)
    cells, border, count = _packed(draw, size, across, draw.number(0.1, 0.5))
    wall = across * draw.number(0.03, 0.15) + 0.6
    insides = blur((border > wall).float(), 0.05 * across)
    layer = cells * (insides > 0.5)
    level = draw.number(0.4, 0.7) + draw.number(0, 0.08) * draw.normal(count + 1)
    image = draw.number(0.05, 0.95) * (layer == 0) + level[layer] * (layer > 0)
    image = image + draw.number(-0.3, 0.3) * edges(layer)
    shine = torch.exp(-(((border - 2 * wall) / wall) ** 2)) * draw.number(-0.3, 0.3)
    image = image + shine * (layer > 0) + draw.number(0, 0.05) * fractal_noise(draw, size, 2)
    canvas.image = image.clamp(min=0).expand(3, -1, -1)
    canvas.add_layer(layer, draw.pick(("bubble", "fibre")))
    return canvas


KINDS: Mapping[str, Painter] = MappingProxyType(
    {"rock": rock, "metal": metal, "crystals": crystals, "foam": foam}
)
