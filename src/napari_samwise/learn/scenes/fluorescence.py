"""Fluorescence: nuclei of all sizes and crowding, sections, whole cells in one or two colours."""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType

import torch
from torch import Tensor

from napari_samwise.learn.scenes.blobs import Outlines, random_outlines, raster, scatter
from napari_samwise.learn.scenes.canvas import Canvas, Painter, blank
from napari_samwise.learn.scenes.draw import Draw
from napari_samwise.learn.scenes.fields import blur, fractal_noise, grid, smooth_noise
from napari_samwise.learn.scenes.looks import (
    crowd,
    dome,
    fibres,
    grey,
    of_each,
    soft_step,
    specks,
    tinted,
)
from napari_samwise.learn.scenes.spreading import spread_cells

_TINTS = (
    (0.0, 1.0, 0.0),
    (1.0, 0.0, 0.0),
    (0.1, 0.3, 1.0),
    (1.0, 0.0, 1.0),
    (0.0, 1.0, 1.0),
    (1.0, 0.8, 0.0),
    (1.0, 1.0, 1.0),
)


def nuclei(draw: Draw, size: int) -> Canvas:
    """Paint nuclei of a culture: sparse to clustered, dim beside bright, some dividing."""
    radius = draw.log_number(4, 45)
    centres = crowd(draw, size, radius, draw.log_number(0.05, 1.1))
    outlines, dividing = _dividing(draw, centres, radius)
    layer, depth = raster(outlines, size, draw.pick(("drop", "under", "over"), (0.7, 0.2, 0.1)))
    canvas = blank(size, draw.device)
    canvas.add_layer(layer, "nucleus")
    level = (draw.number(0.1, 0.6) * draw.normal(len(outlines))).exp().clamp(0.35, 3)
    if draw.chance(0.3):  # a few so bright that all others are dim
        level = level * torch.where(draw.uniform(0, 1, len(outlines)) < 0.2, 3.0, 1.0)
    level = level * torch.where(dividing, draw.number(1.2, 3), 1.0)
    body = of_each(layer, level) * dome(depth, draw.number(0.15, 1.2))
    body = body * chromatin(draw, size, layer, depth, radius)
    light = body / level.max().clamp(min=1) + _surroundings(draw, size, radius, body)
    canvas.image = _stained(draw, light)
    return canvas


def section(draw: Draw, size: int) -> Canvas:
    """Paint nuclei of a tissue section: dense, aligned, over blurred ones of other depths."""
    radius = draw.log_number(4.5, 20)
    centres = scatter(
        draw, size, int(min(420, 0.35 * size**2 / radius**2)), radius, draw.number(1.1, 2.2)
    )
    count = len(centres)
    empty = draw.number(0.6, 2.5)
    lawn = smooth_noise(draw, size, draw.number(20, 100))
    at = centres.long().clamp(0, size - 1)
    centres = centres[lawn[at[:, 0], at[:, 1]] < empty]
    count = len(centres)
    heading = smooth_noise(draw, size, draw.number(30, 150)) * draw.number(0.2, 2)
    at = centres.long().clamp(0, size - 1)
    turns = heading[at[:, 0], at[:, 1]] + draw.number(0.05, 1) * draw.normal(count)
    radii = radius * (draw.number(0.05, 0.3) * draw.normal(count)).exp()
    stretch = draw.uniform(1, draw.number(1.2, 3), count)
    outlines = random_outlines(draw, centres, radii, stretch, draw.number(0.03, 0.2), turns)
    layer, depth = raster(outlines, size, draw.pick(("drop", "under")))
    canvas = blank(size, draw.device)
    canvas.add_layer(layer, "nucleus")
    level = (draw.number(0.15, 0.6) * draw.normal(count)).exp()
    body = of_each(layer, level) * dome(depth, draw.number(0.2, 1))
    body = body * chromatin(draw, size, layer, depth, radius)
    body = body * (1 + draw.number(0, 0.4) * smooth_noise(draw, size, size / 4)).clamp(min=0.1)
    glow = (lawn < empty) * draw.number(0, 0.25) * (1 + 0.4 * fractal_noise(draw, size, 2))
    light = body * 0.4 + glow.clamp(min=0) + _surroundings(draw, size, radius, body)
    canvas.image = _stained(draw, light)
    return canvas


