"""Bacteria: rods, cocci, filaments; single, in chains, packed side by side in colonies."""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType

import torch
from torch import Tensor

from napari_samwise.learn.scenes.blobs import random_outlines, raster
from napari_samwise.learn.scenes.canvas import Canvas, Painter, blank
from napari_samwise.learn.scenes.colony import colony
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
    width = draw.log_number(5, 22)
    packed = [colony(draw, size, width) for _ in range(draw.pick((1, 2, 4), (0.5, 0.3, 0.2)))]
    bars = Capsules(*(torch.cat(parts) for parts in zip(*packed, strict=True)))
    bends = draw.log_number(0.03, 0.3) * width * draw.normal(len(bars.widths))
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


def _imaged(draw: Draw, layer: Tensor, depth: Tensor, width: float, word: str) -> Canvas:
    """Label a layer and image it in one of five ways."""
    size = layer.shape[0]
    canvas = blank(size, draw.device)
    canvas.add_layer(layer, word)
    way = draw.pick((_dark, _haloed, _glowing, _outlined, _dyed), (0.2, 0.35, 0.25, 0.12, 0.08))
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


def _haloed(draw: Draw, layer: Tensor, depth: Tensor, width: float) -> Tensor:
    """Image as phase contrast of thick bodies does: flat and dark, all gaps between them bright."""
    size = layer.shape[0]
    inside = (layer > 0).float()
    near = blur(inside, width * draw.number(0.2, 0.6))
    far = blur(inside, width * draw.number(0.8, 3))
    ground = draw.number(0.35, 0.65)
    halo = draw.number(0.1, 0.7) * near + draw.number(0, 0.4) * far
    own = of_each(layer, (draw.number(0, 0.2) * draw.normal(_count(layer))).exp())
    body = own * dome(depth, draw.log_number(0.15, 1.5)) * draw.number(0.6, 1)
    # Within a colony bodies look paler than alone.
    body = body * (1 - draw.number(0, 0.5) * far)
    texture = 1 + draw.number(0, 0.15) * fractal_noise(draw, size, 2)
    seen = ground + halo * (1 - inside) + inside * halo * draw.number(0, 0.4)
    seen = seen - (ground + draw.number(0, 0.3) * halo) * body * texture
    seen = seen + draw.number(0, 0.04) * smooth_noise(draw, size, draw.log_number(3, 100))
    seen = seen + draw.number(-0.3, 0.3) * specks(draw, size, draw.whole(1, 20), 1.5)
    return grey(seen.clamp(min=0.01))


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
