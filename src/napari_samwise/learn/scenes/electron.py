"""Electron microscopy of cells: neurites, nuclei and organelles, chloroplasts; and of particles."""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType

import torch
from torch import Tensor

from napari_samwise.learn.scenes import surfaces
from napari_samwise.learn.scenes.blobs import random_outlines, raster, scatter
from napari_samwise.learn.scenes.canvas import Canvas, Painter, blank
from napari_samwise.learn.scenes.draw import Draw
from napari_samwise.learn.scenes.fields import (
    blur,
    fractal_noise,
    grid,
    inner_distance,
    smooth_noise,
    smooth_noises,
)
from napari_samwise.learn.scenes.organelles import (
    Section,
    chloroplasts,
    line,
    mitochondria,
    nuclei,
    reticulum,
    vesicles,
)
from napari_samwise.learn.scenes.partitions import partition


def neurites(draw: Draw, size: int) -> Canvas:
    """Paint neuropil: grey profiles that fill the plane, told apart by dark membranes."""
    across = draw.log_number(size / 11, size / 2)
    count = int((1.3 * size / across) ** 2) + 3
    cells, border = _profiles(draw, size, count, across)
    level = draw.number(0.55, 0.85) + draw.number(0.01, 0.09) * draw.normal(count + 1)
    section = Section(level[cells.long()])
    membrane = draw.number(0.8, 2.4)
    reticulum(draw, section, border > 2 * membrane)
    if draw.chance(0.6):
        _bouton(draw, section, cells, border, across)
    synapse = _synapses(draw, section, border, across, membrane)
    radius = max(across * draw.number(0.12, 0.3), 3.5)
    home = (border > 2 * membrane) * cells
    mito = mitochondria(draw, section, scatter(draw, size, count, radius), radius, home)
    section.darken(line(border, 0, membrane) * draw.number(0.2, 0.6))
    cells = _myelin(draw, section, cells, border, across, count)
    labels = cells * (border > 0.6 * membrane)
    canvas = blank(size, draw.device)
    scheme = draw.pick(("neurite", "mitochondrion", "both", "synapse"), (0.5, 0.25, 0.15, 0.1))
    if scheme == "synapse" and not bool((synapse > 0).any()):
        scheme = "neurite"
    if scheme in ("neurite", "both"):
        canvas.add_layer(labels, draw.pick(("neurite", "cell")))
    if scheme in ("mitochondrion", "both"):
        canvas.add_layer(mito, "mitochondrion")
    if scheme == "synapse":
        canvas.add_layer(synapse, "synapse")
    return section.finish(draw, canvas)


def _profiles(draw: Draw, size: int, count: int, across: float) -> tuple[Tensor, Tensor]:
    """Return a partition into winding cells of all sizes, (Y, X), and the distance to borders.

    Each is a few neighbours of a finer partition in one.
    """
    seeds = scatter(draw, size, 5 * count, across)
    middles = scatter(draw, size, count, across)
    stretch = torch.tensor([draw.log_number(0.6, 1.7), 1.0], device=draw.device)
    room = across * draw.number(0.1, 0.8) * draw.uniform(0, 1, count)
    home = (torch.cdist(seeds * stretch, middles * stretch) - room).argmin(1).int() + 1
    rough = smooth_noises(draw, size, max(across / 4, 4), 2) * across * draw.number(0.02, 0.08)
    at = grid(size, draw.device) + rough
    fine, _ = partition(draw, size, seeds, across * draw.number(0.05, 0.2), at=at)
    cells = home[fine.long() - 1]
    return cells, inner_distance(cells) - 0.5


def _bouton(draw: Draw, section: Section, cells: Tensor, border: Tensor, across: float) -> None:
    """Fill a few profiles with small vesicles, which are no objects."""
    size = section.size
    radius = draw.number(1.6, 3.5)
    dots = _with_vesicles(draw, section, min(int(size**2 / (radius * 4) ** 2), 900), radius)
    chosen = (draw.uniform(0, 1, int(cells.max()) + 1) < 0.25)[cells.long()]
    crowd = smooth_noise(draw, size, across / 2) > draw.number(-0.5, 0.7)
    section.image = torch.where(chosen & crowd & (border > 3), dots, section.image)


def _with_vesicles(draw: Draw, section: Section, count: int, radius: float) -> Tensor:
    """Return (Y, X), the section as if there were vesicles all over it."""
    copy = Section(section.image)
    vesicles(draw, copy, scatter(draw, section.size, count, radius), radius)
    return copy.image


