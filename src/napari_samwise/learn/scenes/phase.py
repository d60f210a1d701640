"""Transparent cells on glass: phase contrast and differential interference contrast."""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType

import torch
from torch import Tensor

from napari_samwise.learn.scenes.blobs import random_outlines, raster
from napari_samwise.learn.scenes.canvas import Canvas, Painter, blank
from napari_samwise.learn.scenes.contrast import interference_contrast, phase_contrast
from napari_samwise.learn.scenes.draw import Draw
from napari_samwise.learn.scenes.fields import blur, fractal_noise, smooth_noise
from napari_samwise.learn.scenes.looks import crowd, dome, grey, of_each, soft_step, specks
from napari_samwise.learn.scenes.spreading import SpreadCells, spread_cells


def adherent(draw: Draw, size: int) -> Canvas:
    """Paint spread cells in phase contrast, a few of them rounded up; thin ones hardly show."""
    radius = draw.log_number(9, 65)
    culture = spread_cells(draw, size, radius)
    canvas = blank(size, draw.device)
    canvas.add_layer(culture.layer, "cell")
    phase = _thickness(draw, culture, radius)
    if draw.chance(0.4):
        phase = phase + _rounded(draw, canvas, radius)
    phase = phase + _debris(draw, size)
    halo_px = draw.log_number(2, max(3, radius * 0.5))
    seen = phase_contrast(phase, halo_px, draw.log_number(0.25, 1.0))
    canvas.image = grey(_lit(draw, seen))
    return canvas


def suspended(draw: Draw, size: int) -> Canvas:
    """Paint round cells in phase contrast, bright or dark, single and in clumps."""
    radius = draw.log_number(5, 40)
    canvas = blank(size, draw.device)
    centres = crowd(draw, size, radius, draw.log_number(0.08, 0.9))
    count = len(centres)
    radii = radius * (draw.number(0.03, 0.2) * draw.normal(count)).exp()
    layer, depth = raster(random_outlines(draw, centres, radii, 1.15, 0.05), size, "drop")
    canvas.add_layer(layer, "cell")
    thick = of_each(layer, draw.uniform(draw.number(0.7, 1.5), draw.number(1.6, 8), count))
    phase = thick * dome(depth, draw.number(0.4, 1.2)) * _granular(draw, size, radius)
    phase = phase + _debris(draw, size)
    halo_px = draw.log_number(1.5, max(2, radius * 0.7))
    seen = phase_contrast(phase, halo_px, draw.log_number(0.25, 0.8))
    seen = seen + draw.number(-0.2, 0.4) * (layer > 0) * (depth > draw.number(0.2, 0.5))
    canvas.image = grey(_lit(draw, blur(seen, draw.number(0.3, 1))))
    return canvas


def interference(draw: Draw, size: int) -> Canvas:
    """Paint cells that seem lit from one side, as in DIC: round or spread."""
    radius = draw.log_number(10, 75)
    canvas = blank(size, draw.device)
    if draw.chance(0.5):
        culture = spread_cells(draw, size, radius)
    else:
        centres = crowd(draw, size, radius, draw.log_number(0.1, 0.9))
        radii = radius * (0.15 * draw.normal(len(centres))).exp()
        outlines = random_outlines(draw, centres, radii, draw.number(1, 1.6), 0.08)
        culture = SpreadCells(*raster(outlines, size, "drop"), centres)
    canvas.add_layer(culture.layer, "cell")
    phase = _thickness(draw, culture, radius) * radius * 0.35
    phase = phase + draw.number(0, 0.2) * smooth_noise(draw, size, draw.number(2, 6))
    phase = blur(phase + 2 * _debris(draw, size), draw.number(0.8, 2.2))
    seen = interference_contrast(phase, draw.number(0, 2 * math.pi), draw.log_number(0.6, 4))
    canvas.image = grey(_lit(draw, seen))
    return canvas


def _thickness(draw: Draw, culture: SpreadCells, radius: float) -> Tensor:
    """Return `(Y, X)` phase of spread cells: flat margins, a hump with nucleus, granules."""
    layer, depth, centres = culture
    size, count = layer.shape[0], len(centres)
    inside = (layer > 0).float()
    own = of_each(layer, draw.uniform(draw.number(0.15, 0.7), draw.number(0.7, 2), count))
    margin = draw.number(0.05, 0.7)
    phase = own * (margin * inside + (1 - margin) * dome(depth, draw.number(0.8, 3)))
    phase = phase * _granular(draw, size, radius)
    if draw.chance(0.7):
        radii = radius * draw.number(0.25, 0.4) * (0.1 * draw.normal(count)).exp()
        nuclei = random_outlines(draw, centres + 0.1 * radius * draw.normal(count, 2), radii, 1.3)
        kernel, kernel_depth = raster(nuclei, size, "under")
        kernel = torch.where(kernel == layer, kernel, 0)
        nucleoli = soft_step(smooth_noise(draw, size, max(radius * 0.08, 1.5)), 1.5)
        rim = torch.exp(-((kernel_depth * radius / 4) ** 2))
        look = draw.number(-0.4, 0.2) + draw.number(0, 0.8) * nucleoli + draw.number(0, 0.4) * rim
        phase = phase + look * own * (kernel > 0)
    return blur(phase, draw.number(0.3, 1.2))


def _granular(draw: Draw, size: int, radius: float) -> Tensor:
    """Return `(Y, X)` factors about 1: organelles, dark granules and bright vacuoles."""
    organelles = fractal_noise(draw, size, draw.number(1, 2.5))
    factor = 1 + draw.number(0.05, 0.5) * organelles
    if draw.chance(0.5):
        where = soft_step(smooth_noise(draw, size, radius * 0.6), 0.3)
        spots = specks(draw, size, draw.whole(100, 500), draw.number(0.8, 2))
        factor = factor + draw.number(-2, 2.5) * where * spots
    return factor


def _rounded(draw: Draw, canvas: Canvas, radius: float) -> Tensor:
    """Label rounded-up cells on top; return their phase, so thick that they shine."""
    size = canvas.labels.shape[0]
    count = draw.whole(1, 8)
    centres = draw.uniform(0, size, count, 2)
    radii = radius * draw.number(0.3, 0.6) * (0.1 * draw.normal(count)).exp()
    layer, depth = raster(random_outlines(draw, centres, radii.clamp(4, 24), 1.1, 0.04), size)
    canvas.add_layer(layer, "cell")
    return of_each(layer, draw.uniform(2.5, 9, count)) * dome(depth, 0.8)


def _debris(draw: Draw, size: int) -> Tensor:
    """Return `(Y, X)` phase of unlabelled dirt on the glass."""
    if draw.chance(0.35):
        return torch.zeros((size, size), device=draw.device)
    dirt = specks(draw, size, draw.whole(3, 150), draw.number(0.8, 2.5))
    crumbs = soft_step(smooth_noise(draw, size, draw.number(1.5, 3)), draw.number(2, 3))
    return draw.number(-0.3, 0.9) * dirt + draw.number(0, 0.6) * crumbs


def _lit(draw: Draw, seen: Tensor) -> Tensor:
    """Add the unevenness of the lamp and of the glass to `(Y, X)`."""
    size = seen.shape[0]
    seen = seen + draw.number(0, 0.03) * smooth_noise(draw, size, draw.number(40, 200))
    return (seen + draw.number(0, 0.02) * fractal_noise(draw, size, 1.5)).clamp(min=0.02)


#: Kind of scene -> painter.
KINDS: Mapping[str, Painter] = MappingProxyType(
    {"phase_contrast": adherent, "phase_suspension": suspended, "interference": interference}
)
