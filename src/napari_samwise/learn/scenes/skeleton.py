"""X-ray pictures of bones: hands, joints and teeth."""

from __future__ import annotations

import math
from typing import TypeAlias

import torch
from torch import Tensor

from napari_samwise.learn.scenes.atlas import look
from napari_samwise.learn.scenes.canvas import Canvas, blank
from napari_samwise.learn.scenes.draw import Draw
from napari_samwise.learn.scenes.fields import grid, smooth_noise
from napari_samwise.learn.scenes.film import film, tube
from napari_samwise.learn.scenes.raster import inside, paint, windows

#: Starts and ends (y, x) and half widths of long bones; the picture is about 2 wide.
_Bones: TypeAlias = tuple[list[tuple[float, float]], list[tuple[float, float]], list[float]]


def bones(draw: Draw, size: int) -> Canvas:
    """Paint a hand or a joint: hollow bones with thick ends in soft tissue; seldom a screw."""
    lists = _hand(draw) if draw.chance(0.55) else _joint(draw)
    starts, ends, widths = (torch.tensor(rows, device=draw.device) for rows in lists)
    scale = size / draw.number(1.2, 2.4)
    turn = draw.number(0, 2 * math.pi) if draw.chance(0.3) else draw.gauss(0.15)
    cosine, sine = math.cos(turn), math.sin(turn)
    rotation = torch.tensor([[cosine, -sine], [sine, cosine]], device=draw.device) * scale
    middle = size * (0.5 + 0.08 * draw.normal(2))
    starts, ends, widths = starts @ rotation + middle, ends @ rotation + middle, widths * scale
    flesh = draw.number(0.05, 0.12) * scale
    reach = (1.8 * widths + flesh)[:, None]
    pixels = windows(torch.minimum(starts, ends) - reach, torch.maximum(starts, ends) + reach, size)
    axis = ends - starts
    length = axis.norm(dim=1).clamp(min=1)
    down, right = (pixels.own(column) for column in (axis / length[:, None]).T)
    dy, dx = pixels.offsets(starts)
    bend = smooth_noise(draw, size, 0.25 * scale).flatten().index_select(0, pixels.index)
    along, across = dy * down + dx * right, dx * down - dy * right + 0.012 * scale * bend
    own_length, own_width = pixels.own(length), pixels.own(widths)
    share = (along / own_length).clamp(0, 1)
    over = (along - share * own_length).abs()
    uneven = 1 + draw.number(0, 0.08) * bend
    width = own_width * (1 + draw.number(0.25, 0.7) * (2 * share - 1).abs().pow(3)) * uneven
    away = torch.hypot(across, 1.6 * over)
    hollow = tube(away, width, draw.number(0.2, 0.5)) * own_width / scale * 8
    shadow = torch.zeros(size**2, device=draw.device).index_add_(0, pixels.index, hollow)
    outer = torch.full((size**2,), flesh, device=draw.device)
    outer.scatter_reduce_(0, pixels.index, away - width, "amin")
    soft = (1 - outer / flesh).clamp(0, 1).sqrt().view(size, size)
    spongy = 1 + 0.25 * smooth_noise(draw, size, max(0.012 * scale, 1.2))
    shadow = shadow.view(size, size) * spongy * draw.number(0.5, 1.2)
    shadow = shadow + draw.number(0.2, 0.9) * soft + _screw(draw, size)
    seen = inside(away < width)
    depth = (1 - away / width).index_select(0, seen)
    canvas = blank(size, draw.device)
    canvas.add_layer(paint(pixels.take(seen), depth, len(starts))[0], "bone")
    canvas.image += film(draw, shadow)
    return canvas


def _screw(draw: Draw, size: int) -> Tensor | float:
    """Return the shadow of metal, seldom, across the middle of the picture."""
    if draw.chance(0.88):
        return 0.0
    y, x = grid(size, draw.device) / size - 0.5
    turn, thick = draw.number(0, math.pi), draw.number(0.008, 0.03)
    along = y * math.cos(turn) + x * math.sin(turn)
    across = x * math.cos(turn) - y * math.sin(turn)
    thread = thick * (1 + 0.2 * torch.sin(along * 200))
    shadow: Tensor = 2.0 * (across.abs() < thread) * (along.abs() < draw.number(0.1, 0.4))
    return shadow


