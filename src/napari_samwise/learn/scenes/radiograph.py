"""X-ray pictures: a chest from the front; bones and teeth are in ``skeleton``."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import torch
from torch import Tensor

from napari_samwise.learn.scenes import skeleton
from napari_samwise.learn.scenes.atlas import View, look
from napari_samwise.learn.scenes.canvas import Canvas, Painter, blank
from napari_samwise.learn.scenes.draw import Draw
from napari_samwise.learn.scenes.fields import smooth_noise
from napari_samwise.learn.scenes.film import film, tube


def _ellipses(view: View, rows: Tensor) -> Tensor:
    """Return (N, Y, X) squared relative radii of ellipses (y, x, half height, half width, turn)."""
    y, x, height, width, turn = (column[:, None, None] for column in rows.T)
    cosine, sine = torch.cos(torch.deg2rad(turn)), torch.sin(torch.deg2rad(turn))
    dy, dx = view.y - y, view.x - x
    along, across = (dy * cosine + dx * sine) / height, (dx * cosine - dy * sine) / width
    squared: Tensor = along.square() + across.square()
    return squared


def _jittered(draw: Draw, rows: list[tuple[float, ...]], spread: float = 0.05) -> Tensor:
    """Return a table (N, 5) of ellipses, each a little off."""
    table = torch.tensor(rows, device=draw.device)
    table[:, :2] += 0.4 * spread * draw.normal(len(rows), 2)
    table[:, 2:4] *= torch.exp(spread * draw.normal(len(rows), 2))
    table[:, 4] += 60 * spread * draw.normal(len(rows))
    return table


def _thickness(squared: Tensor) -> Tensor:
    """Return how long a ray is within an ellipsoid, 1 in its middle, of squared relative radii."""
    return (1 - squared).clamp(min=0).sqrt()


def chest(draw: Draw, size: int) -> Canvas:
    """Paint a chest from the front: lungs behind ribs, heart, clavicles; seldom a nodule."""
    zoomed = draw.chance(0.2)
    span = draw.number(0.9, 1.5) if zoomed else draw.number(1.9, 2.5)
    focus = (draw.number(-0.3, 0.4), draw.number(-0.5, 0.5)) if zoomed else (0.05, 0.0)
    view = look(draw, size, focus, span)
    side = view.x.abs()
    lungs, ends = _lungs(draw, view)
    bones, clavicle = _rib_cage(draw, view)
    heart = _ellipses(
        view, _jittered(draw, [(0.3, 0.13, 0.36, 0.36, -35.0), (-0.1, 0.04, 0.35, 0.14, 5.0)])
    )
    body = (1.05 - side - 0.15 * (view.y + 0.75).clamp(max=0).square() * 8).clamp(0, 0.3) / 0.3
    shadow = 1.1 * body.sqrt() - draw.number(0.5, 0.8) * lungs
    shadow = shadow + draw.number(0.3, 0.6) * _thickness(heart).amax(0)
    shadow = (
        shadow + draw.number(0.25, 0.5) * torch.exp(-((side / draw.number(0.06, 0.1)) ** 2)) * body
    )
    belly = torch.sigmoid((view.y - ends) / 0.02) * body
    shadow = shadow + draw.number(0.15, 0.45) * belly
    shadow = shadow + draw.number(0.12, 0.5) * bones * body
    haze = smooth_noise(draw, size, 0.25 / view.pitch) * draw.number(0, 0.1)
    hilum = torch.exp(-(((side - 0.25) / 0.16) ** 2) - ((view.y - 0.1) / 0.3) ** 2)
    branches = 1 - smooth_noise(draw, size, max(0.05 / view.pitch, 2)).abs()
    shadow = shadow + lungs * (haze + draw.number(0, 0.25) * hilum * (1 + 0.4 * branches))
    canvas = blank(size, draw.device)
    field = (lungs > 0.25) & (heart.amin(0) > 1)
    canvas.add_layer(torch.where(view.x < 0, 1, 2) * field, "lung")
    if draw.chance(0.5):
        canvas.add_layer((heart[0] < 1).int(), "heart")
    if draw.chance(0.4):
        canvas.add_layer(torch.where(view.x < 0, 1, 2) * (clavicle > 0.02), "clavicle")
    shadow = shadow + _spots(draw, view, canvas, field)
    canvas.image += film(draw, shadow)
    return canvas


def _lungs(draw: Draw, view: View) -> tuple[Tensor, Tensor]:
    """Return (Y, X) how thick the lungs are, 0 to 1, and the height y of the diaphragm."""
    top, bottom = draw.number(-0.85, -0.7), draw.number(0.55, 0.8)
    wide, narrow = draw.number(0.75, 0.9), draw.number(0.1, 0.2)
    side = view.x.abs()
    dome = bottom + 0.9 * (side - 0.45).square() - 0.08 * torch.sigmoid(-view.x * 40)
    share = ((view.y - top) / (bottom - top)).clamp(0, 1.3)
    outer = wide * share.clamp(min=1e-3).pow(draw.number(0.22, 0.42))
    margins = torch.stack([outer - side, side - narrow, dome - view.y, view.y - top])
    margin = margins.amin(0)
    return (margin / draw.number(0.08, 0.2)).clamp(0, 1).sqrt(), dome


def _rib_cage(draw: Draw, view: View) -> tuple[Tensor, Tensor]:
    """Return (Y, X) the summed shadow of all ribs, and that of the clavicles."""
    side, count = view.x.abs(), 9
    order = torch.arange(count, device=draw.device)[:, None, None]
    apart = draw.number(0.15, 0.19)
    behind = -0.85 + apart * order - 0.25 * side + (0.5 + 0.03 * order) * side.square()
    front = -0.45 + apart * order - (0.75 + draw.gauss(0.1)) * (side - 0.85)
    half = draw.number(0.022, 0.035)
    wide = side < 0.97 - 0.25 * (-0.35 - view.y).clamp(min=0)
    shadow = tube((view.y - behind).abs(), half).sum(0)
    shadow = shadow + draw.number(0.3, 0.8) * (
        tube((view.y - front).abs() * 0.8, half) * (side > 0.25)
    ).sum(0)
    slope = draw.number(-0.15, 0.25)
    axis = -0.62 - slope * side + 0.12 * torch.sin(7 * side)
    inside = (side > 0.08) & (side < 0.95)
    clavicle = tube((view.y - axis).abs(), draw.number(0.03, 0.045)) * inside
    return shadow * wide + 1.3 * clavicle, clavicle


def _spots(draw: Draw, view: View, canvas: Canvas, field: Tensor) -> Tensor:
    """Return the shadow of nodules and of what is clipped to a patient; label the nodules."""
    count = draw.whole(1, 4)
    rows = [
        (draw.number(-0.5, 0.5), draw.number(-0.8, 0.8), r, r * draw.number(0.8, 1.3), 0.0)
        for r in (draw.log_number(0.03, 0.18) for _ in range(count))
    ]
    squared = _ellipses(view, torch.tensor(rows, device=draw.device))
    there = draw.chance(0.35)
    order = torch.arange(1, count + 1, device=draw.device)[:, None, None]
    if there and draw.chance(0.8):
        canvas.add_layer(((squared < 1) * field * order).amax(0), "nodule")
    shadow = there * draw.number(0.1, 0.35) * _thickness(squared).sum(0) * field
    if draw.chance(0.25):
        cable = view.y - draw.number(-0.5, 0.5) - 0.3 * torch.sin(3 * view.x + draw.number(0, 6))
        shadow = shadow + draw.number(0.1, 0.5) * (cable.abs() < 0.008)
    return shadow


#: Kind of scene -> painter.
KINDS: Mapping[str, Painter] = MappingProxyType(
    {"xray_chest": chest, "xray_bones": skeleton.bones, "xray_teeth": skeleton.teeth}
)
