"""Pictures with the statistics of photographs: occlusion, texture, shading, cast shadows."""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType

import torch
from torch import Tensor

from napari_samwise.learn.scenes.blobs import ANGLES, Outlines, random_outlines, raster, scatter
from napari_samwise.learn.scenes.canvas import Canvas, Painter, blank
from napari_samwise.learn.scenes.draw import Draw
from napari_samwise.learn.scenes.fields import blur
from napari_samwise.learn.scenes.textures import (
    coloured,
    palette,
    scenery,
    shaded,
    shadowed,
    surfaces,
)


def dead_leaves(draw: Draw, size: int) -> Canvas:
    """Paint shapes of all sizes that hide each other (Lee, Mumford & Huang 2001).

    Radii follow the power law that gives the scale invariance of natural images.
    """
    canvas = blank(size, draw.device)
    least, most = draw.log_number(5, 16), draw.number(0.2, 0.45) * size
    count = draw.whole(30, 180)
    # Of a density falling as radius cubed, cut off at both ends.
    part = draw.uniform(0, 1, count)
    radii = (least**-2 + part * (most**-2 - least**-2)) ** -0.5
    shapes = figures(draw, scatter(draw, size, count, least), radii)
    layer, _ = raster(shapes, size)
    image = coloured(draw, layer, count, draw.number(0, 0.25), draw.pick((0.0, 0.5, 0.8)))
    if draw.chance(0.5):
        image = shaded(draw, image, layer, count, draw.number(0.1, 0.7))
    if draw.chance(0.5):
        image = shadowed(draw, image, layer, draw.log_number(1.5, 8))
    canvas.image = image
    canvas.add_layer(layer, "object")
    return canvas


def figures(draw: Draw, centres: Tensor, radii: Tensor) -> Outlines:
    """Return blobs, discs, puddles and polygons at these places."""
    count = len(centres)
    soft = random_outlines(
        draw,
        centres,
        radii,
        draw.uniform(1, 2.5, count),
        draw.uniform(0, 1, count).square() * 0.5,
    )
    hard = polygons(draw, centres, radii, draw.integers(3, 7, count), draw.uniform(1, 2.2, count))
    polygonal = draw.uniform(0, 1, count) < draw.pick((0.0, 0.3, 0.7))
    return Outlines(centres, torch.where(polygonal[:, None], hard.reach, soft.reach))


def polygons(
    draw: Draw, centres: Tensor, radii: Tensor, corners: Tensor, elongation: Tensor
) -> Outlines:
    """Return stretched regular polygons with random turns.

    Parameters
    ----------
    draw : Draw
        Source of every choice.
    centres : Tensor
        `(N, 2)` float32, (row, column) in pixels.
    radii : Tensor
        `(N,)` float32 in pixels, about of the circle of the same area.
    corners : Tensor
        `(N,)` int64, at least 3.
    elongation : Tensor
        `(N,)` float32, length over width.
    """
    angle = torch.arange(ANGLES, device=draw.device) * (2 * math.pi / ANGLES)
    toward = angle - draw.uniform(0, 2 * math.pi, len(centres), 1)
    stretch = elongation[:, None].sqrt()
    y, x = toward.sin() * stretch, toward.cos() / stretch  # where the ray meets the unit polygon
    sector = 2 * math.pi / corners[:, None]
    within = torch.remainder(torch.atan2(y, x), sector) - sector / 2
    apothem = (sector / 2 / (sector / 2).tan()).sqrt()  # of the polygon of the area of the circle
    return Outlines(centres, radii[:, None] * apothem / (within.cos() * torch.hypot(y, x)))


_THINGS = {
    # word: (elongation, irregularity, shading, share of polygons)
    "coin": (1.05, 0.0, 0.15, 0.0),
    "fruit": (1.2, 0.06, 0.8, 0.0),
    "pebble": (1.6, 0.15, 0.5, 0.0),
    "leaf": (2.6, 0.12, 0.2, 0.0),
    "box": (1.6, 0.0, 0.15, 1.0),
    "object": (2.0, 0.25, 0.5, 0.3),
}


