"""Labels from distances: the laws of the watershed, and everything mode with such a model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage
from torch import Tensor

import napari_samwise as sw
from napari_samwise.errors import Cancelled, InputError
from napari_samwise.model.distances import Distances
from napari_samwise.predictor.predictor import Predictor
from napari_samwise.segment.everything.defaults import default_options
from napari_samwise.segment.everything.generate import find_everything
from napari_samwise.segment.everything.options import EverythingOptions, Search
from napari_samwise.segment.everything.plan import Plan
from napari_samwise.segment.everything.watershed import WatershedOptions, label_distances

SHARP = WatershedOptions(foreground_smoothing=0.0, distance_smoothing=0.0)
EIGHT = np.ones((3, 3))


def discs(*places: tuple[int, int, int], size: tuple[int, int] = (90, 120)) -> np.ndarray:
    """`size` int32 labels of discs (y, x, radius), numbered by their first pixel."""
    y, x = np.indices(size)
    labels = np.zeros(size, dtype=np.int32)
    tops = sorted(places, key=lambda place: (place[0] - place[2], place[1]))
    for number, (cy, cx, radius) in enumerate(tops, start=1):
        labels[((y - cy) ** 2 + (x - cx) ** 2 <= radius**2) & (labels == 0)] = number
    return labels


def perfect_maps(labels: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return what a decoder without error would predict, from the definition of its maps."""
    centre, boundary = np.ones(labels.shape, np.float32), np.ones(labels.shape, np.float32)
    for number in range(1, int(labels.max()) + 1):
        inside = labels == number
        pixels = np.argwhere(inside)
        away = np.linalg.norm(pixels - pixels.mean(0), axis=1)
        centre[inside] = away / max(float(away.max()), 1e-6)
        depth = ndimage.distance_transform_edt(inside)[inside]
        boundary[inside] = 1 - depth / depth.max()
    return (labels > 0).astype(np.float32), centre, boundary


APART = discs((20, 22, 12), (18, 60, 9), (55, 30, 15), (60, 85, 20))
TOUCHING = discs((40, 30, 15), (40, 60, 15), (64, 46, 11))


def test_perfect_maps_give_the_discs_back() -> None:
    np.testing.assert_array_equal(label_distances(*perfect_maps(APART), SHARP), APART)


@settings(max_examples=15)
@given(st.permutations([(18, 20, 9), (20, 70, 14), (60, 40, 17), (65, 95, 6)]), st.integers(0, 3))
def test_the_discs_come_back_wherever_they_are(places: Any, shift: int) -> None:
    labels = discs(*[(y + shift, x + index, radius) for index, (y, x, radius) in enumerate(places)])
    np.testing.assert_array_equal(label_distances(*perfect_maps(labels), SHARP), labels)


@pytest.mark.parametrize("labels", [APART, TOUCHING])
@pytest.mark.parametrize("options", [SHARP, WatershedOptions(), WatershedOptions(0.4, 0.4)])
def test_every_disc_comes_back_touching_or_smoothed(
    labels: np.ndarray, options: WatershedOptions
) -> None:
    found = label_distances(*perfect_maps(labels), options)
    assert found.max() == labels.max()
    for number in range(1, int(labels.max()) + 1):
        one, other = found == number, labels == number
        assert (one & other).sum() / (one | other).sum() > 0.88


@st.composite
def noisy_maps(draw: st.DrawFn) -> tuple[np.ndarray, ...]:
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    grain = draw(st.floats(0.5, 4))
    maps = [ndimage.gaussian_filter(rng.random((30, 41)), grain) for _ in range(3)]
    return tuple(((m - m.min()) / np.ptp(m)).astype(np.float32) for m in maps)


@given(noisy_maps(), st.sampled_from([0, 5, 40]), st.sampled_from([0.0, 1.5]))
def test_laws_of_the_watershed(
    maps: tuple[np.ndarray, ...], min_area: int, smoothing: float
) -> None:
    options = WatershedOptions(0.6, 0.6, 0.4, 0.0, smoothing)
    labels = label_distances(*maps, options, min_area)
    assert labels.dtype == np.int32
    assert not labels[maps[0] <= 0.4].any()
    ids = range(1, int(labels.max()) + 1)
    for number in ids:
        assert ndimage.label(labels == number, EIGHT)[1] == 1
        assert (labels == number).sum() >= max(min_area, 1)
    first = [int((labels == number).ravel().argmax()) for number in ids]
    assert first == sorted(first)
    np.testing.assert_array_equal(labels, label_distances(*maps, options, min_area))


@given(noisy_maps())
def test_a_larger_least_area_only_removes(maps: tuple[np.ndarray, ...]) -> None:
    every = label_distances(*maps, SHARP)
    large = label_distances(*maps, SHARP, 30)
    sizes = np.bincount(every.ravel())
    np.testing.assert_array_equal(large > 0, (every > 0) & (sizes >= 30)[every])


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_nothing_to_find(value: float) -> None:
    flat = np.full((20, 30), value, dtype=np.float32)
    assert not label_distances(flat, 1 - flat * 0, 1 - flat * 0, WatershedOptions()).any()


