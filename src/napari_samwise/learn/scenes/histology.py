"""Stained tissue in colour: H&E, glands, immunohistochemistry."""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

import torch
from torch import Tensor

from napari_samwise.learn.scenes.blobs import Outlines, random_outlines, raster, scatter
from napari_samwise.learn.scenes.canvas import Canvas, Painter, blank
from napari_samwise.learn.scenes.draw import Draw
from napari_samwise.learn.scenes.fields import blur, fractal_noise, smooth_noise
from napari_samwise.learn.scenes.looks import crowd, dome, fibres, grey, of_each, soft_step, specks
from napari_samwise.learn.scenes.stains import (
    CRESYL_VIOLET,
    DIAMINOBENZIDINE,
    EOSIN,
    HAEMATOXYLIN,
    PHLOXINE,
    absorb,
    dye,
    lamp,
)


class _Nuclei(NamedTuple):
    """Outlines of N nuclei, and `(N,)` how strongly each is stained."""

    outlines: Outlines
    strength: Tensor


def tissue(draw: Draw, size: int) -> Canvas:
    """Paint a section in haematoxylin and eosin: several kinds of nuclei in fibrous ground."""
    radius = draw.log_number(5, 28)
    kinds = [_population(draw, size, radius) for _ in range(draw.whole(1, 4))]
    ground, holes = _ground(draw, size, radius)
    canvas = blank(size, draw.device)
    blue = _nuclei(draw, canvas, _joined(kinds), radius, holes)
    blue = blue + _beyond_focus(draw, size, radius) * (1 - holes)
    canvas.image = _coloured(draw, blue, ground)
    return canvas


def glands(draw: Draw, size: int) -> Canvas:
    """Paint glands: rings of nuclei around a lumen, in stroma; label nuclei or whole glands."""
    reach = size * draw.number(0.1, 0.4)
    radius = max(3.5, reach * draw.log_number(0.08, 0.22))
    centres = scatter(draw, size, draw.whole(1, 14), reach, 1.7)
    count = len(centres)
    radii = reach * (0.2 * draw.normal(count)).exp()
    stretch = draw.uniform(1, draw.number(1.1, 2.2), count)
    outlines = random_outlines(draw, centres, radii, stretch, draw.number(0.05, 0.25))
    layer, depth = raster(outlines, size, "drop")
    opened = draw.number(0.35, 0.75)
    lumen = (depth > opened).float() * (layer > 0)
    ground, holes = _ground(draw, size, radius)
    holes = holes * (layer == 0)
    content = draw.number(0, 0.5) * (1 + 0.3 * fractal_noise(draw, size, 2)).clamp(min=0)
    wall = draw.number(0.4, 1.2) * (1 + 0.15 * fractal_noise(draw, size, 2))
    ground = torch.where(layer > 0, torch.where(lumen > 0, content * ground.mean(), wall), ground)
    between = _population(draw, size, radius * draw.number(0.6, 1))
    outside = layer[_at(between.outlines.centres, size)] == 0
    stroma = _Nuclei(between.outlines.where(outside), between.strength[outside])
    kept = torch.bincount(layer.flatten(), minlength=count + 1)[1:] > 0
    lining = _lining(draw, outlines.where(kept), radius, opened)
    canvas = blank(size, draw.device)
    blue = _nuclei(draw, canvas, _joined([lining, stroma]), radius, torch.maximum(holes, lumen))
    if draw.chance(0.45):
        canvas = blank(size, draw.device)
        canvas.add_layer(layer, "gland")
    canvas.image = _coloured(draw, blue + 0.15 * (layer > 0) * (1 - lumen), ground)
    return canvas


def immunostain(draw: Draw, size: int) -> Canvas:
    """Paint blue nuclei among brown ones, or with brown borders of the cells."""
    radius = draw.log_number(5, 28)
    found = _joined([_population(draw, size, radius) for _ in range(draw.whole(1, 3))])
    ground, holes = _ground(draw, size, radius)
    canvas = blank(size, draw.device)
    counter = _nuclei(draw, canvas, found, radius, holes)
    layer = canvas.labels
    count = max(int(layer.max()), 1)
    brown = draw.number(0, 0.15) * ground.clamp(min=0)
    if draw.chance(0.6):
        positive = (draw.uniform(0, 1, count) < draw.number(0.1, 0.9)).float()
        taken = of_each(layer, positive * draw.uniform(0.5, 1.3, count))
        brown = brown + taken * counter
        counter = counter * (1 - 0.8 * (taken > 0))
    else:
        around, _ = raster(found.outlines.scaled(draw.number(1.3, 2)), size, "under")
        body = of_each(around, draw.uniform(0, 1, len(found.strength)))
        rim = body - blur(body, radius * 0.3)
        brown = brown + (rim.abs() * draw.number(0.5, 2) + body * draw.number(0, 0.6)) * (
            layer == 0
        )
    brown = brown * (1 + 0.2 * fractal_noise(draw, size, 1.5))
    light = lamp(draw)
    faint = draw.number(0, 0.25) * ground
    canvas.image = absorb(
        light,
        (counter * draw.number(0.5, 1) + faint, dye(draw, HAEMATOXYLIN)),
        (brown * draw.number(0.6, 1.6), dye(draw, DIAMINOBENZIDINE)),
    )
    return canvas