def cells(draw: Draw, size: int) -> Canvas:
    """Paint whole cells, with or without their nuclei in a second colour; label either."""
    radius = draw.log_number(9, 80)
    layer, depth, centres = spread_cells(draw, size, radius)
    count = len(centres)
    share = draw.number(0.25, 0.5)
    offset = 0.15 * radius * draw.normal(count, 2)
    inner = random_outlines(
        draw, centres + offset, share * radius * (0.12 * draw.normal(count)).exp(), 1.3, 0.06
    )
    nucleus, nucleus_depth = raster(inner, size, "under")
    nucleus = torch.where(nucleus == layer, nucleus, 0)
    level = (draw.number(0.1, 0.7) * draw.normal(count)).exp()
    cytoplasm = of_each(layer, level) * _cytoplasm(draw, size, layer, depth, radius)
    cytoplasm = cytoplasm + draw.number(0, 0.2) * blur(cytoplasm, radius * 0.6)
    kernel = (nucleus > 0) * dome(nucleus_depth, 0.5)
    kernel = kernel * chromatin(draw, size, nucleus, nucleus_depth, share * radius)
    kernel = kernel * of_each(nucleus, (0.3 * draw.normal(count)).exp())
    labelled = draw.pick(("cell", "nucleus", "both"), (0.7, 0.2, 0.1))
    canvas = blank(size, draw.device)
    if labelled != "nucleus":
        canvas.add_layer(layer, "cell")
    if labelled != "cell":
        canvas.add_layer(nucleus, "nucleus")
    dark_nucleus = 1 - draw.number(0, 0.8) * (nucleus > 0).float()
    # A nucleus is labelled only where it shows.
    second = labelled != "cell" or draw.chance(0.5)
    canvas.image = _two_channels(draw, cytoplasm * dark_nucleus, kernel if second else None)
    canvas.image = canvas.image + draw.number(0, 0.08)
    return canvas


def chromatin(draw: Draw, size: int, layer: Tensor, depth: Tensor, radius: float) -> Tensor:
    """Return `(Y, X)` factors about 1: how unevenly a nucleus is stained.

    Parameters
    ----------
    draw : Draw
        Source of every choice.
    size : int
        Side of the picture.
    layer, depth : Tensor
        `(Y, X)`, see ``blobs.raster``.
    radius : float
        Of the nuclei, in pixels.
    """
    uneven = 1 + draw.number(0, 0.35) * fractal_noise(draw, size, draw.number(1.5, 3))
    if draw.chance(0.4):  # chromocentres
        foci = soft_step(smooth_noise(draw, size, max(radius * 0.16, 1.2)), draw.number(1, 1.8))
        uneven = uneven + draw.number(0.3, 2) * foci
    if draw.chance(0.4):  # nucleoli
        holes = soft_step(smooth_noise(draw, size, max(radius * 0.28, 1.5)), draw.number(0.8, 1.6))
        uneven = uneven * (1 - draw.number(0.2, 0.8) * holes)
    if draw.chance(0.3):  # lamina
        rim_px = draw.number(0.8, 1.5 + 0.06 * radius)
        uneven = uneven + draw.number(0.2, 1.5) * torch.exp(-((depth * radius / rim_px) ** 2))
    return uneven.clamp(min=0.02) * (layer > 0)


def _dividing(draw: Draw, centres: Tensor, radius: float) -> tuple[Outlines, Tensor]:
    """Return nuclei, and `(N,)` bool, which are mitotic figures: plates, single or in pairs."""
    count = len(centres)
    share = draw.number(0.02, 0.2) if draw.chance(0.4) else 0.0
    plate = draw.uniform(0, 1, count) < share
    turns = draw.uniform(0, math.pi, count)
    paired = plate & (draw.uniform(0, 1, count) < 0.5)
    apart = torch.stack([turns.cos(), -turns.sin()], 1) * radius * draw.number(0.35, 0.8)
    moved = torch.where(paired[:, None], centres + apart, centres)
    centres = torch.cat([moved, (centres - apart)[paired]])
    plate, turns = torch.cat([plate, plate[paired]]), torch.cat([turns, turns[paired]])
    count = len(centres)
    radii = radius * (draw.number(0.03, 0.35) * draw.normal(count)).exp().clamp(0.3, 2.5)
    stretch = draw.uniform(1, draw.number(1.1, 2.2), count)
    stretch = torch.where(plate, draw.uniform(1.8, 4.5, count), stretch)
    ragged = torch.where(plate, 0.35, draw.number(0.02, 0.14))
    radii = torch.where(plate, radii * 0.6, radii)
    return random_outlines(draw, centres, radii, stretch, ragged, turns), plate


