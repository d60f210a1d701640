"""Objects carried through a volume, with a model that goes by brightness."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from napari_samwise.errors import ImageError, PromptError
from napari_samwise.predictor.predictor import Predictor
from napari_samwise.prompts import Prompts
from napari_samwise.segment.volume.propagate import segment_volume

SHAPE = (21, 48, 56)
CENTRE, RADII = (10, 22, 30), (6, 12, 15)


def ellipsoid(centre: tuple[int, ...] = CENTRE, radii: tuple[int, ...] = RADII) -> np.ndarray:
    grids = np.indices(SHAPE)
    return sum(((g - c) / r) ** 2 for g, c, r in zip(grids, centre, radii, strict=True)) <= 1


def volume_of(inside: np.ndarray, value: int = 200) -> np.ndarray:
    """Grey like the ground with a gradient, so that no two slices are alike."""
    ground = 10 + np.arange(len(inside), dtype=np.uint8)[:, None, None]
    return np.where(inside, np.uint8(value), ground)


def dice(a: np.ndarray, b: np.ndarray) -> float:
    return 2 * float((a & b).sum()) / float(a.sum() + b.sum())


class Lazy:
    """An array that is read only by slicing and remembers which slices were read."""

    def __init__(self, array: np.ndarray) -> None:
        self.array, self.shape, self.dtype = array, array.shape, array.dtype
        self.read: list[Any] = []

    def __getitem__(self, index: Any) -> np.ndarray:
        self.read.append(index)
        return self.array[index]


@pytest.mark.parametrize("along", ["Z", "Y", "X", "z"])
def test_one_click_gives_the_object_along_any_axis(tiny_model: Any, along: str) -> None:
    true = ellipsoid()
    found = segment_volume(volume_of(true), {3: Prompts([CENTRE])}, model=tiny_model, along=along)
    assert found.labels.dtype == np.int32
    assert found.labels.shape == SHAPE
    assert set(np.unique(found.labels)) == {0, 3}
    assert dice(found.labels > 0, true) > 0.97
    axis = "ZYX".index(along.upper())
    others = tuple(a for a in range(3) if a != axis)
    slices = np.flatnonzero((found.labels > 0).any(axis=others)).tolist()
    assert list(found.confidence[3]) == slices
    assert found.along == along.upper()
    assert found.complete


def test_any_order_of_axes_and_a_fixed_time(tiny_model: Any) -> None:
    true = ellipsoid()
    series = np.stack([np.zeros_like(volume_of(true)), volume_of(true)])
    moved = np.einsum("TZYX->XTYZ", series)
    z, y, x = CENTRE
    prompts = {1: Prompts([(x, 1, y, z)])}
    found = segment_volume(moved, prompts, model=tiny_model, axes="XTYZ", along="Z")
    labels = np.einsum("XTYZ->TZYX", found.labels)
    assert not labels[0].any()
    assert dice(labels[1] > 0, true) > 0.97


def test_through_time(tiny_model: Any) -> None:
    true = ellipsoid()
    prompts = {1: Prompts([CENTRE])}
    found = segment_volume(volume_of(true), prompts, model=tiny_model, axes="TYX", along="T")
    assert dice(found.labels > 0, true) > 0.97


def test_two_objects_that_cross(tiny_model: Any) -> None:
    first, second = np.zeros(SHAPE, bool), np.zeros(SHAPE, bool)
    for z in range(SHAPE[0]):
        first[z, 10:20, 5 + z : 15 + z] = True
        second[z, 17:27, 30 - z : 40 - z] = True
    image = volume_of(first)
    image[second & ~first] = 110
    prompts = {7: Prompts([(0, 14, 9)]), 2: Prompts([(20, 24, 14)])}
    found = segment_volume(image, prompts, model=tiny_model)
    assert dice(found.labels == 7, first) > 0.97
    assert dice(found.labels == 2, second & ~first) > 0.9


def test_the_first_of_the_prompts_keeps_its_pixels(tiny_model: Any) -> None:
    true = ellipsoid()
    # The same object twice: the second comes to most slices first, on the way from below.
    prompts = {5: Prompts([(14, 22, 30)]), 1: Prompts([(6, 22, 30)])}
    found = segment_volume(volume_of(true), prompts, model=tiny_model)
    assert set(np.unique(found.labels)) == {0, 5}
    assert list(found.confidence[1]) == list(found.confidence[5])


def test_an_object_that_runs_into_another_ends_there(tiny_model: Any) -> None:
    true = np.zeros(SHAPE, bool)
    true[2:12, 18:26, 20:28] = True
    image = volume_of(true)
    image[12:20, 5:40, 5:50] = 200
    found = segment_volume(image, {1: Prompts([(5, 22, 24)])}, model=tiny_model)
    np.testing.assert_array_equal(found.labels > 0, true)


def test_a_barrier_stops_both_ways(tiny_model: Any) -> None:
    image = volume_of(np.broadcast_to(ellipsoid()[10], SHAPE))
    prompts = {1: Prompts([CENTRE]), 2: Prompts([(2, 22, 30)])}
    found = segment_volume(image, prompts, model=tiny_model, barriers={1: [7, 14]})
    assert list(found.confidence[1]) == list(range(8, 14))
    assert list(found.confidence[2]) == list(range(21))


def test_a_barrier_between_two_prompts_keeps_them_apart(tiny_model: Any) -> None:
    image = volume_of(np.broadcast_to(ellipsoid()[10], SHAPE))
    prompts = {1: Prompts([(4, 22, 30), (16, 22, 30)])}
    found = segment_volume(image, prompts, model=tiny_model, barriers={1: [10]})
    assert list(found.confidence[1]) == [z for z in range(21) if z != 10]


def test_between_two_prompts_nothing_ends_an_object(tiny_model: Any) -> None:
    bar = np.zeros(SHAPE, bool)
    bar[3:18, 10:30, 10:30] = True
    image = volume_of(bar)
    # Far too dim to be the object, and it goes on behind.
    image[9:12, 10:30, 10:30] = 70
    alone = segment_volume(image, {1: Prompts([(5, 20, 20)])}, model=tiny_model)
    both = segment_volume(image, {1: Prompts([(5, 20, 20), (15, 20, 20)])}, model=tiny_model)
    assert max(alone.confidence[1]) == 8
    np.testing.assert_array_equal(both.labels > 0, bar)


def test_what_is_told_and_in_which_order(tiny_model: Any) -> None:
    told: list[tuple[int, int]] = []
    true = np.zeros(SHAPE, bool)
    true[4:15, 10:30, 10:30] = True

    def remember(label: int, index: int, mask: np.ndarray, confidence: float) -> None:
        np.testing.assert_array_equal(mask, true[index])
        assert 0 < confidence <= 1
        told.append((label, index))

    prompts = {9: Prompts([(7, 20, 20), (11, 20, 20)])}
    found = segment_volume(volume_of(true), prompts, model=tiny_model, on_slice=remember)
    up = [7, 11, 8, 9, 10, 12, 13, 14]
    down = [10, 9, 8, 6, 5, 4]
    assert told == [(9, index) for index in up + down]
    assert found.trusted == {9: frozenset({7, 11})}


def test_each_slice_is_encoded_once_and_far_ones_are_not_read(tiny_model: Any) -> None:
    true = np.zeros((220, 48, 56), bool)
    true[100:110, 10:30, 10:30] = True
    image = volume_of(true)
    lazy = Lazy(image)
    predictor = Predictor(tiny_model)
    prompts = {1: Prompts([(104, 20, 20), (106, 20, 20)]), 2: Prompts([(105, 12, 12)])}
    from napari_samwise.geometry.axes import parse_axes
    from napari_samwise.intensity import resolve_intensity

    intensity = resolve_intensity(image, rgb=False, axes=parse_axes("ZYX"))
    segment_volume(lazy, prompts, model=predictor, axes="ZYX", intensity=intensity)
    slices = [index[0] for index in lazy.read if isinstance(index[0], int)]
    assert min(slices) >= 100 - 6
    assert max(slices) <= 109 + 6
    assert tiny_model.encoded.count((48, 56, 3)) == len(set(slices))
    beside = [index for index in lazy.read if not isinstance(index[0], int)]
    assert all(sum(isinstance(part, int) for part in index) == 1 for index in beside)
    assert min(index[0].start for index in beside) >= 100 - 6 - 40
    assert max(index[0].stop for index in beside) <= 109 + 6 + 41


def test_stopping_keeps_what_was_found(tiny_model: Any) -> None:
    true = ellipsoid()
    told: list[int] = []
    found = segment_volume(
        volume_of(true),
        {1: Prompts([CENTRE])},
        model=tiny_model,
        on_slice=lambda label, index, mask, confidence: told.append(index),
        should_stop=lambda: len(told) >= 4,
    )
    assert not found.complete
    assert sorted(told) == list(found.confidence[1])
    assert 4 <= len(told) < 11
    np.testing.assert_array_equal(np.flatnonzero(found.labels.any(axis=(1, 2))), sorted(told))


def test_stopping_between_prompts_keeps_the_way_up(tiny_model: Any) -> None:
    image = volume_of(np.broadcast_to(ellipsoid()[10], SHAPE))
    answers = iter([False] * 10 + [True])
    found = segment_volume(
        image,
        {1: Prompts([(2, 22, 30), (18, 22, 30)])},
        model=tiny_model,
        should_stop=lambda: next(answers),
    )
    assert list(found.confidence[1]) == [2, 3, 4, 5, 6, 7, 8, 9, 18]


def test_progress_ends_at_its_total(tiny_model: Any) -> None:
    seen: list[tuple[int, int]] = []
    segment_volume(
        volume_of(ellipsoid()),
        {1: Prompts([CENTRE])},
        model=tiny_model,
        progress=lambda *step: seen.append(step),
    )
    total = 1 + 11 + 11
    assert seen == [(done, total) for done in range(1, total + 1)]


def test_a_box_through_slices_prompts_each_of_them(tiny_model: Any) -> None:
    true = ellipsoid()
    box = Prompts(box=[(8, 8, 12), (12, 36, 48)])
    found = segment_volume(volume_of(true), {1: box}, model=tiny_model)
    assert found.trusted[1] == frozenset(range(8, 13))
    assert dice(found.labels > 0, true) > 0.95


@pytest.mark.parametrize(
    ("changes", "error", "words"),
    [
        ({"along": "T"}, ImageError, "one of the axes Z, Y, X of 'ZYX'"),
        ({"axes": "TYX", "along": "Y"}, ImageError, "one of the axes T of 'TYX'"),
        ({"scale": (1, 1)}, ImageError, "one positive size for each of the axes"),
        ({"scale": (1, 0, 1)}, ImageError, "one positive size"),
        ({"barriers": {1: [10]}}, PromptError, "a prompt and a barrier on the slices \\[10\\]"),
        ({"barriers": {4: [10]}}, PromptError, "objects \\[4\\], which have no prompts"),
        ({"prompts": {}}, PromptError, "at least one object"),
        ({"prompts": {0: Prompts([CENTRE])}}, PromptError, "whole number from 1"),
        ({"prompts": {1: Prompts([(40, 1, 1)])}}, PromptError, "Object 1: .*inside"),
    ],
)
def test_what_cannot_be_used_is_refused(
    tiny_model: Any, changes: dict[str, Any], error: type[Exception], words: str
) -> None:
    asked = {"prompts": {1: Prompts([CENTRE])}, "model": tiny_model, **changes}
    with pytest.raises(error, match=words):
        segment_volume(volume_of(ellipsoid()), **asked)


def test_prompts_at_two_times_are_refused(tiny_model: Any) -> None:
    series = np.stack([volume_of(ellipsoid())] * 2)
    prompts = {1: Prompts([(0, *CENTRE), (1, *CENTRE)])}
    with pytest.raises(PromptError, match="2 places on the other axes"):
        segment_volume(series, prompts, model=tiny_model, along="Z")