def still_life(draw: Draw, size: int) -> Canvas:
    """Paint things of one kind, or of several, on a textured ground, with shading and shadows."""
    canvas = blank(size, draw.device)
    words = list(_THINGS)
    radius = draw.log_number(0.035, 0.25) * size
    count = draw.whole(1, max(3, min(60, int(0.3 * (size / radius) ** 2))))
    centres = scatter(draw, size, count, radius, draw.pick((0.0, 1.2, 1.9))).clamp(0, size)
    count = len(centres)
    radii = radius * (draw.number(0.05, 0.4) * draw.normal(count)).exp()
    alike = draw.chance(0.7)
    kind = draw.integers(0, len(words), 1 if alike else count).expand(count)
    elongation, irregularity, round_, square = (
        torch.tensor([look[i] for look in _THINGS.values()], device=draw.device)[kind]
        for i in range(4)
    )
    elongation = 1 + (elongation - 1) * draw.uniform(0.3, 1.4, count)
    soft = random_outlines(draw, centres, radii, elongation, irregularity)
    hard = polygons(draw, centres, radii, torch.full_like(kind, 4), elongation)
    polygonal = (draw.uniform(0, 1, count) < square)[:, None]
    shapes = Outlines(centres, torch.where(polygonal, hard.reach, soft.reach))
    layer, depth = raster(shapes, size)
    saturation = draw.pick((0.0, 0.5, 0.9, 0.9))
    image = coloured(draw, layer, count, draw.number(0.02, 0.2), saturation)
    image = torch.where(layer > 0, image, scenery(draw, size))
    if alike and draw.chance(0.5):
        image = _same_colour(draw, image, layer, saturation)
    image = shaded(draw, image, layer, count, float(round_.mean()) * draw.number(0.5, 1.2))
    if draw.chance(0.4):
        rim = (depth > 0.1) & (depth < draw.number(0.13, 0.3))
        image = image * (1 + draw.number(-0.3, 0.3) * rim)
    if draw.chance(0.75):
        image = shadowed(draw, image, layer, radius * draw.number(0.05, 0.35))
    canvas.image = image.clamp(0, 1)
    canvas.add_layer(layer, [words[i] for i in kind.tolist()])
    return canvas


def _same_colour(draw: Draw, image: Tensor, layer: Tensor, saturation: float) -> Tensor:
    """Give all things about one colour, keeping what is theirs as variation."""
    colour = palette(draw, 1, saturation)[0][:, None, None]
    varied = colour * (1 + draw.number(0.05, 0.3) * (image / 0.5 - 1))
    return torch.where(layer > 0, varied, image)


def figure_and_ground(draw: Draw, size: int) -> Canvas:
    """Paint one or a few large shapes told from a ground by texture more than by brightness."""
    canvas = blank(size, draw.device)
    count = draw.whole(1, 5)
    radii = size * draw.log_uniform(0.07, 0.32, count)
    shapes = figures(draw, draw.uniform(0.1, 0.9, count, 2) * size, radii)
    layer, _ = raster(shapes, size)
    rough = surfaces(draw, layer, count, 5)
    levels = draw.number(0.3, 0.6) + draw.number(0.02, 0.15) * draw.normal(3, count + 1)
    if draw.chance(0.4):
        levels = levels[:1].expand(3, -1)
    amplitude = draw.uniform(0.04, 0.25, count + 1)
    own = layer.long()
    canvas.image = blur((levels[:, own] + amplitude[own] * rough).clamp(0, 1), draw.number(0, 0.6))
    canvas.add_layer(layer, "object")
    return canvas


KINDS: Mapping[str, Painter] = MappingProxyType(
    {
        "dead_leaves": dead_leaves,
        "still_life": still_life,
        "figure_and_ground": figure_and_ground,
    }
)
