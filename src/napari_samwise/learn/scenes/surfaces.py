"""Scanning electron microscopy of surfaces: perforated plates and powders."""

from __future__ import annotations

import math

import torch

from napari_samwise.learn.scenes.blobs import random_outlines, raster, scatter
from napari_samwise.learn.scenes.canvas import Canvas, blank
from napari_samwise.learn.scenes.draw import Draw
from napari_samwise.learn.scenes.fields import blur, fractal_noise, inner_distance, smooth_noise
from napari_samwise.learn.scenes.organelles import Section


def pores(draw: Draw, size: int) -> Canvas:
    """Paint a perforated plate as a scanning microscope shows it: bright rims, dark depths."""
    radius = draw.log_number(4.5, 34)
    gap = draw.number(2.1, 3.4)
    count = int(draw.number(0.5, 1.0) * size**2 / (gap * radius) ** 2) + 2
    centres = scatter(draw, size, count, radius, gap if draw.chance(0.8) else 0.0)
    radii = radius * torch.exp(draw.number(0.05, 0.3) * draw.normal(len(centres)))
    outlines = random_outlines(
        draw, centres, radii, draw.uniform(1, draw.number(1.1, 1.8), len(centres)), 0.12
    )
    layer, _ = raster(outlines, size, "drop")
    relief = fractal_noise(draw, size, draw.number(1.5, 3.0))
    section = Section(draw.number(0.4, 0.7) + draw.number(0.02, 0.12) * relief)
    section.darken(draw.number(0, 0.25) * smooth_noise(draw, size, size * 0.6))
    plate = smooth_noise(draw, size, size * 0.5) > -draw.number(0.6, 3.0)
    inside = layer > 0
    edge = inner_distance((~inside).int() * plate)
    section.darken(-draw.number(0.05, 0.45) * torch.exp(-edge / draw.number(1, 4)) * (~inside))
    depth = inner_distance(layer)
    floor = draw.number(0.02, 0.3) + draw.number(0, 0.08) * fractal_noise(draw, size, 2.0)
    steep = draw.number(0.8, 0.25 * radius + 1)
    lit = torch.lerp(floor, section.image, torch.exp(-depth / steep))
    section.fill(inside, lit)
    behind = 0.15 + 0.1 * fractal_noise(draw, size, 2.5) + draw.number(0, 0.3)
    section.fill(~plate, behind)
    if draw.chance(0.4):  # crumbs on the plate
        crumbs = random_outlines(draw, scatter(draw, size, 12), radius * draw.uniform(0.1, 0.5, 12))
        section.fill((raster(crumbs, size)[0] > 0) & plate, draw.number(0.7, 1.0))
    canvas = blank(size, draw.device)
    canvas.add_layer(layer * plate, draw.pick(("pore", "hole")))
    return section.finish(draw, canvas)


def powder(draw: Draw, size: int) -> Canvas:
    """Paint grains that lie on one another, bright at their edges and lit from a side."""
    radius = draw.log_number(6, 50)
    count = min(int(draw.number(0.2, 2.2) * size**2 / (math.pi * radius**2)) + 3, 400)
    centres = scatter(draw, size, count, radius)
    radii = radius * torch.exp(draw.number(0.05, 0.5) * draw.normal(len(centres)))
    outlines = random_outlines(
        draw, centres, radii, draw.number(1, 1.8), draw.pick((0.02, 0.15, 0.35))
    )
    layer, depth = raster(outlines, size, draw.pick(("over", "drop")))
    inside = layer > 0
    height = (depth * (2 - depth)).clamp(min=0).sqrt() * radius
    slope_y, slope_x = torch.gradient(blur(height, 0.8))
    turn = draw.number(0, 2 * math.pi)
    light = (slope_y * math.sin(turn) + slope_x * math.cos(turn)).clamp(-2, 2)
    ground = draw.number(0.05, 0.4) + draw.number(0.02, 0.1) * fractal_noise(draw, size, 2)
    section = Section(ground)
    level = draw.number(0.35, 0.7) + draw.number(0, 0.08) * draw.normal(len(centres) + 1)
    rough = draw.number(0, 0.1) * fractal_noise(draw, size, draw.number(1.2, 2.5))
    body = level[layer.long()] + rough + draw.number(0, 0.15) * light
    body = body + draw.number(0.05, 0.5) * torch.exp(-inner_distance(layer) / draw.number(1, 5))
    section.fill(inside, body)
    canvas = blank(size, draw.device)
    canvas.add_layer(layer, draw.pick(("particle", "grain")))
    return section.finish(draw, canvas)
