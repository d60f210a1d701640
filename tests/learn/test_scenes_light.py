"""Painters of light microscopy: what every scene of them must hold."""

from functools import cache

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from scipy import ndimage as ndi

from napari_samwise.learn.scenes import (
    bacteria,
    blood,
    brightfield,
    fluorescence,
    histology,
    phase,
)
from napari_samwise.learn.scenes.blobs import random_outlines, raster
from napari_samwise.learn.scenes.canvas import Canvas
from napari_samwise.learn.scenes.colony import colony
from napari_samwise.learn.scenes.contrast import interference_contrast, phase_contrast
from napari_samwise.learn.scenes.draw import Draw
from napari_samwise.learn.scenes.looks import dome, of_each
from napari_samwise.learn.scenes.rods import raster_capsules
from napari_samwise.learn.scenes.stains import EOSIN, HAEMATOXYLIN, absorb

MODULES = (fluorescence, phase, bacteria, brightfield, histology, blood)
PAINTERS = {kind: painter for module in MODULES for kind, painter in module.KINDS.items()}
WORDS = {
    **{
        kind: {"nucleus"} for kind in ("nuclei", "nuclei_section", "stained_section", "immunostain")
    },
    **{kind: {"cell"} for kind in ("phase_contrast", "phase_suspension", "interference")},
    **{kind: {"cell", "nucleus"} for kind in ("fluorescent_cells", "cytology")},
    **{kind: {"bacterium", "rod"} for kind in ("rods", "bacterial_colonies")},
    "cocci": {"bacterium"},
    "bacterial_threads": {"bacterium", "filament"},
    "yeast": {"cell", "yeast"},
    "glands": {"gland", "nucleus"},
    "blood_smear": {"red blood cell", "white blood cell", "cell", "nucleus", "platelet"},
}
SEEDS = range(20)


@cache
def _scenes(kind: str) -> list[Canvas]:
    """Return one small canvas a seed."""
    return [PAINTERS[kind](Draw(seed), 128) for seed in SEEDS]


def test_modules_share_no_kind() -> None:
    assert len(PAINTERS) == sum(len(module.KINDS) for module in MODULES)
    assert PAINTERS.keys() == WORDS.keys()


@pytest.mark.parametrize("kind", PAINTERS)
def test_scenes_hold_named_objects(kind: str) -> None:
    words: set[str] = set()
    empty = 0
    for canvas in _scenes(kind):
        assert canvas.image.shape == (3, 128, 128)
        assert canvas.image.dtype == torch.float32
        assert bool(torch.isfinite(canvas.image).all())
        assert canvas.labels.shape == (128, 128)
        shown = set(canvas.labels.unique().tolist()) - {0}
        assert shown <= canvas.classes.keys()
        words |= {canvas.classes[label] for label in shown}
        empty += not shown
    assert words == WORDS[kind]
    assert empty <= 4, f"{empty} of {len(SEEDS)} scenes show no object"


@pytest.mark.parametrize("kind", PAINTERS)
def test_one_seed_gives_one_scene(kind: str) -> None:
    first, again = (PAINTERS[kind](Draw(3), 96) for _ in range(2))
    other = PAINTERS[kind](Draw(4), 96)
    assert torch.equal(first.image, again.image)
    assert torch.equal(first.labels, again.labels)
    assert first.classes == again.classes
    assert not torch.equal(first.image, other.image)


@pytest.mark.parametrize("kind", sorted(PAINTERS.keys() - {"interference"}))
def test_most_objects_show(kind: str) -> None:
    """Were labels and light drawn apart, borders would differ no more than other places."""
    ratios = []
    for canvas in _scenes(kind):
        labels, light = canvas.labels, canvas.image.sum(0)
        border = labels[1:] != labels[:-1]
        step = (light[1:] - light[:-1]).abs()
        if 50 < int(border.sum()) < border.numel() - 50:
            ratios.append(float(step[border].mean() / (step[~border].mean() + 1e-6)))
    assert np.median(ratios) > 1.3


def test_interference_leaves_the_ground_even() -> None:
    ratios = []
    for canvas in _scenes("interference"):
        relief = (canvas.image[0] - 0.5).abs()
        inside = canvas.labels > 0
        if bool(inside.any()) and not bool(inside.all()):
            ratios.append(float(relief[inside].mean() / relief[~inside].mean()))
    assert np.median(ratios) > 2


