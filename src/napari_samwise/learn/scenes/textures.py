"""Colours and surfaces: palettes, textures cut from a bank, shading and shadows."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from napari_samwise.learn.scenes.draw import Draw
from napari_samwise.learn.scenes.fields import (
    blur,
    centroids,
    fractal_noise,
    grid,
    smooth_noise,
    warp,
)


def palette(draw: Draw, count: int, saturation: float = 0.6) -> Tensor:
    """Return `(count, 3)` colours from 0 to 1, of any lightness and of the hues of one scene."""
    lightness = draw.uniform(0.06, 0.94, count, 1)
    hue = draw.number(0, 2 * math.pi) + draw.number(0.3, 2) * draw.normal(count, 1)
    third = torch.tensor([0.0, 2.0, 4.0], device=draw.device) * (math.pi / 3)
    chroma = saturation * draw.uniform(0, 1, count, 1) * 1.8 * lightness * (1 - lightness)
    return (lightness + chroma * (hue - third).cos()).clamp(0, 1)


def texture(draw: Draw, size: int) -> Tensor:
    """Return `(size, size)` of zero mean and about unit spread: cloudy, striped, spotted, furry."""
    kind = draw.pick(("fractal", "fractal", "fractal", "stripes", "spots", "fur"))
    if kind == "fractal":
        return fractal_noise(draw, size, draw.number(1.0, 3.0))
    if kind == "spots":
        spots = smooth_noise(draw, size, draw.log_number(2, 12))
        return ((spots - draw.number(0, 1)) * 3).tanh()
    if kind == "fur":
        rough = draw.normal(1, size, size)
        fur = blur(rough, draw.pick(((0.5, 4.0), (4.0, 0.5), (1.0, 8.0))))[0]
        return fur / (fur.std() + 1e-6)
    at = grid(size, draw.device)
    turn, period = draw.number(0, math.pi), draw.log_number(3, 24)
    bent = draw.number(0, 0.5) * period * smooth_noise(draw, size, 3 * period)
    wave = (at[0] * math.sin(turn) + at[1] * math.cos(turn) + bent) * (2 * math.pi / period)
    return wave.sin() * 1.4


def surfaces(draw: Draw, layer: Tensor, count: int, kinds: int = 4) -> Tensor:
    """Give every object of a layer a surface of its own.

    Parameters
    ----------
    draw : Draw
        Source of every choice.
    layer : Tensor
        `(Y, X)` int, 0 to ``count``; 0 gets a surface as well.
    count : int
        Number of objects.
    kinds : int
        Number of textures in the picture; each object shows another cut of one of them.

    Returns
    -------
    Tensor
        `(Y, X)` float32 of zero mean and about unit spread.
    """
    size = layer.shape[0]
    bank = torch.stack([texture(draw, size) for _ in range(kinds)]).flatten()
    which = draw.integers(0, kinds, count + 1)
    shift = draw.integers(0, size, count + 1, 2)
    shift[0] = 0
    at = grid(size, draw.device).long()
    own = layer.long()
    rows, columns = (_mirrored(at[axis] + shift[:, axis][own], size) for axis in (0, 1))
    return bank[(which[own] * size + rows) * size + columns]


def _mirrored(at: Tensor, size: int) -> Tensor:
    """Fold int64 positions, not negative, into 0 to size - 1, to and fro: without a seam."""
    folded = at % (2 * size)
    return torch.minimum(folded, 2 * size - 1 - folded)


def coloured(draw: Draw, layer: Tensor, count: int, contrast: float, saturation: float) -> Tensor:
    """Return `(3, Y, X)`, every object and the ground with a colour and a surface.

    Parameters
    ----------
    draw : Draw
        Source of every choice.
    layer : Tensor
        `(Y, X)` int, 0 to ``count``.
    count : int
        Number of objects.
    contrast : float
        Largest amplitude of the textures.
    saturation : float
        See ``palette``; 0 is grey.
    """
    own = layer.long()
    colours = palette(draw, count + 1, saturation).T[:, own]
    second = palette(draw, count + 1, saturation).T[:, own] - colours
    amplitude = draw.uniform(0, contrast, count + 1)[own]
    rough = surfaces(draw, layer, count)
    # Light and dark, and in part towards a second colour.
    mixing = (draw.uniform(0, 0.4, count + 1)[own] * rough.tanh()).clamp(min=0)
    return (colours + second * mixing + amplitude * rough * (0.3 + colours)).clamp(0, 1)


def scenery(draw: Draw, size: int) -> Tensor:
    """Return `(3, Y, X)`, a ground of a few regions that are no objects, at times out of focus."""
    count = draw.pick((0, 1, 2, 3))
    rows = grid(size, draw.device)[0] / size
    level = draw.pick((0.0, 4.0, 6.0)) * (rows - 0.5) + smooth_noise(
        draw, size, size / draw.number(1, 4)
    )
    cuts = torch.linspace(-1, 1.5, count + 1, device=draw.device)[1:]
    regions = (level[..., None] > cuts).sum(2) if count else torch.zeros_like(level).long()
    ground = coloured(draw, regions, count, draw.number(0.02, 0.25), draw.pick((0.0, 0.4, 0.7)))
    light = 1 + draw.number(0, 0.3) * smooth_noise(draw, size, size / 1.5)
    ground = (ground * light.clamp(0.3, 1.8)).clamp(0, 1)
    return blur(ground, draw.number(1, 5)) if draw.chance(0.35) else ground


def shaded(draw: Draw, image: Tensor, layer: Tensor, count: int, strength: float) -> Tensor:
    """Light the objects of `(3, Y, X)` from one side, as if they were round.

    Parameters
    ----------
    draw : Draw
        Source of every choice.
    image : Tensor
        `(3, Y, X)` float32.
    layer : Tensor
        `(Y, X)` int, 0 to ``count``; 0 is left alone.
    count : int
        Number of objects.
    strength : float
        0 to 1.
    """
    own = layer.long()
    middle = torch.cat([image.new_zeros(1, 2), centroids(layer, count)])
    area = torch.bincount(own.flatten(), minlength=count + 1).clamp(min=1)
    offset = grid(layer.shape[0], image.device) - middle.T[:, own]
    offset = offset / (area.sqrt() * 0.56)[own]
    turn = draw.number(0, 2 * math.pi)
    facing = offset[0] * math.sin(turn) + offset[1] * math.cos(turn)
    light = 1 + strength * (0.5 * facing - 0.3 * offset.square().sum(0)).clamp(-0.9, 0.6)
    return image * torch.where(own > 0, light, 1.0)


def shadowed(draw: Draw, image: Tensor, layer: Tensor, reach_px: float) -> Tensor:
    """Let objects cast shadows on what lies below them: the ground, and objects of lower label.

    Parameters
    ----------
    draw : Draw
        Source of every choice.
    image : Tensor
        `(3, Y, X)` float32.
    layer : Tensor
        `(Y, X)` int, in the order in which the objects were painted.
    reach_px : float
        How far shadows fall.
    """
    turn = draw.number(0, 2 * math.pi)
    still = torch.zeros(layer.shape, device=image.device)
    dark = torch.zeros_like(still)
    for part in (0.35, 0.7, 1.0):
        dy, dx = still + part * reach_px * math.sin(turn), still + part * reach_px * math.cos(turn)
        dark = torch.maximum(dark, (warp(layer, dy, dx) > layer).float())
    return image * (1 - draw.number(0.2, 0.7) * blur(dark, 0.3 * reach_px + 0.3))
