"""Looks that many painters share: per-object values, relief, specks, fibres, tints."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from napari_samwise.learn.scenes.blobs import clusters, random_outlines, raster, scatter
from napari_samwise.learn.scenes.draw import Draw
from napari_samwise.learn.scenes.fields import blur, smooth_noises, warp

_MOST_IN_A_CROWD = 320


def of_each(layer: Tensor, values: Tensor) -> Tensor:
    """Spread one value an object over its pixels.

    Parameters
    ----------
    layer : Tensor
        `(Y, X)` int, objects 1 to n.
    values : Tensor
        `(..., n)` float32.

    Returns
    -------
    Tensor
        `(..., Y, X)` float32, 0 on background.
    """
    return F.pad(values, (1, 0))[..., layer.long()]


def dome(depth: Tensor, flatness: float = 1.0) -> Tensor:
    """Return how thick an object is at `(Y, X)` relative depth: half a ball, or flatter.

    Parameters
    ----------
    depth : Tensor
        `(Y, X)` float32 from 0 on the outline to 1 at the centre.
    flatness : float
        1 is half a ball, towards 0 a plate.
    """
    return (1 - (1 - depth).square()).clamp(0, 1) ** (0.5 * flatness)


def grey(field: Tensor) -> Tensor:
    """Return `(Y, X)` as a picture of three equal channels, `(3, Y, X)`."""
    return field.expand(3, -1, -1)


def tinted(field: Tensor, colour: Tensor) -> Tensor:
    """Return `(Y, X)` light in one `(3,)` colour, `(3, Y, X)`."""
    return field * colour[:, None, None]


def crowd(draw: Draw, size: int, radius: float, cover: float) -> Tensor:
    """Return the centres of things of about one size: evenly spread, at random or in clusters.

    Parameters
    ----------
    draw : Draw
        Source of every choice.
    size : int
        Side of the picture.
    radius : float
        Of one thing, in pixels.
    cover : float
        Their area over that of the picture, were none to overlap.

    Returns
    -------
    Tensor
        `(N, 2)` float32, (row, column); at least one.
    """
    fits = cover * size**2 / (math.pi * radius**2)
    count = int(min(max(fits, 3), _MOST_IN_A_CROWD))
    layout = draw.pick(("even", "random", "clusters"), (0.4, 0.25, 0.35))
    if layout == "clusters":
        groups = draw.whole(1, 2 + count // 5)
        packed = radius * (count / groups) ** 0.5
        return clusters(draw, size, count, groups, packed * draw.number(0.6, 1.6))
    gap = draw.number(1.3, 2.2) if layout == "even" else 0.0
    return scatter(draw, size, count, radius, gap)


def specks(draw: Draw, size: int, count: int, radius: float) -> Tensor:
    """Return `(Y, X)` float32 of small irregular spots, 0 between them, up to 1 within.

    Parameters
    ----------
    draw : Draw
        Source of every choice.
    size : int
        Side of the picture.
    count : int
        Number of spots.
    radius : float
        Median, in pixels; they differ by half.
    """
    centres = draw.uniform(0, size, count, 2)
    radii = radius * (0.5 * draw.normal(count)).exp().clamp(0.3, 3)
    spots = random_outlines(draw, centres, radii, draw.uniform(1, 2.2, count), 0.25)
    layer, depth = raster(spots, size)
    return of_each(layer, draw.uniform(0.3, 1, count)) * (3 * depth).clamp(0, 1)


def fibres(draw: Draw, size: int, width_px: float) -> Tensor:
    """Return `(Y, X)` noise of unit spread drawn out into wavy strands of this width."""
    strands = blur(draw.normal(size, size), (width_px / 2, width_px * draw.number(4, 12)))
    sway_px = size * draw.number(0.02, 0.2)
    dy, dx = sway_px * smooth_noises(draw, size, size * draw.number(0.15, 0.6), 2)
    wavy = warp(strands, dy, dx)
    wavy = wavy.T if draw.chance(0.5) else wavy
    return (wavy - wavy.mean()) / (wavy.std() + 1e-6)


def soft_step(field: Tensor, threshold: float, width: float = 0.2) -> Tensor:
    """Return 0 where ``field`` is well below the threshold, 1 well above it."""
    return torch.sigmoid((field - threshold) * (4 / width))
