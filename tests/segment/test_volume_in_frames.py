"""Objects carried through slices that are larger than what the model sees at once."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import zarr

from napari_samwise.geometry.boxed_mask import BoxedMask
from napari_samwise.geometry.roi import Roi
from napari_samwise.intensity import Intensity
from napari_samwise.predictor.framed_prediction import FramedPrediction
from napari_samwise.predictor.predictor import Predictor
from napari_samwise.prompts import Prompts
from napari_samwise.segment.volume.correct import correct_volume
from napari_samwise.segment.volume.opened_slice import FramedSlice, Question
from napari_samwise.segment.volume.propagate import segment_volume
from napari_samwise.segment.volume.result import Volume

LIMITS = Intensity("contrast-limits", (0.0,), (255.0,), rgb=False)
SHAPE = (9, 300, 420)
BLOBS = {
    1: ((4, 30, 40), (3, 9, 12)),
    2: ((3, 150, 192), (2, 14, 10)),  # where four frames meet
    3: ((5, 285, 400), (3, 12, 16)),  # in a corner
}
PROMPTS = {label: Prompts([centre]) for label, (centre, _) in BLOBS.items()}
FRAME_PX = 128


@pytest.fixture
def framing(tiny_model: Any) -> Any:
    """The tiny model, which sees 128 pixels at once."""
    tiny_model.whole_px, tiny_model.frame_px, tiny_model.top_px = 200, FRAME_PX, FRAME_PX
    return tiny_model


def scene() -> tuple[np.ndarray, np.ndarray]:
    """Ellipsoids on a ground that differs from slice to slice, and which is which."""
    grids, truth = np.indices(SHAPE), np.zeros(SHAPE, np.int32)
    for label, (centre, radii) in BLOBS.items():
        squares = (((g - c) / r) ** 2 for g, c, r in zip(grids, centre, radii, strict=True))
        truth[sum(squares) <= 1] = label
    ground = 10 + np.arange(SHAPE[0], dtype=np.uint8)[:, None, None]
    return np.where(truth > 0, np.uint8(200), ground), truth


def iou(a: np.ndarray, b: np.ndarray) -> float:
    return float((a & b).sum() / (a | b).sum())


class Recorder:
    """An array that is read only by slicing and remembers what was read."""

    def __init__(self, array: Any) -> None:
        self.array, self.shape, self.dtype = array, array.shape, array.dtype
        self.read: list[tuple[int, slice, slice]] = []

    def __getitem__(self, index: Any) -> Any:
        self.read.append(index)
        return self.array[index]


def test_frames_give_what_whole_slices_give(framing: Any, tiny_model_class: Any) -> None:
    image, truth = scene()
    whole = segment_volume(image, PROMPTS, model=tiny_model_class(), intensity=LIMITS)
    framed = segment_volume(image, PROMPTS, model=framing, intensity=LIMITS)
    for label in BLOBS:
        assert iou(framed.labels == label, whole.labels == label) >= 0.99
        assert iou(framed.labels == label, truth == label) > 0.95
        assert framed.confidence[label] == pytest.approx(whole.confidence[label])
    assert max(max(shape) for shape in framing.encoded) == FRAME_PX


@pytest.mark.parametrize("along", ["Y", "X"])
def test_slices_across_another_axis(framing: Any, along: str) -> None:
    # A slice has the shorter sides of the volume and one of 300 or 420 pixels.
    image, truth = (np.repeat(part, 2, axis=0) for part in scene())
    prompts = {1: Prompts([(9, 30, 40)])}
    found = segment_volume(image, prompts, model=framing, intensity=LIMITS, along=along)
    assert iou(found.labels > 0, truth == 1) > 0.9
    assert max(max(shape) for shape in framing.encoded) == FRAME_PX


def test_nothing_far_from_the_objects_is_read(framing: Any) -> None:
    stored = zarr.create_array(
        {}, shape=(8, 3000, 3000), chunks=(1, 250, 250), dtype="u1", fill_value=20
    )
    boxes = {1: (700, 2100), 2: (2800, 130)}
    for y, x in boxes.values():
        stored[2:6, y : y + 24, x : x + 30] = 200
        for z in range(8):
            stored[z, y - 9, x - 9] = 100 + z  # no two slices have the same key
    lazy = Recorder(stored)
    prompts = {label: Prompts([(3, y + 5, x + 5)]) for label, (y, x) in boxes.items()}
    found = segment_volume(lazy, prompts, model=framing, axes="ZYX", intensity=LIMITS)
    for label, (y, x) in boxes.items():
        assert list(found.confidence[label]) == [2, 3, 4, 5]
        assert found.labels[2:6, y : y + 24, x : x + 30].min() == label
    assert np.count_nonzero(found.labels) == 2 * 4 * 24 * 30
    assert all(isinstance(z, int) for z, _, _ in lazy.read)
    assert max(max(y.stop - y.start, x.stop - x.start) for _, y, x in lazy.read) <= FRAME_PX
    near = [Roi((y - FRAME_PX, x - FRAME_PX), (3 * FRAME_PX,) * 2) for y, x in boxes.values()]
    for _, *index in lazy.read:
        roi = Roi.from_slices(index)
        assert any(around.intersect(roi) == roi for around in near)
    # One frame for each object, on the slices it has and on those where it was looked for.
    slices = {z for z, _, _ in lazy.read}
    assert slices == {1, 2, 3, 4, 5, 6}
    assert len(framing.encoded) == 2 * len(slices)


def test_limits_of_each_tile_do_not_hide_where_an_object_ends(framing: Any) -> None:
    image, truth = scene()
    found = segment_volume(image, PROMPTS, model=framing, intensity="minmax-per-tile")
    assert iou(found.labels > 0, truth > 0) > 0.95


def test_a_pyramid_is_one_image(framing: Any) -> None:
    image, _ = scene()
    alone = segment_volume(image, PROMPTS, model=framing, intensity=LIMITS)
    levels = [image, image[:, ::2, ::2]]
    pyramid = segment_volume(levels, PROMPTS, model=framing, intensity=LIMITS, axes="ZYX")
    np.testing.assert_array_equal(pyramid.labels, alone.labels)
    corrected = correct_volume(
        levels, pyramid, 1, {4: pyramid.labels[4] == 1}, model=framing, intensity=LIMITS
    )
    assert corrected.complete


def test_every_slice_is_told_as_a_mask_of_its_size(framing: Any) -> None:
    image, _ = scene()
    told: dict[int, np.ndarray] = {}

    def remember(label: int, index: int, mask: np.ndarray, confidence: float) -> None:
        told[index] = mask

    one = {2: PROMPTS[2]}
    found = segment_volume(image, one, model=framing, intensity=LIMITS, on_slice=remember)
    for index, mask in told.items():
        assert mask.dtype == np.bool_
        np.testing.assert_array_equal(mask, found.labels[index] == 2)


def test_stopping_between_frames_keeps_what_was_found(framing: Any) -> None:
    image, truth = scene()
    found = segment_volume(
        image,
        {1: PROMPTS[1]},
        model=framing,
        intensity=LIMITS,
        should_stop=lambda: len(framing.encoded) >= 6,
    )
    assert not found.complete
    assert len(framing.encoded) == 6
    kept = list(found.confidence[1])
    assert 4 in kept
    assert 1 < len(kept) < 7
    np.testing.assert_array_equal(found.labels[kept], truth[kept] == 1)
    assert not np.delete(found.labels, kept, axis=0).any()


def spilled(framing: Any) -> tuple[np.ndarray, np.ndarray, Volume, Predictor]:
    """The first blob, found, and on slice 5 a patch of the ground with it."""
    image, truth = scene()
    predictor = Predictor(framing)
    volume = segment_volume(image, {1: PROMPTS[1]}, model=predictor, intensity=LIMITS)
    volume.labels[5, 36:44, 54:60] = 1
    return image, truth == 1, volume, predictor


def test_a_click_corrects_the_mask_that_is_there(framing: Any) -> None:
    image, truth, volume, predictor = spilled(framing)
    exclude = Prompts([(40, 57)], labels=[0])
    done = correct_volume(image, volume, 1, {5: exclude}, model=predictor, intensity=LIMITS)
    np.testing.assert_array_equal(done.labels[5] == 1, truth[5])
    assert done.trusted[1] == frozenset({4, 5})
    assert max(max(shape) for shape in framing.encoded) == FRAME_PX


def test_a_painted_mask_is_taken_as_it_is(framing: Any) -> None:
    image, truth, volume, predictor = spilled(framing)
    done = correct_volume(image, volume, 1, {5: truth[5]}, model=predictor, intensity=LIMITS)
    np.testing.assert_array_equal(done.labels[5] == 1, truth[5])


def test_a_correction_that_is_stopped_at_once_changes_nothing(framing: Any) -> None:
    image, _, volume, predictor = spilled(framing)
    before = volume.labels.copy()
    done = correct_volume(
        image,
        volume,
        1,
        {5: Prompts([(30, 40)])},
        model=predictor,
        intensity=LIMITS,
        should_stop=lambda: True,
    )
    assert not done.complete
    assert done.trusted == volume.trusted
    assert done.confidence == volume.confidence
    np.testing.assert_array_equal(volume.labels, before)


@pytest.mark.parametrize(
    ("sides", "expected"), [((300, 200), 300.0), ((3, 60), 60.0), ((6, 300), None)]
)
def test_only_what_is_seen_as_a_whole_has_an_extent(
    sides: tuple[int, int], expected: float | None
) -> None:
    asked: list[float | None] = []

    def decode(prompts: Prompts, *, extent_px: float | None, **_: Any) -> FramedPrediction:
        asked.append(extent_px)
        return FramedPrediction((), np.zeros(0, np.float32))

    plane: Any = SimpleNamespace(
        lattice=SimpleNamespace(plane_size=(4000, 4000)),
        predictor=SimpleNamespace(model=SimpleNamespace(room_px=100)),
        decode=decode,
    )
    mask = BoxedMask(Roi((50, 60), sides), np.ones(sides, np.bool_))
    here = FramedSlice(plane, LIMITS)
    here.decode(Question(Prompts([(51, 61)]), beside=mask))
    # A mask is looked at as a whole in any case.
    here.decode(Question(Prompts([(51, 61)]), earlier=mask, beside=mask))
    here.decode(Question(Prompts([(51, 61)])))
    assert asked == [expected, float(max(sides)), None]
