"""Blood smears: red cells that touch and overlap, white cells, platelets, parasites."""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType

import torch
from torch import Tensor

from napari_samwise.learn.scenes.blobs import Outlines, random_outlines, raster, scatter
from napari_samwise.learn.scenes.canvas import Canvas, Painter, blank
from napari_samwise.learn.scenes.draw import Draw
from napari_samwise.learn.scenes.fields import fractal_noise, smooth_noise
from napari_samwise.learn.scenes.looks import crowd, dome, grey, of_each, soft_step, specks
from napari_samwise.learn.scenes.stains import AZURE, EOSIN, absorb, dye, lamp


def smear(draw: Draw, size: int) -> Canvas:
    """Paint a stained smear; label the red and white cells, and sometimes the platelets."""
    radius = draw.log_number(6, 42)
    canvas = blank(size, draw.device)
    red = _red_cells(draw, canvas, radius)
    if draw.chance(0.3):
        red = red + _parasites(draw, canvas.labels, radius)
    blue, pink = _white_cells(draw, canvas, radius)
    platelets = _platelets(draw, canvas, radius)
    ground = draw.number(0, 0.08) * (1 + 0.5 * fractal_noise(draw, size, 2)).clamp(min=0)
    blue = blue + platelets + 0.5 * ground
    if draw.chance(0.3):
        blue = blue + draw.number(0.2, 0.8) * specks(draw, size, draw.whole(2, 40), 1.0)
    covered = soft_step(pink, 0.02, 0.05) + soft_step(blue, 0.4)
    red = red * (1 - covered.clamp(0, 1)) + ground
    light = lamp(draw) * torch.tensor(
        (1.0, draw.number(0.93, 1), draw.number(0.85, 1)), device=blue.device
    )
    eosin = dye(draw, (0.12, draw.number(0.5, 1.0), draw.number(0.3, 0.7)))
    picture = absorb(light, (red, eosin), (blue, dye(draw, AZURE)), (pink, _cytoplasm_dye(draw)))
    canvas.image = grey(picture[1]) if draw.chance(0.15) else picture
    return canvas


def _cytoplasm_dye(draw: Draw) -> Tensor:
    return dye(draw, draw.pick(((0.5, 0.35, 0.08), EOSIN, (0.3, 0.45, 0.15))))


def _red_cells(draw: Draw, canvas: Canvas, radius: float) -> Tensor:
    """Label red cells; return their `(Y, X)` density, added up where two overlap."""
    size = canvas.labels.shape[0]
    centres = crowd(draw, size, radius, draw.log_number(0.1, 1.2))
    count = len(centres)
    radii = radius * (draw.number(0.03, 0.15) * draw.normal(count)).exp()
    stretch = draw.uniform(1, draw.number(1.03, 1.5), count)
    outlines = random_outlines(draw, centres, radii, stretch, draw.number(0.01, 0.12))
    density = torch.zeros((size, size), device=draw.device)
    pallor = draw.uniform(0, draw.number(0.1, 0.95), count)
    wide = draw.number(0.25, 0.6)
    own = (draw.number(0.05, 0.2) * draw.normal(count)).exp() * draw.number(0.25, 0.9)
    together, _ = raster(outlines, size, draw.pick(("drop", "over"), (0.6, 0.4)))
    canvas.add_layer(together, draw.pick(("red blood cell", "cell"), (0.8, 0.2)))
    kept = torch.bincount(together.flatten(), minlength=count + 1)[1:] > 0
    for part in range(2):
        chosen = torch.arange(part, count, 2, device=draw.device)
        chosen = chosen[kept[chosen]]
        layer, depth = raster(outlines.where(chosen), size)
        pale = of_each(layer, pallor[chosen]) * soft_step(depth, 1 - wide, draw.number(0.2, 0.7))
        rim = torch.exp(-((depth * radius / 1.5) ** 2)) * draw.number(-0.2, 0.5)
        body = dome(depth, draw.number(0.1, 0.4)) * (1 - pale) + rim * (layer > 0)
        density = density + of_each(layer, own[chosen]) * body
    return density * (1 + draw.number(0, 0.08) * fractal_noise(draw, size, 2))