def _hand(draw: Draw) -> _Bones:
    """Return the bones of a hand as starts and ends (N, 2) and half widths (N,)."""
    starts: list[tuple[float, float]] = []
    ends: list[tuple[float, float]] = []
    widths: list[float] = []
    for finger in range(5):
        angle = math.radians(-42 + 19 * finger + draw.gauss(3)) * draw.number(0.7, 1.0)
        length = (0.75, 1.0, 1.08, 1.0, 0.8)[finger] * 0.42
        y, x, wide = 0.45, 0.09 * (finger - 2), draw.number(0.024, 0.036)
        for _ in range(4 if finger else 3):
            reach = length * draw.number(0.92, 1.05)
            far = y - reach * math.cos(angle), x + reach * math.sin(angle)
            starts.append((y, x))
            ends.append(far)
            widths.append(wide)
            y, x = far[0] - 0.09 * math.cos(angle), far[1] + 0.09 * math.sin(angle)
            length, wide, angle = length * 0.62, wide * 0.84, angle + draw.gauss(0.06)
    for index in range(7):  # the wrist
        row, column = divmod(index, 4)
        place = 0.55 + 0.1 * row, 0.11 * (column - 1.4) + 0.05 * row + draw.gauss(0.01)
        starts.append(place)
        ends.append((place[0] + draw.gauss(0.03), place[1] + draw.number(0.01, 0.04)))
        widths.append(draw.number(0.035, 0.055))
    for x, wide in ((-0.13, 0.09), (0.14, 0.06)):  # the forearm
        starts.append((0.8, x))
        ends.append((2.0, 0.8 * x))
        widths.append(wide)
    return starts, ends, widths


def _joint(draw: Draw) -> _Bones:
    """Return the long bones that meet at a knee, elbow or ankle, as `_hand` does."""
    bent, gap = draw.number(-0.5, 0.5), draw.number(0.03, 0.1)
    wide = draw.number(0.12, 0.26)
    starts = [(-gap - 0.6 * wide, 0.0), (gap + 0.6 * wide, 0.0)]
    ends = [(-1.8, -1.5 * bent), (1.8, draw.gauss(0.2))]
    widths = [wide, wide * draw.number(0.8, 1.0)]
    if draw.chance(0.7):
        starts.append((gap + 0.2, wide * draw.number(1.0, 1.4)))
        ends.append((1.8, wide * draw.number(1.2, 1.7)))
        widths.append(wide * draw.number(0.3, 0.5))
    if draw.chance(0.5):
        starts.append((-0.2, draw.gauss(0.08)))
        ends.append((-0.15, draw.gauss(0.08)))
        widths.append(wide * draw.number(0.5, 0.8))
    return starts, ends, widths


def teeth(draw: Draw, size: int) -> Canvas:
    """Paint two rows of teeth in the jaws, as in dental X-ray pictures."""
    view = look(draw, size, (0.0, draw.number(-0.3, 0.3)), draw.log_number(0.7, 2.2), 0.5)
    count = 13
    height = view.y - draw.number(-0.15, 0.25) * view.x.square()
    sign = torch.where(height < 0, -1.0, 1.0)
    dy = height * sign - draw.number(0.0, 0.03)
    x = view.x / (1 + draw.number(-0.1, 0.25) * dy)  # the rows fan out
    apart = draw.number(0.135, 0.155)
    centres = (torch.arange(count, device=draw.device) - (count - 1) / 2) * apart
    place = torch.bucketize(x, (centres[1:] + centres[:-1]) / 2)
    tooth = place + count * (sign > 0)
    lean = 0.05 * draw.normal(2 * count)
    dx = (x - centres[place] - lean[tooth] * dy).abs()
    share = dy / draw.uniform(0.36, 0.48, 2 * count)[tooth]  # 0 at the bite, 1 at the root's tip
    half = draw.uniform(0.055, 0.074, 2 * count)[tooth]
    taper = half * (1 - share.clamp(0, 1).pow(draw.number(1.5, 2.5))).clamp(min=0).sqrt()
    rounded = taper * (share / 0.08).clamp(0, 1).sqrt()
    notch = (0.4 * half - dx).clamp(min=0) * ((share - 0.6) / 0.25).clamp(0, 1) * 2.5
    margin = rounded - dx - notch * (half > 0.063)
    there = (draw.uniform(0, 1, 2 * count) > 0.08)[tooth]
    within = (margin > 0) & (share > 0) & (share < 1) & there
    filled = (draw.uniform(0, 1, 2 * count) < draw.number(0, 0.3))[tooth]
    filling = within & filled & (share < 0.18) & (dx < 0.6 * half)
    pulp = (dx < 0.2 * rounded) & (share > 0.22)
    solid = 0.45 + 0.3 * (share < draw.number(0.3, 0.42)) - 0.22 * pulp + 0.9 * filling
    solid = solid * (margin / draw.number(0.01, 0.04)).clamp(0, 1).sqrt() * within
    jaw = ((dy - 0.13) / 0.08).clamp(0, 1) * draw.number(0.2, 0.5)
    texture = smooth_noise(draw, size, max(0.025 / view.pitch, 1.5))
    shadow = jaw * (1 + draw.number(0.05, 0.3) * texture) + solid
    shadow = shadow + 0.15 * smooth_noise(draw, size, 0.5 / view.pitch)
    canvas = blank(size, draw.device)
    canvas.add_layer((tooth + 1) * within, "tooth")
    if draw.chance(0.3):
        canvas.add_layer(filling.int(), "filling")
    canvas.image += film(draw, shadow)
    return canvas
