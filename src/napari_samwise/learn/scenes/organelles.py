"""What is inside cells as electron microscopes show it: each painter draws one kind, together."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from napari_samwise.learn.scenes.blobs import random_outlines, raster
from napari_samwise.learn.scenes.canvas import Canvas
from napari_samwise.learn.scenes.draw import Draw
from napari_samwise.learn.scenes.fields import (
    blur,
    fractal_noise,
    grid,
    inner_distance,
    smooth_noise,
)


@dataclass(slots=True, eq=False)
class Section:
    """A thin section in the making: `image` is (Y, X), electron-dense is dark."""

    image: Tensor

    @property
    def size(self) -> int:
        """Side in pixels."""
        return self.image.shape[0]

    def fill(self, mask: Tensor, level: Tensor | float) -> None:
        """Paint a level over a (Y, X) mask."""
        self.image = torch.where(mask, level, self.image)

    def darken(self, by: Tensor | float) -> None:
        """Take away brightness, (Y, X) or everywhere."""
        self.image = self.image - by

    def finish(self, draw: Draw, canvas: Canvas) -> Canvas:
        """Put it on a canvas with the grain of the stain and, seldom, marks of the knife."""
        size = self.size
        self.darken(draw.log_number(0.008, 0.07) * fractal_noise(draw, size, draw.number(0.3, 1.5)))
        if draw.chance(0.1):
            self.darken(draw.number(0, 0.08) * blur(draw.normal(size, 1), (draw.number(0.5, 3), 0)))
        canvas.image += self.image.clamp(0, 1.2)
        return canvas


def line(distance: Tensor, at: float, width: float) -> Tensor:
    """Return (Y, X) from 0 to 1: a line at a distance from a border."""
    return torch.exp(-(((distance - at) / width) ** 2))


def stripes(
    draw: Draw, layer: Tensor, turns: Tensor, period_px: float, waviness: float = 1.0
) -> Tensor:
    """Return (Y, X) in -1 to 1: waves whose crests run along each object's own direction.

    Parameters
    ----------
    draw : Draw
        Source of every choice.
    layer : Tensor
        (Y, X) int32, objects 1 to N.
    turns : Tensor
        (N,) directions of the crests in radians, 0 along columns.
    period_px : float
        From crest to crest.
    waviness : float
        In radians of phase.
    """
    size = layer.shape[0]
    y, x = grid(size, draw.device)
    turn = torch.cat([turns.new_zeros(1), turns]).index_select(0, layer.flatten()).view(size, size)
    across = y * torch.cos(turn) - x * torch.sin(turn)
    bent = waviness * smooth_noise(draw, size, 4 * period_px)
    return torch.sin(across * (2 * math.pi / period_px) + bent)


def mitochondria(
    draw: Draw, section: Section, centres: Tensor, radius: float, within: Tensor | None = None
) -> Tensor:
    """Paint mitochondria: a dark double wall, a grey matrix, cristae; return their layer.

    Parameters
    ----------
    draw : Draw
        Source of every choice.
    section : Section
        Painted upon.
    centres : Tensor
        (N, 2) in pixels.
    radius : float
        In pixels, about.
    within : Tensor, optional
        (Y, X) int32 cells; a mitochondrion is cut to the cell that its centre is in.

    Returns
    -------
    Tensor
        (Y, X) int32, 1 to N.
    """
    count, size = len(centres), section.size
    turns = draw.uniform(0, math.pi, count)
    radii = radius * draw.log_uniform(0.6, 1.5, count)
    long = draw.log_uniform(1.0, draw.number(1.5, 4.5), count)
    outlines = random_outlines(draw, centres, radii, long, draw.number(0.05, 0.3), turns)
    layer, _ = raster(outlines, size, "drop")
    if within is not None:
        home = centres.round().long().clamp(0, size - 1)
        own = torch.cat([within.new_zeros(1), within[home[:, 0], home[:, 1]]])
        layer = layer * ((own[layer.long()] == within) & (within > 0))
    depth = inner_distance(layer)
    inside = layer > 0
    level = draw.number(0.3, 0.62) + 0.05 * draw.normal(count + 1)
    section.fill(inside, level[layer.long()])
    crests = draw.number(0, math.pi) if draw.chance(0.3) else 0.5 * math.pi
    wave = stripes(draw, layer, turns + crests, max(radius * draw.number(0.25, 0.6), 3.0), 2.5)
    gaps = 1 + 0.8 * smooth_noise(draw, size, max(radius * 0.5, 2))
    section.darken(inside * (depth > 1.5) * wave.clamp(min=-0.3) * gaps * draw.number(0, 0.16))
    section.darken(inside * line(depth, 1, draw.number(0.8, 1.6)) * draw.number(0.1, 0.35))
    return layer


def vesicles(
    draw: Draw, section: Section, centres: Tensor, radius: float, dense: float = 0.1
) -> Tensor:
    """Paint round vesicles with a dark wall, a share of them dense; return their layer."""
    count = len(centres)
    radii = radius * draw.log_uniform(0.75, 1.35, count)
    layer, _ = raster(random_outlines(draw, centres, radii, 1.1, 0.05), section.size, "drop")
    depth = inner_distance(layer)
    bright = draw.number(0.6, 0.9)
    level = torch.where(draw.uniform(0, 1, count + 1) < dense, draw.number(0.1, 0.35), bright)
    section.fill(layer > 0, level[layer.long()])
    section.darken((layer > 0) * line(depth, 1, draw.number(0.7, 1.3)) * draw.number(0.15, 0.45))
    return layer


def nuclei(draw: Draw, section: Section, centres: Tensor, radii: Tensor) -> Tensor:
    """Paint nuclei: a double envelope, chromatin in clumps and along it; return their layer."""
    size, mean = section.size, float(radii.mean())
    outlines = random_outlines(draw, centres, radii, draw.number(1, 1.9), draw.number(0.05, 0.4))
    layer, _ = raster(outlines, size, "drop")
    inside = layer > 0
    depth = inner_distance(layer)
    section.fill(inside, draw.number(0.5, 0.75))
    clumps = smooth_noise(draw, size, max(mean * draw.number(0.07, 0.3), 2))
    rim = torch.exp(-depth / (mean * draw.number(0.04, 0.12)))
    chromatin = torch.sigmoid((clumps + 2 * rim - draw.number(0.3, 1.5)) * 4)
    grain = 1 + 0.2 * smooth_noise(draw, size, 2)
    section.darken(inside * chromatin * grain * draw.number(0.05, 0.35))
    bodies = random_outlines(
        draw, centres + 0.25 * mean * draw.normal(len(centres), 2), 0.2 * radii
    )
    nucleoli = (raster(bodies, size)[0] > 0) & inside
    section.darken(nucleoli * grain * draw.number(0, 0.3))
    gap = draw.number(1.5, 4.0)
    section.darken(inside * line(depth, 1, 0.9) * draw.number(0.1, 0.4))
    section.darken(-inside.float() * line(depth, 1 + gap / 2, gap / 3) * draw.number(0, 0.2))
    section.darken(inside * line(depth, 1 + gap, 0.9) * draw.number(0.05, 0.3))
    return layer


def reticulum(draw: Draw, section: Section, where: Tensor) -> None:
    """Paint folded membranes, the zero lines of noise, and ribosomes, where a (Y, X) mask is."""
    size = section.size
    folds = smooth_noise(draw, size, draw.log_number(6, 30))
    present = torch.sigmoid(smooth_noise(draw, size, size / 5) * 4 - draw.number(-1, 3))
    sheets = torch.exp(-((torch.sin(folds * draw.number(2, 8)) / draw.number(0.15, 0.35)) ** 2))
    section.darken(where * present * sheets * draw.number(0.05, 0.25))
    dots = (draw.uniform(0, 1, size, size) < draw.number(0, 0.06)).float()
    section.darken(where * dots * draw.number(0, 0.3))


def chloroplasts(
    draw: Draw, section: Section, centres: Tensor, turns: Tensor, radius: float
) -> tuple[Tensor, Tensor]:
    """Paint chloroplasts: dark, with stacks of thylakoids, starch grains and fat droplets.

    Returns
    -------
    layer : Tensor
        (Y, X) int32, 1 to N.
    starch : Tensor
        (Y, X) int32, the grains.
    """
    count, size = len(centres), section.size
    radii = radius * draw.log_uniform(0.7, 1.4, count)
    long = draw.uniform(1.2, draw.number(1.6, 3.5), count)
    outlines = random_outlines(draw, centres, radii, long, draw.number(0.05, 0.2), turns)
    layer, _ = raster(outlines, size, "drop")
    inside, depth = layer > 0, inner_distance(layer)
    level = draw.number(0.15, 0.5)
    section.fill(inside, level + 0.03 * draw.normal(count + 1)[layer.long()])
    thin = stripes(draw, layer, turns, max(radius * draw.number(0.1, 0.25), 2.5), 3.0)
    stacks = smooth_noise(draw, size, max(radius * 0.25, 2)) > draw.number(-0.5, 0.6)
    section.darken(inside * thin * (0.4 + stacks) * draw.number(0.02, 0.14))
    section.darken(inside * stacks * draw.number(0, 0.12))
    pick = draw.integers(0, count, count * 2)
    at = centres[pick] + 0.45 * radii[pick][:, None] * draw.normal(2 * count, 2)
    size_px = radii[pick] * draw.log_uniform(0.12, 0.5, 2 * count) * draw.number(0.4, 1.2)
    grains = random_outlines(draw, at, size_px, draw.number(1.2, 2.6), 0.1, turns[pick])
    starch, _ = raster(grains, size, "drop")
    starch = starch * (inside & (depth > 2))
    section.fill(starch > 0, draw.number(0.4, 0.95))
    section.darken(line(inner_distance(starch), 1, 1.0) * (starch > 0) * draw.number(0.1, 0.4))
    fat = random_outlines(draw, at.flip(0), 0.05 * radius + draw.uniform(0.5, 2, 2 * count))
    section.fill((raster(fat, size)[0] > 0) & inside, draw.number(0.0, 0.2))
    section.darken(inside * line(depth, 1, 1.0) * draw.number(0.0, 0.25))
    return layer, starch