def _parasites(draw: Draw, labels: Tensor, radius: float) -> Tensor:
    """Return `(Y, X)` dye of small unlabelled rings and spots within red cells."""
    size = labels.shape[0]
    count = draw.whole(3, 25)
    places = draw.uniform(0, size, count, 2)
    radii = radius * draw.uniform(0.12, 0.35, count)
    layer, depth = raster(random_outlines(draw, places, radii, 1.3, 0.2), size)
    ring = (
        of_each(layer, draw.uniform(0.3, 1, count)) * (depth < draw.number(0.3, 1)) * (labels > 0)
    )
    return draw.number(0.5, 1.2) * ring


def _white_cells(draw: Draw, canvas: Canvas, radius: float) -> tuple[Tensor, Tensor]:
    """Label white cells over all else; return `(Y, X)` dye of nuclei and of cytoplasm."""
    size = canvas.labels.shape[0]
    count = draw.pick((0, 1, 2, 4, 8), (0.3, 0.3, 0.15, 0.15, 0.1))
    if count == 0:
        nothing = torch.zeros((size, size), device=draw.device)
        return nothing, nothing
    large = radius * draw.number(1.2, 2.2)
    centres = scatter(draw, size, count, large, 2).clamp(0.05 * size, 0.95 * size)
    count = len(centres)
    outlines = random_outlines(
        draw, centres, large * (0.12 * draw.normal(count)).exp(), draw.uniform(1, 1.3, count), 0.06
    )
    layer, depth = raster(outlines, size)
    nucleus, thick = _lobes(draw, outlines, layer, large)
    labelled = draw.pick(("cell", "nucleus", "both"), (0.8, 0.12, 0.08))
    if labelled != "nucleus":
        canvas.add_layer(layer, "white blood cell")
    else:
        canvas.labels = torch.where(layer > 0, 0, canvas.labels)
    if labelled != "cell":
        canvas.add_layer(nucleus, "nucleus")
    chromatin = 1 + draw.number(0.05, 0.3) * smooth_noise(draw, size, max(2, large * 0.12))
    blue = (nucleus > 0) * dome(thick, 0.3) * chromatin * draw.number(0.7, 1.8)
    granules = draw.number(0, 0.6) * soft_step(smooth_noise(draw, size, 1.8), 0.8)
    body = (layer > 0) * (draw.number(0.12, 0.5) + granules) * (0.5 + 0.5 * dome(depth, 0.3))
    return blue, body * (1 - (nucleus > 0).float())


def _lobes(draw: Draw, outlines: Outlines, layer: Tensor, radius: float) -> tuple[Tensor, Tensor]:
    """Return the nuclei of white cells: one body, kidney-shaped, or of lobes that hang together."""
    count, size = len(outlines), layer.shape[0]
    pieces = draw.whole(1, 5)
    turn = draw.uniform(0, 2 * math.pi, count, 1)
    angle = turn + draw.uniform(1.0, 1.7, 1, 1) * torch.arange(pieces, device=draw.device)
    out = radius * (draw.number(0, 0.15) if pieces == 1 else draw.number(0.3, 0.42))
    places = outlines.centres[:, None] + out * torch.stack([angle.sin(), angle.cos()], -1)
    share = draw.number(0.5, 0.92) if pieces == 1 else draw.number(0.3, 0.42)
    radii = radius * share * (0.1 * draw.normal(count * pieces)).exp()
    lobes = random_outlines(draw, places.reshape(-1, 2), radii, 1.2, 0.1)
    found, depth = raster(lobes, size)
    whose = torch.where(found > 0, (found - 1) // pieces + 1, 0)
    return torch.where(whose == layer, whose, 0), depth


def _platelets(draw: Draw, canvas: Canvas, radius: float) -> Tensor:
    """Return `(Y, X)` dye of small ragged bodies, labelled in half of the scenes."""
    size = canvas.labels.shape[0]
    count = draw.whole(1, 15)
    centres = draw.uniform(0, size, count, 2)
    radii = (radius * draw.uniform(0.15, 0.35, count)).clamp(min=1.5)
    layer, depth = raster(random_outlines(draw, centres, radii, 1.3, 0.25), size)
    layer = torch.where(canvas.labels == 0, layer, 0)
    if radius > 14 and draw.chance(0.5):
        canvas.add_layer(layer, "platelet", over=False)
    grainy = 1 + 0.3 * smooth_noise(draw, size, 2)
    return draw.number(0.3, 0.9) * (layer > 0) * dome(depth, 0.6) * grainy


#: Kind of scene -> painter.
KINDS: Mapping[str, Painter] = MappingProxyType({"blood_smear": smear})
