"""Corrections of an object in a volume reach as far as they matter."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from napari_samwise.errors import PromptError
from napari_samwise.predictor.predictor import Predictor
from napari_samwise.prompts import Prompts
from napari_samwise.segment.volume.correct import correct_volume
from napari_samwise.segment.volume.propagate import segment_volume
from napari_samwise.segment.volume.result import Volume

Start = Callable[..., tuple[np.ndarray, Volume, Predictor]]


@pytest.fixture
def start(tiny_model: Any) -> Start:
    """A bar through 20 slices, prompted on some of them."""

    def run(*prompted: int) -> tuple[np.ndarray, Volume, Predictor]:
        image = np.full((20, 40, 40), 20, np.uint8)
        image += np.arange(20, dtype=np.uint8)[:, None, None]
        image[:, 10:30, 10:20] = 200
        predictor = Predictor(tiny_model)
        prompts = {4: Prompts([(z, 20, 15) for z in prompted])}
        return image, segment_volume(image, prompts, model=predictor), predictor

    return run


def painted(rows: slice, columns: slice) -> np.ndarray:
    mask = np.zeros((40, 40), bool)
    mask[rows, columns] = True
    return mask


def test_a_painted_mask_is_taken_as_it_is(start: Start) -> None:
    image, volume, predictor = start(10)
    mask = painted(slice(12, 25), slice(10, 19))
    corrected = correct_volume(image, volume, 4, {3: mask}, model=predictor)
    assert corrected.labels is volume.labels
    np.testing.assert_array_equal(corrected.labels[3] == 4, mask)
    assert corrected.trusted[4] == frozenset({3, 10})
    assert corrected.confidence[4][3] == 1


def test_nothing_changes_beyond_a_trusted_slice(start: Start) -> None:
    image, volume, predictor = start(8, 14)
    marked = volume.labels.copy()
    marked[[2, 17]] = 0
    volume.labels[[2, 17]] = 0
    touched: list[int] = []
    mask = painted(slice(10, 30), slice(10, 26))
    correct_volume(
        image,
        volume,
        4,
        {11: mask},
        model=predictor,
        on_slice=lambda label, index, mask, confidence: touched.append(index),
    )
    assert set(touched) == {9, 10, 11, 12, 13}
    outside = [z for z in range(20) if z not in touched]
    np.testing.assert_array_equal(volume.labels[outside], marked[outside])


def test_a_correction_is_blended_into_the_trusted_slice(start: Start) -> None:
    image, volume, predictor = start(14)
    # The model goes by the image and finds the old bar, so halfway both outlines meet.
    predictor.model.tolerances = (0.9, 0.05, 0.2)  # type: ignore[assignment]
    corrected = correct_volume(image, volume, 4, {10: Prompts([(20, 15)])}, model=predictor)
    assert set(corrected.confidence[4]) == set(range(20))


def test_where_nothing_is_trusted_it_goes_as_far_as_something_changes(start: Start) -> None:
    image, volume, predictor = start(10)
    touched: list[int] = []
    correct_volume(
        image,
        volume,
        4,
        {15: Prompts([(20, 15)])},
        model=predictor,
        on_slice=lambda label, index, mask, confidence: touched.append(index),
    )
    # Nothing changes: one slice outward, and those up to the trusted one.
    assert max(touched) == 16
    assert min(touched) == 11
    assert volume.labels[19].any()


def test_an_object_that_now_ends_earlier_loses_its_rest(start: Start) -> None:
    image, volume, predictor = start(10)
    corrected = correct_volume(
        image,
        volume,
        4,
        {13: painted(slice(10, 20), slice(10, 20))},
        model=predictor,
        barriers=[15],
    )
    assert max(corrected.confidence[4]) == 14
    assert not volume.labels[15:].any()
    assert volume.labels[:15].any(axis=(1, 2)).all()


def test_other_objects_keep_their_pixels(start: Start) -> None:
    image, volume, predictor = start(10)
    volume.labels[9, 30:35] = 8
    correct_volume(image, volume, 4, {9: painted(slice(20, 35), slice(10, 20))}, model=predictor)
    assert (volume.labels[9, 30:35] == 8).all()


@pytest.mark.parametrize(
    ("label", "corrections", "barriers", "words"),
    [
        (5, {3: Prompts([(20, 15)])}, [], "no object 5; it has \\[4\\]"),
        (4, {}, [], "No correction"),
        (4, {30: Prompts([(20, 15)])}, [], "no slice 30"),
        (4, {3: Prompts([(90, 15)])}, [], "inside the image"),
        (4, {3: np.zeros((40, 40), bool)}, [], "with 0 pixels"),
        (4, {3: np.ones((4, 40), bool)}, [], "slice's size"),
        (4, {3: Prompts([(20, 15)])}, [3], "both a correction and a barrier"),
    ],
)
def test_what_cannot_be_used_is_refused(
    start: Start, label: int, corrections: Any, barriers: list[int], words: str
) -> None:
    image, volume, predictor = start(10)
    before = volume.labels.copy()
    with pytest.raises(PromptError, match=words):
        correct_volume(image, volume, label, corrections, model=predictor, barriers=barriers)
    np.testing.assert_array_equal(volume.labels, before)


def test_doubtful_slices_come_in_turn() -> None:
    confidence = {1: {3: 0.9, 4: 0.5, 5: 0.8, 6: 0.2, 7: 0.1}}
    volume = Volume(np.zeros((9, 4, 4), np.int32), confidence, {1: frozenset({7})}, {}, "Z", True)
    assert volume.doubtful(1) == [4, 6]
    assert volume.next_doubtful(1, after=3) == 4
    assert volume.next_doubtful(1, after=4) == 6
    assert volume.next_doubtful(1, after=6) == 4
    assert volume.next_doubtful(1, after=0, threshold=0.1) is None
    assert volume.next_doubtful(2, after=0) is None


def test_progress_tells_how_much_there_may_be(start: Start) -> None:
    image, volume, predictor = start(10)
    seen: list[tuple[int, int]] = []
    mask = painted(slice(10, 30), slice(10, 26))
    correct_volume(
        image,
        volume,
        4,
        {3: mask},
        model=predictor,
        progress=lambda done, total: seen.append((done, total)),
    )
    totals = {total for _, total in seen}
    assert len(totals) == 1
    assert [done for done, _ in seen] == list(range(1, len(seen) + 1))
    assert seen[0][0] < seen[0][1]
    assert seen[-1][0] <= seen[-1][1]
