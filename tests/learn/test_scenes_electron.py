"""Electron microscopy scenes: organelles lie where they should and are labelled as drawn."""

from __future__ import annotations

import math

import pytest
import torch

from napari_samwise.learn.scenes.canvas import Painter
from napari_samwise.learn.scenes.draw import Draw
from napari_samwise.learn.scenes.electron import KINDS
from napari_samwise.learn.scenes.organelles import (
    Section,
    chloroplasts,
    line,
    mitochondria,
    nuclei,
    stripes,
    vesicles,
)

every_kind = pytest.mark.parametrize("painter", KINDS.values(), ids=KINDS)


def grey(size: int = 96) -> Section:
    return Section(torch.full((size, size), 0.7))


@every_kind
def test_twenty_seeds_give_objects_with_words(painter: Painter) -> None:
    found = [painter(Draw(seed), 64) for seed in range(20)]
    for canvas in found:
        assert canvas.image.shape == (3, 64, 64)
        assert bool(canvas.image.isfinite().all())
        assert float(canvas.image.std()) > 0
        assert set(canvas.labels.unique().tolist()) <= {0, *canvas.classes}
        assert all(canvas.classes.values())
    assert sum(int(canvas.labels.max()) > 0 for canvas in found) >= 18


@every_kind
def test_the_seed_decides_every_pixel(painter: Painter) -> None:
    first, again, other = (painter(Draw(seed), 48) for seed in (5, 5, 6))
    assert torch.equal(first.image, again.image)
    assert torch.equal(first.labels, again.labels)
    assert first.classes == again.classes
    assert not torch.equal(first.image, other.image)


def test_the_words_are_those_that_a_reader_would_type() -> None:
    words = {
        word
        for painter in KINDS.values()
        for seed in range(12)
        for word in painter(Draw(seed), 64).classes.values()
    }
    expected = {"neurite", "mitochondrion", "nucleus", "chloroplast", "particle", "pore"}
    assert expected <= words


def test_a_mitochondrion_stays_in_the_cell_of_its_centre() -> None:
    halves = torch.ones((96, 96), dtype=torch.int32)
    halves[:, 48:] = 2
    centres = torch.tensor([[48.0, 44.0]])
    free = mitochondria(Draw(2), grey(), centres, 14.0)
    kept = mitochondria(Draw(2), grey(), centres, 14.0, halves)
    assert bool((free[:, 48:] > 0).any())
    assert not bool((kept[:, 48:] > 0).any())
    assert torch.equal(kept[:, :48], free[:, :48])


@pytest.mark.parametrize("seed", range(4))
def test_organelles_change_the_picture_only_where_they_are(seed: int) -> None:
    centres = torch.tensor([[30.0, 30.0], [66.0, 60.0]])
    radii = torch.tensor([12.0, 15.0])
    turns = torch.zeros(2)
    painters = (
        lambda section: mitochondria(Draw(seed), section, centres, 10.0),
        lambda section: vesicles(Draw(seed), section, centres, 8.0),
        lambda section: nuclei(Draw(seed), section, centres, radii),
        lambda section: chloroplasts(Draw(seed), section, centres, turns, 10.0)[0],
    )
    for paint in painters:
        section = grey()
        layer = paint(section)
        assert set(layer.unique().tolist()) == {0, 1, 2}
        changed = (section.image - 0.7).abs() > 1e-6
        assert not bool((changed & (layer == 0)).any())
        assert float(changed[layer > 0].float().mean()) > 0.5


def test_starch_is_inside_chloroplasts() -> None:
    centres = torch.tensor([[40.0, 40.0], [70.0, 70.0]])
    layer, starch = chloroplasts(Draw(1), grey(), centres, torch.zeros(2), 16.0)
    assert bool((starch > 0).any())
    assert bool((layer[starch > 0] > 0).all())


def test_stripes_run_along_the_direction_of_their_object() -> None:
    layer = torch.ones((64, 64), dtype=torch.int32)
    along_columns = stripes(Draw(0), layer, torch.zeros(1), 8.0, waviness=0.0)
    assert float(along_columns.std(1).max()) < 1e-5
    along_rows = stripes(Draw(0), layer, torch.full((1,), math.pi / 2), 8.0, waviness=0.0)
    assert float(along_rows.std(0).max()) < 1e-4
    assert float(along_rows.std(1).min()) > 0.5


def test_a_line_is_strongest_at_its_distance() -> None:
    distance = torch.arange(10.0)
    assert int(line(distance, 4, 1.5).argmax()) == 4
    assert float(line(distance, 4, 1.5)[9]) < 0.01
