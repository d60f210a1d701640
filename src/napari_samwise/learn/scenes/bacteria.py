"""Bacteria: rods, cocci, filaments; single, in chains, packed side by side in colonies."""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType

import torch
from torch import Tensor

from napari_samwise.learn.scenes.blobs import random_outlines, raster
from napari_samwise.learn.scenes.canvas import Canvas, Painter, blank
from napari_samwise.learn.scenes.contrast import phase_contrast
from napari_samwise.learn.scenes.curves import random_curves, raster_curves
from napari_samwise.learn.scenes.draw import Draw
from napari_samwise.learn.scenes.fields import blur, fractal_noise, inner_distance, smooth_noise
from napari_samwise.learn.scenes.looks import crowd, dome, grey, of_each, soft_step, specks, tinted
from napari_samwise.learn.scenes.rods import Capsules, chains, raster_capsules

_WORDS = ("bacterium", "rod")


def rods(draw: Draw, size: int) -> Canvas:
    """Paint rods, straight or curved, strewn or in chains."""
    width = draw.log_number(5, 26)
    length = width * draw.log_number(1.6, 6)
    count = _how_many(draw, size, width * length)
    links = draw.pick((1, 2, 5), (0.4, 0.35, 0.25))
    bars = chains(draw, size, max(2, count // links), length, width, links, draw.number(0.03, 0.4))
    bulge = length * (draw.number(0.1, 0.25) if draw.chance(0.25) else 0.02)
    bends = bulge * draw.normal(len(bars.widths))
    layer, depth = raster_capsules(*bars, size, overlap="drop", bends=bends)
    return _imaged(draw, layer, depth, width, draw.pick(_WORDS))


def colonies(draw: Draw, size: int) -> Canvas:
    """Paint microcolonies: rods packed side by side, in patches of one direction."""
    width = draw.log_number(5, 18)
    packed = [_patch(draw, size, width) for _ in range(draw.whole(1, 7))]
    bars = Capsules(*(torch.cat(parts) for parts in zip(*packed, strict=True)))
    bends = 0.04 * width * draw.normal(len(bars.widths))
    layer, depth = raster_capsules(*bars, size, overlap="drop", bends=bends)
    return _imaged(draw, layer, depth, width, draw.pick(_WORDS))


def cocci(draw: Draw, size: int) -> Canvas:
    """Paint round bacteria: single, in pairs, in chains, in bunches."""
    width = draw.log_number(7, 26)
    count = _how_many(draw, size, width**2)
    if draw.chance(0.5):
        links = draw.whole(2, 9)
        bars = chains(draw, size, max(2, count // links), width, width, links, 0.5)
        centres = bars.starts
    else:
        centres = crowd(draw, size, width / 2, count * width**2 / size**2)
    radii = width / 2 * (0.08 * draw.normal(len(centres))).exp()
    stretch = draw.uniform(1, draw.number(1.05, 1.5), len(centres))
    outlines = random_outlines(draw, centres, radii, stretch, 0.02)
    layer, depth = raster(outlines, size, "drop")
    return _imaged(draw, layer, depth, width, "bacterium")


def threads(draw: Draw, size: int) -> Canvas:
    """Paint filamentous bacteria: long, winding, at times with cross-walls or spirals."""
    width = draw.log_number(4, 16)
    count = draw.whole(2, 16)
    starts = draw.uniform(-0.1 * size, 1.1 * size, count, 2)
    lengths = size * draw.uniform(0.15, draw.number(0.3, 1.5), count)
    headings = draw.uniform(0, 2 * math.pi, count)
    curves = random_curves(draw, starts, headings, lengths, draw.number(0.1, 1.5))
    widths = width * (0.06 * draw.normal(count)).exp()
    layer, depth = raster_curves(curves, widths, size, draw.pick(("over", "drop"), (0.3, 0.7)))
    return _imaged(draw, layer, depth, width, draw.pick(("filament", "bacterium")))


def _how_many(draw: Draw, size: int, area_px: float) -> int:
    """Return how many things of this area to strew: from a few to a crowd."""
    return int(min(max(draw.log_number(0.03, 0.7) * size**2 / area_px, 3), 250))


def _patch(draw: Draw, size: int, width: float) -> Capsules:
    """Return rods side by side and end to end, within a round patch, bent as one."""
    length = width * draw.number(1.8, 4.5)
    reach = min(width * draw.log_number(1.5, 10), 0.6 * size)
    ranks = min(int(2 * reach / width) + 1, 16)
    files = min(int(2 * reach / length) + 2, 10)
    lengths = length * (0.2 * draw.normal(ranks, files)).exp().clamp(0.6, 1.6)
    stops = lengths.cumsum(1) - draw.uniform(0, length, ranks, 1) - files * length / 2
    across = (torch.arange(ranks, device=draw.device)[:, None] - ranks / 2) * width * 1.02
    across = across + 0.06 * width * draw.normal(ranks, files)
    ends = torch.stack([across, stops - width / 2], -1).reshape(-1, 2)
    starts = torch.stack([across, stops - lengths + width / 2], -1).reshape(-1, 2)
    middle = (starts + ends) / 2
    ragged = reach * draw.uniform(0.8, 1.1, len(middle))
    inside = middle.norm(dim=1) < ragged
    turn, curl = draw.number(0, 2 * math.pi), draw.gauss(0.25) / reach
    centre = draw.uniform(0.05 * size, 0.95 * size, 2)
    starts, ends = (_turned(points[inside], turn, curl) + centre for points in (starts, ends))
    widths = width * (0.04 * draw.normal(len(starts))).exp()
    return Capsules(starts, ends, widths)


def _turned(points: Tensor, turn: float, curl: float) -> Tensor:
    """Turn `(N, 2)` points about the origin, the more the farther along columns they lie."""
    angle = turn + curl * points[:, 1]
    cosine, sine = angle.cos(), angle.sin()
    rows = points[:, 0] * cosine + points[:, 1] * sine
    return torch.stack([rows, points[:, 1] * cosine - points[:, 0] * sine], 1)


def _imaged(draw: Draw, layer: Tensor, depth: Tensor, width: float, word: str) -> Canvas:
    """Label a layer and image it in one of four ways."""
    size = layer.shape[0]
    canvas = blank(size, draw.device)
    canvas.add_layer(layer, word)
    way = draw.pick((_dark, _glowing, _outlined, _dyed), (0.4, 0.3, 0.2, 0.1))
    canvas.image = way(draw, layer, depth, width)
    return canvas


def _dark(draw: Draw, layer: Tensor, depth: Tensor, width: float) -> Tensor:
    """Image as phase contrast does: dark bodies, bright halos."""
    size = layer.shape[0]
    own = of_each(layer, (0.12 * draw.normal(_count(layer))).exp())
    phase = own * dome(depth, draw.number(0.4, 1))
    phase = phase * (1 + draw.number(0, 0.25) * fractal_noise(draw, size, 2))
    phase = phase + draw.number(0, 0.5) * specks(draw, size, draw.whole(1, 60), 1.2)
    seen = phase_contrast(blur(phase, 0.5), width * draw.number(0.3, 1.2), draw.number(0.2, 0.7))
    seen = seen + draw.number(0, 0.03) * smooth_noise(draw, size, draw.number(10, 100))
    return grey(seen.clamp(min=0.02))


def _glowing(draw: Draw, layer: Tensor, depth: Tensor, width: float) -> Tensor:
    """Image as fluorescence does: filled bodies, bright membranes or nucleoids."""
    size = layer.shape[0]
    spread = draw.number(0.05, 0.5)
    own = of_each(layer, (spread * draw.normal(_count(layer))).exp().clamp(0.3, 3))
    stain = draw.pick(("body", "membrane", "nucleoid"), (0.6, 0.25, 0.15))
    shape = dome(depth, draw.number(0.4, 1.4))
    if stain == "membrane":
        shape = draw.number(0.1, 0.5) + torch.exp(-((depth * width / draw.number(2, 4)) ** 2))
    elif stain == "nucleoid":
        lumps = soft_step(smooth_noise(draw, size, max(width * 0.4, 2)), draw.number(-0.5, 0.5))
        shape = 0.25 * shape + soft_step(depth, 0.35) * lumps
    light = own * shape * (layer > 0)
    haze = draw.number(0, 0.5) * blur(light, width * draw.number(0.5, 2))
    light = 0.5 * (light + haze) + draw.number(0, 0.15)
    light = light + draw.number(0, 0.03) * smooth_noise(draw, size, draw.number(10, 80))
    if draw.chance(0.2):
        colour = draw.pick(((0.1, 1, 0.2), (1, 0.1, 0.1)))
        return tinted(light, torch.tensor(colour, device=light.device))
    return grey(light)


def _outlined(draw: Draw, layer: Tensor, depth: Tensor, width: float) -> Tensor:
    """Image as bright field does: hardly any fill, an edge that turns with the focus."""
    size = layer.shape[0]
    rim_px = draw.number(0.8, 2)
    distance = inner_distance(layer)
    inside = (layer > 0).float()
    focus = draw.pick((-1.0, 1.0)) * draw.number(0.15, 0.5)
    seen = 0.55 - focus * inside * torch.exp(-((distance - 1) / rim_px).square())
    seen = seen + inside * draw.number(-0.12, 0.12) * dome(depth)
    fringe = blur(inside, draw.number(1.5, 4)) * (1 - inside)
    seen = seen + focus * draw.number(0.2, 1) * fringe
    seen = seen + draw.number(0.003, 0.03) * fractal_noise(draw, size, draw.number(1, 2))
    return grey(seen.clamp(min=0.02))


def _dyed(draw: Draw, layer: Tensor, depth: Tensor, width: float) -> Tensor:
    """Image as a Gram stain: violet or pink bodies on a pale smear."""
    size = layer.shape[0]
    colour = draw.pick(((0.75, 0.9, 0.25), (0.15, 0.8, 0.45), (0.9, 0.6, 0.2)))
    own = of_each(layer, (0.25 * draw.normal(_count(layer))).exp())
    amount = own * dome(depth, 0.5) * draw.number(0.5, 1.6)
    ground = draw.number(0.05, 0.3) * (1 + 0.6 * fractal_noise(draw, size, 2)).clamp(min=0)
    density = (amount + ground)[None] * torch.tensor(colour, device=draw.device)[:, None, None]
    return 0.95 * torch.exp(-density)


def _count(layer: Tensor) -> int:
    return max(int(layer.max()), 1)


#: Kind of scene -> painter.
KINDS: Mapping[str, Painter] = MappingProxyType(
    {"rods": rods, "bacterial_colonies": colonies, "cocci": cocci, "bacterial_threads": threads}
)