def test_values_go_to_their_objects() -> None:
    layer = torch.tensor([[0, 1], [2, 2]])
    assert of_each(layer, torch.tensor([5.0, 7.0])).tolist() == [[0, 5], [7, 7]]
    assert of_each(layer, torch.ones(3, 2)).shape == (3, 2, 2)


def test_rods_of_a_colony_are_packed() -> None:
    """Strewn shapes jam when they cover about half of the ground; a colony has no room left."""
    covers = []
    for seed in SEEDS:
        width = 8.0
        layer, _ = raster_capsules(*colony(Draw(seed), 160, width), 160, overlap="drop")
        inside = layer > 0
        if int(inside.sum()) < 30 * width**2:
            continue  # a few rods have no inside
        filled = ndi.binary_closing(inside.numpy(), iterations=6)
        covers.append(float(inside.sum()) / filled.sum())
    assert len(covers) > len(SEEDS) / 3
    assert np.median(covers) > 0.75


def test_rods_of_a_colony_turn_from_patch_to_patch() -> None:
    axes = [colony(Draw(seed), 256, 6.0) for seed in SEEDS]
    spreads = []
    for rods in axes:
        along = rods.ends - rods.starts
        doubled = 2 * torch.atan2(along[:, 0], along[:, 1])
        spreads.append(float(torch.hypot(doubled.cos().mean(), doubled.sin().mean())))
    assert min(spreads) < 0.5, "no colony in which directions differ"
    assert max(spreads) > 0.9, "no colony of one direction"


def test_phase_contrast_of_rods_is_dark_with_bright_seams() -> None:
    darker = []
    for seed in SEEDS:
        draw = Draw(seed)
        layer, depth = raster_capsules(*colony(draw, 128, 12.0), 128, overlap="drop")
        seen = bacteria._haloed(draw, layer, depth, 12.0)[0]
        core, outside = depth > 0.6, layer == 0
        if bool(core.any()) and bool(outside.any()):
            seams = outside & (F.max_pool2d((layer > 0).float()[None], 5, 1, 2)[0] > 0)
            darker.append(float(seen[seams].mean() - seen[core].mean()))
    assert min(darker) > 0.1


def _disc() -> tuple[torch.Tensor, torch.Tensor]:
    """Return layer and dome of one disc of radius 12 in the middle of 64 pixels."""
    middle, radius = torch.tensor([[32.0, 32.0]]), torch.tensor([12.0])
    layer, depth = raster(random_outlines(Draw(0), middle, radius), 64)
    return layer, dome(depth)


def test_phase_contrast_is_dark_within_and_bright_around() -> None:
    layer, thick = _disc()
    seen = phase_contrast(thick, halo_px=4, gain=0.3)
    assert float(seen[layer > 0].mean()) < 0.4
    assert float(seen[32, 47]) > 0.52  # 3 px outside
    assert float(seen[0, 0]) == pytest.approx(0.5, abs=0.02)


def test_what_is_thick_in_phase_turns_bright() -> None:
    _, thick = _disc()
    thin, mitotic = (phase_contrast(factor * thick, 4, 0.3)[32, 32] for factor in (1, 10))
    assert thin < 0.5 < mitotic


@pytest.mark.parametrize("direction", [0.0, np.pi / 2])
def test_interference_contrast_lights_one_side(direction: float) -> None:
    _, thick = _disc()
    seen = interference_contrast(10 * thick, direction, gain=1.0)
    one, other = (seen[22, 32], seen[42, 32]) if direction else (seen[32, 22], seen[32, 42])
    assert one > 0.6
    assert other < 0.4


def test_stains_multiply() -> None:
    white, once = torch.ones(3), torch.ones(2, 2)
    blue, pink = torch.tensor(HAEMATOXYLIN), torch.tensor(EOSIN)
    both = absorb(white, (once, blue), (once, pink))
    torch.testing.assert_close(both, absorb(white, (once, blue)) * absorb(white, (once, pink)))
    assert torch.equal(absorb(white, (-once, blue)), torch.ones(3, 2, 2))