def _population(draw: Draw, size: int, radius: float) -> _Nuclei:
    """Return one kind of nuclei: of epithelium, of fibroblasts or of lymphocytes."""
    kind = draw.pick(("epithelium", "fibroblast", "lymphocyte"), (0.5, 0.25, 0.25))
    own = max(radius * {"epithelium": 1.0, "fibroblast": 0.9, "lymphocyte": 0.7}[kind], 4)
    centres = crowd(draw, size, own, draw.log_number(0.04, 0.6))
    count = len(centres)
    radii = own * (draw.number(0.08, 0.3) * draw.normal(count)).exp()
    lean = smooth_noise(draw, size, size / 3)[_at(centres, size)] * draw.number(0.1, 1)
    turns = draw.number(0, math.pi) + lean + draw.number(0.05, 1) * draw.normal(count)
    if kind == "epithelium":
        stretch, bent, strength = draw.uniform(1, draw.number(1.2, 2.2), count), 0.1, 0.7
    elif kind == "fibroblast":
        stretch, bent, strength = draw.uniform(2, 5, count), 0.12, 0.9
    else:
        stretch, bent, strength = draw.uniform(1, 1.25, count), 0.06, 1.2
    outlines = random_outlines(draw, centres, radii, stretch, bent * draw.number(0.5, 2), turns)
    return _Nuclei(outlines, strength * (draw.number(0.1, 0.45) * draw.normal(count)).exp())


def _lining(draw: Draw, outlines: Outlines, radius: float, opened: float) -> _Nuclei:
    """Return nuclei side by side within the walls of glands, drawn out towards the lumen."""
    count, steps = outlines.reach.shape
    slots = 64
    angle = torch.arange(slots, device=draw.device) * (2 * math.pi / slots)
    angle = angle + draw.uniform(0, 2 * math.pi, count, 1) + 0.03 * draw.normal(count, slots)
    index = (angle / (2 * math.pi) * steps).long() % steps
    reach = outlines.reach.gather(1, index)
    spacing = radius * draw.number(1.3, 2.2)
    # Of the slots of a small gland only every so many are taken.
    wanted = (2 * math.pi * reach.mean(1, keepdim=True) / spacing).clamp(3, slots)
    number = torch.arange(slots, device=draw.device)
    taken = ((number + 1) * wanted / slots).floor() > (number * wanted / slots).floor()
    layers = 1 - opened * draw.uniform(0.25, draw.number(0.35, 0.9), count, slots)
    toward = torch.stack([angle.sin(), angle.cos()], -1)
    places = outlines.centres[:, None] + toward * (reach * layers)[..., None]
    turns = (angle + 0.2 * draw.normal(count, slots))[taken]
    centres = places[taken]
    stretch = draw.uniform(1, draw.number(1.2, 3), len(centres))
    radii = radius * (0.15 * draw.normal(len(centres))).exp()
    strength = draw.number(0.5, 1.1) * (0.2 * draw.normal(len(centres))).exp()
    return _Nuclei(random_outlines(draw, centres, radii, stretch, 0.08, turns), strength)


def _joined(kinds: list[_Nuclei]) -> _Nuclei:
    """Return all nuclei of several kinds, in one order."""
    outlines = Outlines(
        torch.cat([kind.outlines.centres for kind in kinds]),
        torch.cat([kind.outlines.reach for kind in kinds]),
    )
    return _Nuclei(outlines, torch.cat([kind.strength for kind in kinds]))