def _surroundings(draw: Draw, size: int, radius: float, body: Tensor) -> Tensor:
    """Return `(Y, X)` unlabelled light: haze, things out of focus, debris, the medium."""
    light = draw.number(0, 0.1) * (1 + draw.number(0, 0.5) * smooth_noise(draw, size, size / 3))
    light = light + draw.number(0, 0.25) * blur(body, radius * draw.number(1, 3))
    if draw.chance(0.4):
        ghosts = crowd(draw, size, radius, draw.number(0.1, 0.9))
        radii = radius * (0.2 * draw.normal(len(ghosts))).exp()
        layer, depth = raster(random_outlines(draw, ghosts, radii, 1.3, 0.1), size)
        lit = of_each(layer, draw.uniform(0.2, 1, len(ghosts))) * (depth > 0)
        light = light + draw.number(0.05, 0.45) * blur(lit, radius * draw.number(0.25, 0.7))
    if draw.chance(0.35):
        spots = specks(draw, size, draw.whole(3, 60), draw.number(0.6, max(1, radius * 0.12)))
        light = light + draw.number(0.1, 0.8) * spots
    return light


def _cytoplasm(draw: Draw, size: int, layer: Tensor, depth: Tensor, radius: float) -> Tensor:
    """Return `(Y, X)` brightness of a cell's body: fading outwards, grainy, fibrous or rimmed."""
    body = draw.number(0.1, 0.5) + dome(depth, draw.number(0.4, 2.5))
    body = body * (1 + draw.number(0, 0.35) * fractal_noise(draw, size, draw.number(1.2, 2.5)))
    look = draw.pick(("plain", "fibres", "cables", "rim", "puncta"), (0.45, 0.2, 0.05, 0.15, 0.15))
    strength = draw.number(0.3, 1.5)
    if look == "fibres":
        body = body * (1 + 0.6 * strength * fibres(draw, size, draw.number(1.2, 3)))
    elif look == "cables":
        turn = draw.uniform(0, math.pi, int(layer.max()) + 1)
        rows, columns = grid(size, draw.device)
        across = rows * of_each(layer, turn.cos()) + columns * of_each(layer, turn.sin())
        wave = across * draw.number(0.5, 1.6) + 4 * smooth_noise(draw, size, 14)
        body = body * (1 + 0.35 * strength * wave.sin())
    elif look == "rim":
        body = body + 2 * strength * torch.exp(-((depth * radius / draw.number(1, 3)) ** 2))
    elif look == "puncta":
        body = body * 0.5 + 1.5 * strength * specks(draw, size, draw.whole(100, 500), 1.2)
    return body.clamp(min=0) * (layer > 0)


def _two_channels(draw: Draw, cytoplasm: Tensor, nucleus: Tensor | None) -> Tensor:
    """Return `(3, Y, X)`, both stains in their colours or added up in grey."""
    cytoplasm = cytoplasm * draw.number(0.3, 0.6)
    if nucleus is None:
        return _stained(draw, cytoplasm)
    if draw.chance(0.4):
        return grey(cytoplasm + draw.number(0.3, 1.2) * nucleus)
    first, second = (draw.whole(0, len(_TINTS)) for _ in range(2))
    second = (first + 1) % len(_TINTS) if first == second else second
    return _in_tint(draw, cytoplasm, first) + _in_tint(draw, 0.8 * nucleus, second)


def _in_tint(draw: Draw, light: Tensor, index: int) -> Tensor:
    return tinted(light, torch.tensor(_TINTS[index], device=draw.device))


def _stained(draw: Draw, light: Tensor) -> Tensor:
    """Return `(3, Y, X)` of one stain: grey as a camera gives it, or in a display colour."""
    light = light.clamp(min=0)
    if draw.chance(0.8):
        return grey(light)
    return _in_tint(draw, light, draw.whole(0, len(_TINTS)))


#: Kind of scene -> painter.
KINDS: Mapping[str, Painter] = MappingProxyType(
    {"nuclei": nuclei, "nuclei_section": section, "fluorescent_cells": cells}
)
