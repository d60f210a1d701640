"""Photographs of the living: animals of several parts, plants in pots, undergrowth."""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType

import torch
from torch import Tensor

from napari_samwise.learn.scenes.blobs import Outlines, random_outlines, raster
from napari_samwise.learn.scenes.canvas import Canvas, Painter, blank
from napari_samwise.learn.scenes.curves import random_curves, raster_curves
from napari_samwise.learn.scenes.draw import Draw
from napari_samwise.learn.scenes.rods import raster_capsules
from napari_samwise.learn.scenes.textures import (
    coloured,
    palette,
    scenery,
    shaded,
    shadowed,
    surfaces,
)


def animals(draw: Draw, size: int) -> Canvas:
    """Paint animals: a body with head, legs and tail, with a coat, partly behind grass."""
    canvas = blank(size, draw.device)
    count = draw.whole(1, 6)
    layer = _animals(draw, size, count)
    image = coloured(draw, layer, count, draw.number(0.03, 0.2), draw.number(0.1, 0.8))
    image = _clutter(draw, torch.where(layer > 0, image, scenery(draw, size)), layer)
    image = shaded(draw, image, layer, count, draw.number(0, 0.6))
    if draw.chance(0.5):
        image = shadowed(draw, image, layer, size * draw.number(0.01, 0.04))
    canvas.image = image.clamp(0, 1)
    canvas.add_layer(layer, "animal")
    if draw.chance(0.4):
        _grass(draw, canvas)
    return canvas


def _animals(draw: Draw, size: int, count: int) -> Tensor:
    """Return `(Y, X)` int32, the parts of an animal under one label."""
    device = draw.device
    at = draw.uniform(0.1, 0.9, count, 2) * size
    length = size * draw.log_uniform(0.07, 0.26, count)
    mirror = torch.where(draw.uniform(-1, 1, count) < 0, -1.0, 1.0)
    tilt = 0.15 * draw.normal(count)
    if draw.chance(0.3):
        tilt = draw.uniform(0, 2 * math.pi, count)  # seen from above

    def place(along: Tensor | float, down: Tensor | float) -> Tensor:
        """Return `(N, 2)`: so many half lengths towards the head and towards the feet."""
        x, y = along * length * mirror, down * length * torch.ones_like(length)
        return at + torch.stack(
            [y * tilt.cos() + x * tilt.sin(), x * tilt.cos() - y * tilt.sin()], 1
        )

    turn = (math.pi - tilt) * torch.ones(count, device=device)
    body = random_outlines(
        draw, at, length * draw.number(0.5, 0.75), draw.number(1.3, 2.4), 0.06, turn
    )
    neck = draw.uniform(0.8, 1.2, count), -draw.uniform(0, 0.9, count)
    head = random_outlines(draw, place(*neck), length * draw.number(0.2, 0.42), 1.3, 0.08)
    blobs = Outlines(torch.cat([body.centres, head.centres]), torch.cat([body.reach, head.reach]))
    stance = draw.number(0.3, 1.1)
    ends = [(place(0.7, 0), place(*neck), 0.36)]
    for leg in (-0.65, -0.4, 0.4, 0.65):
        foot = place(leg + 0.2 * draw.normal(count), 0.45 + stance)
        ends.append((place(leg, 0.1), foot, draw.number(0.12, 0.26)))
    ends.append(
        (place(-0.75, -0.1), place(-1 - draw.uniform(0, 0.6, count), draw.number(-0.6, 0.5)), 0.1)
    )
    ear = place(neck[0] - 0.05, neck[1] - draw.number(0.35, 0.6))
    ends.append((place(*neck), ear, 0.14))
    starts, stops = torch.cat([a for a, _, _ in ends]), torch.cat([b for _, b, _ in ends])
    widths = torch.cat([(length * width).clamp(min=2.5) for _, _, width in ends])
    limbs, _ = raster_capsules(
        starts, stops, widths, size, bends=0.3 * widths * draw.normal(len(widths))
    )
    trunk, _ = raster(blobs, size)
    # Of two animals the later one is in front, with all its parts.
    whose = torch.arange(1, count + 1, device=device, dtype=torch.int32)
    of_limb = torch.cat([whose.new_zeros(1), whose.repeat(len(ends))])
    of_blob = torch.cat([whose.new_zeros(1), whose.repeat(2)])
    return torch.maximum(of_limb[limbs], of_blob[trunk])