def _nuclei(draw: Draw, canvas: Canvas, nuclei: _Nuclei, radius: float, holes: Tensor) -> Tensor:
    """Label nuclei outside `(Y, X)` holes; return their `(Y, X)` amount of dye."""
    size = canvas.labels.shape[0]
    free = holes[_at(nuclei.outlines.centres, size)] < 0.5
    outlines, strength = nuclei.outlines.where(free), nuclei.strength[free]
    layer, depth = raster(outlines, size, draw.pick(("drop", "under"), (0.85, 0.15)))
    canvas.add_layer(layer, "nucleus")
    chromatin = 1 + draw.number(0.05, 0.35) * smooth_noise(draw, size, max(1.2, radius * 0.15))
    chromatin = chromatin + draw.number(0, 0.2) * fractal_noise(draw, size, 1.5)
    if draw.chance(0.5):  # vesicular: a pale body with a sharp membrane
        rim = torch.exp(-((depth * radius / draw.number(0.8, 2.5)) ** 2))
        chromatin = chromatin * draw.number(0.3, 0.9) + draw.number(0.2, 0.9) * rim
    if draw.chance(0.4):
        nucleoli = soft_step(smooth_noise(draw, size, max(1.3, radius * 0.16)), 1.7)
        chromatin = chromatin + draw.number(0.2, 0.9) * nucleoli
    amount = of_each(layer, strength) * chromatin.clamp(min=0.1)
    return amount * dome(depth, draw.number(0.05, 0.4)) * draw.number(0.6, 1.4)


def _ground(draw: Draw, size: int, radius: float) -> tuple[Tensor, Tensor]:
    """Return amount of eosin, and where there is none: tears, vessels, fat."""
    woven = draw.number(0, 0.35) * fibres(draw, size, draw.number(1.5, 6))
    cloudy = draw.number(0.05, 0.4) * fractal_noise(draw, size, draw.number(1.5, 3))
    patches = draw.number(0, 0.35) * smooth_noise(draw, size, radius * draw.number(1.5, 5))
    eosin = (0.7 + woven + cloudy + patches).clamp(min=0.03)
    eosin = eosin * (draw.log_number(0.02, 0.1) if draw.chance(0.2) else draw.number(0.1, 0.7))
    holes = torch.zeros((size, size), device=draw.device)
    if draw.chance(0.45):
        field = smooth_noise(draw, size, radius * draw.number(2, 8))
        holes = soft_step(field, draw.number(0.6, 2), draw.number(0.1, 0.6))
    if draw.chance(0.25):
        fat = radius * draw.number(2, 5)
        centres = scatter(draw, size, draw.whole(1, 25), fat, 1.8)
        cells = random_outlines(draw, centres, fat * draw.uniform(0.7, 1, len(centres)), 1.3, 0.08)
        holes = torch.maximum(holes, (raster(cells, size)[1] > 0.03).float())
    if draw.chance(0.25):  # red blood cells lie about, unlabelled
        reds = specks(draw, size, draw.whole(4, 60), radius * draw.number(0.4, 0.7))
        eosin = eosin + draw.number(0.3, 0.9) * reds
    return eosin * (1 - holes) + 0.02, holes


def _beyond_focus(draw: Draw, size: int, radius: float) -> Tensor:
    """Return `(Y, X)` dye of unlabelled nuclei above or below the plane."""
    if draw.chance(0.4):
        return torch.zeros((size, size), device=draw.device)
    found = _population(draw, size, radius)
    layer, _ = raster(found.outlines, size)
    amount = of_each(layer, found.strength) * draw.number(0.1, 0.45)
    return blur(amount, radius * draw.number(0.2, 0.5))


def _coloured(draw: Draw, blue: Tensor, pink: Tensor) -> Tensor:
    """Return `(3, Y, X)` of dyes that vary from laboratory to laboratory; rarely in grey."""
    pair = draw.pick(
        ((HAEMATOXYLIN, EOSIN), (HAEMATOXYLIN, PHLOXINE), (CRESYL_VIOLET,) * 2), (0.4, 0.4, 0.2)
    )
    first, second = (dye(draw, colour) for colour in pair)
    blue = blue + draw.number(0, 0.2) * pink
    ground = pink * draw.number(0.3, 1) if pair[0] == pair[1] else pink
    picture = absorb(lamp(draw), (blue * draw.number(0.7, 1.5), first), (ground, second))
    return grey(picture[1]) if draw.chance(0.08) else picture


def _at(centres: Tensor, size: int) -> tuple[Tensor, Tensor]:
    """Return `(N, 2)` positions as (rows, columns) of pixels within the picture."""
    rows, columns = centres.long().clamp(0, size - 1).T
    return rows, columns


#: Kind of scene -> painter.
KINDS: Mapping[str, Painter] = MappingProxyType(
    {"stained_section": tissue, "glands": glands, "immunostain": immunostain}
)