def _synapses(
    draw: Draw, section: Section, border: Tensor, across: float, membrane: float
) -> Tensor:
    """Thicken stretches of membrane, as a postsynaptic density does; return their mask."""
    chosen = smooth_noise(draw, section.size, max(across / 4, 4)) > draw.number(1.3, 2.2)
    dense = chosen & (border < membrane + draw.number(2, 6))
    section.darken(dense * draw.number(0.1, 0.35))
    return dense.int()


def _myelin(
    draw: Draw, section: Section, cells: Tensor, border: Tensor, across: float, count: int
) -> Tensor:
    """Wrap some profiles in dark sheaths; return the cells, without the sheaths by chance."""
    if draw.chance(0.7):
        return cells
    thick = max(across * draw.number(0.06, 0.2), 3)
    wrapped = (draw.uniform(0, 1, count + 1) < draw.number(0.1, 0.8))[cells.long()]
    sheath = wrapped & (border < thick)
    wraps = torch.sin(border * draw.number(1.2, 2.5)) * draw.number(0, 0.08)
    section.fill(sheath, draw.number(0.1, 0.3) + wraps)
    return cells * ~sheath


def organelles(draw: Draw, size: int) -> Canvas:
    """Paint one or a few cells with nuclei, mitochondria, droplets, reticulum."""
    across = draw.log_number(size / 3, size * 2)
    seeds = scatter(draw, size, max(int((1.4 * size / across) ** 2), 2), across / 2)
    cells, border = partition(draw, size, seeds, across * 0.08)
    level = draw.number(0.6, 0.8) + 0.04 * draw.normal(len(seeds) + 1)
    section = Section(level[cells.long()])
    section.darken(draw.number(0, 0.08) * fractal_noise(draw, size, 1.6))
    reticulum(draw, section, border > 3)
    section.darken(line(border, 0, draw.number(1, 2.5)) * draw.number(0.2, 0.5))
    radius = draw.log_number(5, max(min(across * 0.14, size / 7), 7))
    room = int(draw.number(0.05, 0.5) * size**2 / (math.pi * radius**2))
    mito_at = scatter(draw, size, min(max(room, 3), 120), radius, draw.number(1.5, 2.6))
    mito = mitochondria(draw, section, mito_at, radius, (border > 3) * cells)
    drops = scatter(draw, size, draw.whole(4, 60), radius)
    dense = draw.number(0, 1)
    droplet = vesicles(draw, section, drops, radius * draw.number(0.3, 0.9), dense)
    radii = across * draw.uniform(0.2, 0.36, len(seeds))
    nucleus = nuclei(draw, section, seeds + 0.1 * across * draw.normal(len(seeds), 2), radii)
    canvas = blank(size, draw.device)
    free = nucleus == 0
    layers = {
        "cell": cells * (border > 1.5),
        "mitochondrion": mito * free * (droplet == 0),
        "vesicle": droplet * free,
        "nucleus": nucleus,
    }
    shown = [word for word, share in _SHARES.items() if draw.chance(share)] or ["mitochondrion"]
    for word in shown:
        canvas.add_layer(layers[word], word)
    return section.finish(draw, canvas)


_SHARES: Mapping[str, float] = MappingProxyType(
    {"cell": 0.2, "mitochondrion": 0.75, "vesicle": 0.3, "nucleus": 0.7}
)