def _clutter(draw: Draw, image: Tensor, layer: Tensor) -> Tensor:
    """Put unlabelled shapes behind the objects: stones, branches, leaves."""
    size = layer.shape[0]
    count = draw.whole(1, 60)
    radii = size * draw.log_uniform(0.01, 0.12, count)
    behind, _ = raster(
        random_outlines(draw, draw.uniform(0, size, count, 2), radii, draw.number(1, 4), 0.2), size
    )
    seen = (behind > 0) & (layer == 0)
    near = draw.number(0.2, 0.8)
    things = near * image + (1 - near) * coloured(draw, behind, count, 0.12, 0.5)
    return torch.where(seen, things, image)


def _grass(draw: Draw, canvas: Canvas) -> None:
    """Let unlabelled blades stand before everything; they are background."""
    size = canvas.labels.shape[0]
    count = draw.whole(4, 50)
    roots = draw.uniform(0, 1, count, 2) * torch.tensor([0.3, 1.0], device=draw.device) * size
    roots = roots + torch.tensor([0.8 * size, 0.0], device=draw.device)
    up = -math.pi / 2 + 0.3 * draw.normal(count)
    blades = random_curves(draw, roots, up, size * draw.uniform(0.1, 0.5, count), 0.6, 20)
    taper = torch.linspace(1, 0.2, 20, device=draw.device)
    layer, depth = raster_curves(blades, draw.uniform(2, 6, count)[:, None] * taper, size)
    colours = palette(draw, count + 1, 0.6).T[:, layer.long()] * (0.7 + 0.3 * depth)
    canvas.image = torch.where(layer > 0, colours, canvas.image)
    canvas.labels = canvas.labels * (layer == 0)


def plants(draw: Draw, size: int) -> Canvas:
    """Paint a plant from above or from the side: leaves about a stem, labelled each or together."""
    canvas = blank(size, draw.device)
    count = draw.whole(4, 22)
    middle = draw.uniform(0.35, 0.65, 1, 2) * size
    upright = draw.chance(0.4)
    if upright:
        headings = -math.pi / 2 + draw.number(0.3, 0.9) * draw.normal(count)
        middle = middle + torch.tensor([[0.35 * size, 0.0]], device=draw.device)
    else:
        golden = 2.39996  # radians between one leaf and the next, in most rosettes
        headings = golden * torch.arange(count, device=draw.device) + 0.15 * draw.normal(count)
    lengths = size * draw.number(0.2, 0.6) * torch.linspace(1, 0.35, count, device=draw.device)
    lengths = lengths * (0.15 * draw.normal(count)).exp()
    lines = random_curves(
        draw, middle.expand(count, 2), headings, lengths, draw.number(0.1, 0.9), 24
    )
    part = torch.linspace(0, 1, 24, device=draw.device)
    stalk = draw.number(0, 0.5)
    blade = (part - stalk).clamp(min=0) / (1 - stalk)
    profile = (math.pi * blade).sin().clamp(min=0) ** draw.number(0.5, 1) + 0.08
    widths = (lengths * draw.number(0.12, 0.45))[:, None] * profile
    layer, depth = raster_curves(lines, widths.clamp(min=1.5), size)
    ground = scenery(draw, size)
    if draw.chance(0.15):
        ground = torch.full_like(ground, draw.pick((0.05, 0.95)))
    if draw.chance(0.6):
        ground = _clutter(draw, ground, layer)
    green = torch.tensor([0.32, 0.5, 0.18], device=draw.device) + 0.08 * draw.normal(3)
    if draw.chance(0.25):
        green = draw.uniform(0.2, 0.9, 1).expand(3)
    own = layer.long()
    tone = draw.number(0.5, 1.4) * (0.2 * draw.normal(count + 1)).exp()[own]
    rough = 1 + draw.number(0.02, 0.15) * surfaces(draw, layer, count, 2)
    vein = 1 + draw.number(-0.3, 0.4) * torch.exp(-(((1 - depth) / 0.12) ** 2))
    leaves = green.clamp(0.02, 1)[:, None, None] * tone * rough * vein * (0.75 + 0.25 * depth)
    image = torch.where(layer > 0, leaves, ground)
    if draw.chance(0.7):
        image = shadowed(draw, image, layer, size * draw.number(0.005, 0.03))
    canvas.image = image.clamp(0, 1)
    if draw.chance(0.5):
        canvas.add_layer(layer, "leaf")
    else:
        canvas.add_layer((layer > 0).to(torch.int32), "plant")
    return canvas


KINDS: Mapping[str, Painter] = MappingProxyType({"animals": animals, "plants": plants})