@pytest.fixture
def with_distances(tiny_model_class: type) -> Any:
    """A model that knows what is bright, and sees the exact distances within it."""

    class Measuring(tiny_model_class):  # type: ignore[misc]
        has_distances = True
        asked = 0

        def find_distances(self, features: Mapping[str, Tensor], image_size: Any) -> Distances:
            self.asked += 1
            grey = features["image_embedding"][0, 0].numpy()
            labels, _ = ndimage.label(grey > grey.min())
            return Distances(*map(torch.from_numpy, perfect_maps(labels)))

    return Measuring()


def image_of(labels: np.ndarray) -> np.ndarray:
    return np.where(labels > 0, 900, 20).astype(np.uint16)


EXACT = EverythingOptions(watershed=SHARP)


def test_everything_by_distances(with_distances: Any) -> None:
    seen: list[tuple[int, int]] = []
    plan = Plan.make(image_of(APART), with_distances, options=EXACT)
    found = find_everything(plan, progress=lambda *step: seen.append(step))
    np.testing.assert_array_equal(found.labels, APART)
    assert (found.count, found.best_predicted_iou) == (4, None)
    assert (seen[0], seen[-1]) == ((50, 100), (100, 100))


def test_a_stack_has_every_id_once(with_distances: Any) -> None:
    stack = np.stack([image_of(APART), image_of(APART[::-1])])
    labels = sw.segment_everything(stack, with_distances, "ZYX", options=EXACT)
    np.testing.assert_array_equal(labels[0], APART)
    assert set(np.unique(labels[1])) == {0, 5, 6, 7, 8}


@pytest.mark.parametrize(
    ("search", "asked"),
    [
        (Search(), 1),
        (Search(mode="distances"), 1),
        (Search(mode="grid"), 0),
        (Search(points_per_side=9), 0),
        (Search(mode="grid", points_per_side=9), 0),
        (Search(points_per_side=9, crop_layers=1), 0),
    ],
)
def test_who_is_asked(with_distances: Any, search: Search, asked: int) -> None:
    sw.segment_everything(image_of(APART), with_distances, options=EverythingOptions(search=search))
    assert with_distances.asked == asked


def test_a_mode_that_the_model_has_not(tiny_model: Any) -> None:
    for mode, said in (("distances", "no instance decoder"), ("seeds", "finds no seeds")):
        options = EverythingOptions(search=Search(mode=mode))  # type: ignore[arg-type]
        with pytest.raises(InputError, match=said):
            sw.segment_everything(image_of(APART), tiny_model, options=options)


def test_the_grid_can_be_chosen_where_there_are_seeds(tiny_model: Any) -> None:
    tiny_model.has_seeds = True
    options = EverythingOptions(search=Search(mode="grid"))
    assert sw.segment_everything(image_of(APART), tiny_model, options=options).max() == 4


def test_only_what_may_need_a_decoder_loads_it(
    with_distances: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[bool] = []

    def load(name: str, *, decoder: bool) -> Any:
        asked.append(decoder)
        return with_distances

    monkeypatch.setattr("napari_samwise.weights.load.load_model", load)
    grid, crops = Search(mode="grid", points_per_side=2), Search(points_per_side=2, crop_layers=1)
    for search in (Search(), Search(mode="distances"), grid, crops):
        options = replace(EXACT, search=search)
        sw.segment_everything(image_of(APART), "any", options=options)
    sw.segment_everything(image_of(APART), "any")
    assert asked == [True, True, False, False, True]


def test_options_that_suit_the_model(with_distances: Any, tiny_model: Any) -> None:
    assert default_options(with_distances).watershed == WatershedOptions()
    with_distances.name = tiny_model.name = "vit_l_lm"
    suited = default_options(with_distances)
    assert suited.watershed == WatershedOptions(0.4, 0.4, 0.5, 1.0, 1.6)
    assert (suited.min_area, suited.predicted_iou) == (100, 0.65)
    assert default_options(tiny_model).min_area == 0


def test_stopping_keeps_the_embedding(with_distances: Any) -> None:
    predictor = Predictor(with_distances)
    answers = iter([False, True])
    with pytest.raises(Cancelled):
        sw.segment_everything(image_of(APART), predictor, should_stop=lambda: next(answers))
    assert (len(predictor.store), with_distances.asked) == (1, 0)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: WatershedOptions(centre=1.5), "centre must lie between 0 and 1, got 1.5"),
        (lambda: WatershedOptions(foreground=float("nan")), "foreground must"),
        (lambda: WatershedOptions(distance_smoothing=-1), "distance_smoothing must"),
        (lambda: Search(mode="magic"), "mode must be one of auto, seeds, grid, distances"),
        (lambda: Search(mode="distances", crop_layers=1), "does not click"),
        (lambda: Search(mode="seeds", points_per_side=8), "has no grid"),
    ],
)
def test_options_that_cannot_be(make: Any, said: str) -> None:
    with pytest.raises(InputError, match=said):
        make()
