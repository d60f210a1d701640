"""Plain shapes of no subject: long bands that wind, and figures with corners, holes and arms.

Real objects are mostly round, and a network that saw nothing else stops some way from the click.
Here only the surface says how far an object goes.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType

import torch
from torch import Tensor

from napari_samwise.learn.scenes.canvas import Canvas, Painter, blank
from napari_samwise.learn.scenes.curves import random_curves, raster_curves
from napari_samwise.learn.scenes.draw import Draw
from napari_samwise.learn.scenes.fields import grid, smooth_noise
from napari_samwise.learn.scenes.textures import coloured, scenery, surfaces

_LEAST_CONTRAST = 0.12
_POINTS = 96

_Figure = Callable[[Draw, Tensor, Tensor], Tensor]


def ribbons(draw: Draw, size: int) -> Canvas:
    """Paint a few bands many times as long as wide: straight, waved, curled, hooked."""
    canvas = blank(size, draw.device)
    count = draw.pick((1, 1, 2, 3, 5))
    widths = size * draw.log_uniform(0.012, 0.11, count)
    lines = torch.stack([_line(draw, size) for _ in range(count)])
    if draw.chance(0.4):
        along = torch.linspace(0, 1, _POINTS, device=draw.device)
        taper = (
            draw.uniform(0, 0.8, count, 1) * along
            + draw.uniform(0, 0.3, count, 1) * (math.pi * draw.number(1, 5) * along).sin().square()
        )
        girths = widths[:, None] * (1 - taper).clamp(min=0.15)
    else:
        girths = widths
    layer, _ = raster_curves(lines, girths.clamp(min=2.0), size, draw.pick(("over", "drop")))
    return _painted(draw, canvas, layer, count, "band")


def _line(draw: Draw, size: int) -> Tensor:
    """Return `(P, 2)` points of one line through the picture, (row, column)."""
    part = torch.linspace(-1, 1, _POINTS, device=draw.device)
    kind = draw.pick(("walk", "wave", "wave", "spiral", "hook"))
    half = 0.5 * size * draw.number(0.35, 0.95)
    if kind == "walk":
        return _walk(draw, size)
    if kind == "wave":
        height, turns = draw.number(0, 0.45) * half, draw.number(0.5, 6)
        u, v = part * half, height * (turns * math.pi * part + draw.number(0, 6)).sin()
    elif kind == "spiral":
        angle = (part + 1) * draw.number(0.5, 2.2) * math.pi
        radius = half * (1 - draw.number(0.2, 0.8) * (part + 1) / 2)
        u, v = radius * angle.cos(), radius * angle.sin()
    else:
        bend = draw.number(0.15, 0.4) * half
        angle = part.clamp(-0.3, 0.3) / 0.3 * (math.pi / 2)
        beyond = (part.abs() - 0.3).clamp(min=0) * half * 1.6
        u, v = beyond - bend * angle.cos(), bend * angle.sin()
    turn = draw.number(0, 2 * math.pi)
    middle = draw.uniform(0.3, 0.7, 2) * size
    rows = u * math.sin(turn) + v * math.cos(turn) + middle[0]
    return torch.stack([rows, u * math.cos(turn) - v * math.sin(turn) + middle[1]], 1)


def _walk(draw: Draw, size: int) -> Tensor:
    start = draw.uniform(0.05, 0.95, 1, 2) * size
    heading = torch.atan2(*(draw.uniform(0.3, 0.7, 1, 2) * size - start).unbind(1))
    length = draw.uniform(0.5, 1.6, 1) * size
    return random_curves(draw, start, heading, length, draw.number(0, 2.5), _POINTS)[0]


def figures(draw: Draw, size: int) -> Canvas:
    """Paint a few figures of one or several sorts: boxes, rings, arcs, crosses, stars, frames."""
    canvas = blank(size, draw.device)
    count = draw.pick((1, 2, 4, 8, 16))
    sorts = [draw.pick(_FIGURES) for _ in range(draw.pick((1, 2, 4)))]
    rows, columns = grid(size, draw.device)
    layer = torch.zeros((size, size), dtype=torch.int32, device=draw.device)
    largest = 0.45 / count**0.4
    for index in range(count):
        reach = size * draw.log_number(0.25 * largest, largest)
        turn = draw.number(0, 2 * math.pi) if draw.chance(0.6) else 0.0
        dy, dx = ((at - draw.number(0, 1) * size) / reach for at in (rows, columns))
        u = dx * math.cos(turn) + dy * math.sin(turn)
        v = dy * math.cos(turn) - dx * math.sin(turn)
        inside = draw.pick(sorts)(draw, u, v)
        layer = torch.where(inside & ((layer == 0) | draw.chance(0.5)), index + 1, layer)
    return _painted(draw, canvas, layer.to(torch.int32), count, "figure")


def _box(draw: Draw, u: Tensor, v: Tensor) -> Tensor:
    return (u.abs() < 1) & (v.abs() < draw.log_number(0.1, 1))


def _ellipse(draw: Draw, u: Tensor, v: Tensor) -> Tensor:
    return u.square() + (v / draw.log_number(0.15, 1)).square() < 1


def _ring(draw: Draw, u: Tensor, v: Tensor) -> Tensor:
    radius = torch.hypot(u, v / draw.number(0.5, 1))
    return (radius < 1) & (radius > draw.number(0.4, 0.85))


def _arc(draw: Draw, u: Tensor, v: Tensor) -> Tensor:
    radius = torch.hypot(u, v)
    open_by = draw.number(0.3, 4.0)
    return (
        (radius < 1) & (radius > draw.number(0.5, 0.85)) & (torch.atan2(v, u) + math.pi > open_by)
    )


def _cross(draw: Draw, u: Tensor, v: Tensor) -> Tensor:
    width, other = draw.number(0.1, 0.35), draw.number(0.4, 1)
    upright = (u.abs() < width) & (v.abs() < other)
    return ((u.abs() < 1) & (v.abs() < width)) | upright


def _corner(draw: Draw, u: Tensor, v: Tensor) -> Tensor:
    width = draw.number(0.2, 0.5)
    within = (u.abs() < 1) & (v.abs() < 1)
    return within & ((u < -1 + 2 * width) | (v < -1 + 2 * width))


def _frame(draw: Draw, u: Tensor, v: Tensor) -> Tensor:
    width = draw.number(0.5, 0.9)
    return (torch.maximum(u.abs(), v.abs()) < 1) & (torch.maximum(u.abs(), v.abs()) > width)


def _star(draw: Draw, u: Tensor, v: Tensor) -> Tensor:
    arms, depth = draw.whole(3, 9), draw.number(0.1, 0.45)
    return torch.hypot(u, v) < 1 - depth + depth * (arms * torch.atan2(v, u)).cos()


def _polygon(draw: Draw, u: Tensor, v: Tensor) -> Tensor:
    sides = draw.whole(3, 8)
    angle = torch.arange(sides, device=u.device) * (2 * math.pi / sides)
    away = u[..., None] * angle.cos() + v[..., None] * angle.sin()
    return away.amax(-1) < math.cos(math.pi / sides)


def _comb(draw: Draw, u: Tensor, v: Tensor) -> Tensor:
    teeth, back = draw.whole(2, 6), draw.number(-0.8, -0.3)
    within = (u.abs() < 1) & (v.abs() < 1)
    return within & ((v < back) | ((u * teeth * math.pi).cos() > draw.number(-0.3, 0.5)))


_FIGURES: tuple[_Figure, ...] = (
    _box,
    _ellipse,
    _ring,
    _arc,
    _cross,
    _corner,
    _frame,
    _star,
    _polygon,
    _comb,
)


def _painted(draw: Draw, canvas: Canvas, layer: Tensor, count: int, word: str) -> Canvas:
    """Give the shapes and their ground surfaces: flat and grey, graded, or of any texture."""
    size = layer.shape[0]
    own = layer.long()
    if draw.chance(0.65):
        ground = draw.number(0.02, 0.95)
        shift = draw.log_uniform(_LEAST_CONTRAST, 0.9, count)
        up = torch.full_like(shift, ground < 0.5, dtype=torch.bool)
        if draw.chance(0.3):
            up = draw.uniform(-1, 1, count) > 0
        tone = torch.where(up, ground + shift, ground - shift).clamp(0, 1)
        tone = torch.where((tone - ground).abs() < _LEAST_CONTRAST, 1.0 - round(ground), tone)
        grey = torch.cat([tone.new_full((1,), ground), tone])[own]
        rough = draw.pick((0.0, 0.02, 0.05, 0.12)) * draw.uniform(0, 1, count + 1)[own]
        grey = grey + rough * surfaces(draw, layer, count)
        grey = grey + draw.pick((0.0, 0.0, 0.08)) * smooth_noise(draw, size, size / 2)
        image = grey.clamp(0, 1).expand(3, -1, -1)
    else:
        image = coloured(draw, layer, count, draw.number(0, 0.15), draw.pick((0.0, 0.5, 0.8)))
        if draw.chance(0.4):
            image = torch.where(layer > 0, image, scenery(draw, size))
    canvas.image = image
    canvas.add_layer(layer, word)
    return canvas


KINDS: Mapping[str, Painter] = MappingProxyType({"ribbons": ribbons, "figures": figures})