def plant_cells(draw: Draw, size: int) -> Canvas:
    """Paint plant cells: walls, pale vacuoles, and chloroplasts along the walls."""
    across = draw.log_number(size / 5, size * 1.6)
    seeds = scatter(draw, size, max(int((1.4 * size / across) ** 2), 3), across / 2)
    wall = min(max(across * draw.number(0.008, 0.05), 1.0), 6.0)
    cells, border = partition(draw, size, seeds, across * 0.08)
    vacuole = draw.number(0.8, 0.95)
    section = Section(torch.full_like(border, vacuole))
    radius = draw.log_number(8, max(min(across * 0.25, size / 5), 10))
    rim = wall + radius * draw.number(0.3, 1.2) * (1 + 0.6 * smooth_noise(draw, size, across / 4))
    full = (draw.uniform(0, 1, len(seeds) + 1) < draw.number(0, 0.6))[cells.long()]
    plasm = draw.number(0.55, 0.85) + 0.05 * fractal_noise(draw, size, 1.5)
    section.fill((border < rim) | full, plasm)
    specks = smooth_noise(draw, size, draw.number(2, 6)) > draw.number(1.8, 2.8)
    section.darken(specks * draw.number(0, 0.4))
    reticulum(draw, section, (border < rim) | full)
    tried = scatter(draw, size, 240, radius)
    spot = tried.round().long().clamp(0, size - 1)
    near = border[spot[:, 0], spot[:, 1]]
    chosen = tried[(near > wall + 0.4 * radius) & (near < wall + draw.number(0.9, 2.0) * radius)]
    chosen = torch.cat([chosen[: draw.whole(5, 70)], tried[:2]])
    spot = chosen.round().long().clamp(0, size - 1)
    smooth = blur(border, 2.0)
    slope_y, slope_x = torch.gradient(smooth)
    uphill = torch.atan2(slope_y[spot[:, 0], spot[:, 1]], slope_x[spot[:, 0], spot[:, 1]])
    turns = uphill + math.pi / 2 + 0.15 * draw.normal(len(chosen))
    layer, starch = chloroplasts(draw, section, chosen, turns, radius)
    thickness = draw.number(0.5, 1.0)
    section.fill(border < wall, draw.number(0.05, 0.45) + 0.02 * draw.normal(size, size))
    section.darken(line(border, wall, 1.2) * 0.3 * thickness)
    canvas = blank(size, draw.device)
    if draw.chance(0.2):
        canvas.add_layer(cells * (border >= wall), "cell")
    canvas.add_layer(layer * (border >= wall), "chloroplast")
    if draw.chance(0.2):
        canvas.add_layer(starch * (border >= wall), "starch grain")
    return section.finish(draw, canvas)


def particles(draw: Draw, size: int) -> Canvas:
    """Paint particles of one size that hardly differ from their ground, as in frozen water."""
    radius = draw.log_number(4.5, 24)
    count = int(draw.number(0.05, 0.45) * size**2 / (math.pi * radius**2)) + 2
    centres = scatter(draw, size, count, radius, draw.number(1.6, 3.0))
    spread = torch.exp(draw.number(0, 0.25) * draw.normal(len(centres)))
    long = draw.number(1, 1.8) if draw.chance(0.6) else 1.0
    outlines = random_outlines(draw, centres, radius * spread, long, draw.number(0, 0.25))
    layer, depth = raster(outlines, size, "drop")
    lumpy = 1 + draw.number(0, 0.5) * smooth_noise(draw, size, max(radius * 0.3, 1.5))
    mass = depth.clamp(0, 1).sqrt() * lumpy
    if draw.chance(0.35):
        mass = mass * (depth < draw.number(0.3, 0.7))  # hollow, as empty capsids and vesicles are
    shadow = blur(mass, draw.number(0.4, 1.5))
    fringe = shadow - draw.number(0.3, 1.0) * blur(shadow, radius * draw.number(0.3, 1.0))
    contrast = draw.log_number(0.12, 0.6) * (-1 if draw.chance(0.7) else 1)
    ground = draw.number(0.45, 0.65) + draw.number(0, 0.04) * fractal_noise(draw, size, 2.5)
    section = Section(ground + contrast * fringe)
    section.darken(draw.log_number(0.02, 0.13) * blur(draw.normal(size, size), draw.number(0.3, 1)))
    if draw.chance(0.25):  # the edge of the carbon film
        carbon = smooth_noise(draw, size, size * 0.8) > draw.number(0.3, 1.5)
        section.darken(carbon * draw.number(0.05, 0.3))
    if draw.chance(0.3):  # ice and gold are no particles
        dirt = random_outlines(
            draw, scatter(draw, size, 5, radius), radius * draw.uniform(0.2, 1, 5)
        )
        section.darken((raster(dirt, size)[0] > 0) * draw.number(0.2, 0.6))
    canvas = blank(size, draw.device)
    canvas.add_layer(layer, draw.pick(("particle", "virus")) if radius > 10 else "particle")
    canvas.image += section.image
    return canvas


#: Kind of scene -> painter.
KINDS: Mapping[str, Painter] = MappingProxyType(
    {
        "em_neurites": neurites,
        "em_organelles": organelles,
        "em_plant_cells": plant_cells,
        "em_particles": particles,
        "sem_pores": surfaces.pores,
        "sem_powder": surfaces.powder,
    }
)
