"""What is no use as an argument is told in one sentence, before anything has changed."""

from __future__ import annotations

import copy
import pickle
import warnings
from collections.abc import Callable
from typing import Any

import dask.array as da
import numpy as np
import pytest
import torch
import zarr
from skimage.data import coins

import napari_samwise as sw
from napari_samwise.errors import ImageError, InputError, PromptError
from napari_samwise.learn.adapt_examples import crop_planes
from napari_samwise.learn.adaptation import AdaptOptions
from napari_samwise.learn.corpus import LabelledPlane
from napari_samwise.predictor.framed import FramedPlane
from napari_samwise.predictor.plane_source import PlaneSource
from napari_samwise.segment.tracking.options import TrackingOptions

COINS: np.ndarray = coins()[100:164, 100:180].copy()
STACK = np.stack([COINS] * 5)
CLICK = sw.Prompts(points=[(27, 53)])
IN_STACK = {1: sw.Prompts(points=[(2, 27, 53)])}
MASK = np.zeros(COINS.shape, bool)
MASK[20:30, 45:60] = True


@pytest.fixture(scope="module")
def predictor() -> sw.Predictor:
    return sw.Predictor("nano")


@pytest.fixture
def volume(predictor: sw.Predictor) -> sw.Volume:
    return sw.segment_volume(STACK, IN_STACK, model=predictor)


@pytest.mark.parametrize(
    "corrections",
    [
        {1: MASK.astype(np.uint8)},
        {1: MASK.astype(np.uint8) * 255},
        {1: MASK.astype(float)},
        {1: None},
        {1.5: MASK},
        {"1": MASK},
        {True: MASK},
        {5: MASK},
        {1: MASK[:-1]},
        [MASK],
        {},
    ],
)
def test_a_correction_that_is_none_changes_nothing(
    predictor: sw.Predictor, volume: sw.Volume, corrections: Any
) -> None:
    before = volume.labels.copy()
    with pytest.raises(PromptError):
        sw.correct_volume(STACK, volume, 1, corrections, model=predictor)
    np.testing.assert_array_equal(volume.labels, before)


def test_a_mask_may_be_a_list(predictor: sw.Predictor, volume: sw.Volume) -> None:
    found = sw.correct_volume(STACK, volume, 1, {1: MASK.tolist()}, model=predictor)
    np.testing.assert_array_equal(found.labels[1] == 1, MASK)


@pytest.mark.parametrize("image", [STACK[:3], STACK[:, :40]])
def test_a_correction_needs_the_image_of_its_volume(
    predictor: sw.Predictor, volume: sw.Volume, image: np.ndarray
) -> None:
    with pytest.raises(ImageError, match="must be that of the volume"):
        sw.correct_volume(image, volume, 1, {1: CLICK}, model=predictor)


def test_what_is_corrected_is_a_volume(predictor: sw.Predictor, volume: sw.Volume) -> None:
    with pytest.raises(PromptError, match="got ndarray"):
        sw.correct_volume(STACK, volume.labels, 1, {1: CLICK}, model=predictor)
    with pytest.raises(PromptError, match="no object '1'"):
        sw.correct_volume(STACK, volume, "1", {1: CLICK}, model=predictor)


@pytest.mark.parametrize("barriers", ["3", [3.5], ["a"], [-2], [99], 3, [True]])
def test_barriers_are_slices(predictor: sw.Predictor, volume: sw.Volume, barriers: Any) -> None:
    with pytest.raises(PromptError):
        sw.segment_volume(STACK, IN_STACK, model=predictor, barriers={1: barriers})
    with pytest.raises(PromptError):
        sw.correct_volume(STACK, volume, 1, {1: CLICK}, model=predictor, barriers=barriers)
    with pytest.raises(PromptError, match="mapping"):
        sw.segment_volume(STACK, IN_STACK, model=predictor, barriers=[3])


@pytest.mark.parametrize(
    "given",
    [
        {"along": "ZY"},
        {"along": ""},
        {"along": None},
        {"along": 0},
        {"scale": "abc"},
        {"scale": 5},
        {"scale": (1, None, 1)},
    ],
)
def test_axis_and_scale_of_a_volume(predictor: sw.Predictor, given: dict[str, Any]) -> None:
    with pytest.raises(ImageError):
        sw.segment_volume(STACK, IN_STACK, model=predictor, **given)


def test_more_objects_than_numbers_are_told() -> None:
    labels = np.zeros((2, 200, 200), np.int8)
    for z in range(2):
        for index in range(100):
            labels[z, (index // 15) * 13 + z * 6, (index % 15) * 13] = index + 1
    with pytest.raises(InputError, match="int32"):
        sw.link_slices(labels, "ZYX")
    assert len(sw.link_slices(labels.astype(np.int32), "ZYX")) == 200


@pytest.mark.parametrize(
    "labels",
    [
        np.zeros((2, 9, 9), bool),
        np.zeros((2, 9, 9), np.uint16),
        np.zeros((2, 9, 9)),
        np.zeros((2, 9, 9), complex),
        [[[0]]],
        None,
    ],
)
def test_labels_to_be_linked_hold_whole_numbers(labels: Any) -> None:
    with pytest.raises(InputError, match="signed integer"):
        sw.link_slices(labels, "ZYX")


def test_arrays_that_are_changed_in_place_can_be_written_to() -> None:
    closed = np.zeros((4, 9, 9), np.int32)
    closed[[0, 3]] = 1
    closed.setflags(write=False)
    for work in (
        lambda: sw.link_slices(closed, "ZYX"),
        lambda: sw.interpolate_slices(closed, 1),
        lambda: sw.segment(STACK[:4, :9, :9], {}, out=closed),
    ):
        with pytest.raises(InputError):
            work()


@pytest.mark.parametrize(
    ("labels", "axis"),
    [
        (zarr.array(np.ones((3, 4, 4), np.int32)), 0),
        (da.ones((3, 4, 4), dtype=np.int32), 0),
        ([[[1]]], 0),
        (np.ones((3, 4, 4)), 0),
        (np.ones((3, 4, 4), np.int32), 3),
        (np.ones((3, 4, 4), np.int32), "Z"),
    ],
)
def test_slices_are_filled_in_memory_along_an_axis(labels: Any, axis: Any) -> None:
    with pytest.raises(InputError):
        sw.interpolate_slices(labels, 1, axis)


def test_a_text_is_refused_in_frames_as_on_one_plane(predictor: sw.Predictor) -> None:
    text = sw.Prompts(text="coin")
    for frame_px in (None, 64):
        with pytest.raises(PromptError, match=r"Object 7: .* does not read text"):
            sw.segment(COINS, {7: text}, model=predictor, frame_px=frame_px)
    with pytest.raises(PromptError, match="got list"):
        FramedPlane(predictor, PlaneSource(COINS)).decode([(3, 4)])  # type: ignore[arg-type]


@pytest.mark.parametrize("number", [0, 1.5, "a", float("nan"), True])
def test_counts_are_whole_numbers(predictor: sw.Predictor, number: Any) -> None:
    embedding = predictor.encode(COINS)
    framed = FramedPlane(predictor, PlaneSource(COINS))
    for work in (
        lambda: predictor.decode(embedding, CLICK, keep=number),
        lambda: framed.decode(CLICK, keep=number),
        lambda: sw.segment(COINS, {1: CLICK}, model=predictor, frame_px=number),
        lambda: TrackingOptions(least_daughter_frames=number),
        lambda: AdaptOptions(steps=number),
        lambda: AdaptOptions(most_planes=number),
    ):
        with pytest.raises(InputError):
            work()
    with pytest.raises(InputError):
        TrackingOptions(max_gap=-1 if number == 0 else number)
    with pytest.raises(InputError):
        AdaptOptions(seed=-1 if number == 0 else number)


def test_large_ids_need_no_memory() -> None:
    labels = np.where(MASK, 2**31 - 1, 0).astype(np.int32)
    plane = LabelledPlane("a", "b", np.repeat(COINS[..., None], 3, 2), labels)
    (found,) = crop_planes([plane], 1024)
    assert found.scored == frozenset({2**31 - 1}) or found.scored is None


@pytest.mark.parametrize("labels", [MASK.astype(float), MASK[:-1].astype(np.int32)])
def test_labels_to_learn_from_fit_their_image(labels: np.ndarray) -> None:
    plane = LabelledPlane("a", "b", np.repeat(COINS[..., None], 3, 2), labels)
    with pytest.raises(InputError, match="Labels of a"):
        list(crop_planes([plane], 1024))


def test_what_lies_in_torch_or_has_no_shape_is_told(predictor: sw.Predictor) -> None:
    learned = torch.ones(64, 64, requires_grad=True)
    unknown = da.from_array(COINS)[da.from_array(COINS).sum(1) > 0]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for image in (learned, unknown):
            with pytest.raises(ImageError):
                predictor.encode(image)
        makers: tuple[Callable[[], object], ...] = (
            lambda: sw.Prompts(points=learned),
            lambda: sw.Prompts(mask=learned),
            lambda: sw.Prompts(mask=[[True], [True, False]]),
            lambda: sw.Prompts(mask=np.full((9, 9), 1e300)),
        )
        for make in makers:
            with pytest.raises(PromptError):
                make()
        mask = sw.Prompts(mask=torch.ones(4, 5, dtype=torch.bool)).mask
    assert mask is not None
    assert mask.shape == (4, 5)


def test_values_are_copied_whole(predictor: sw.Predictor) -> None:
    embedding = predictor.encode(COINS)
    prompts = sw.Prompts(points=[(27, 53)], box=(3, 4, 40, 60))
    for again in (
        (copy.deepcopy(embedding), copy.deepcopy(prompts)),
        pickle.loads(pickle.dumps((embedding, prompts))),
    ):
        found = predictor.decode(*again)
        np.testing.assert_array_equal(found.masks, predictor.decode(embedding, prompts).masks)
        with pytest.raises(TypeError):
            again[0].features["image_embedding"] = None
        with pytest.raises(ValueError, match="read-only"):
            again[1].points[0] = 0
    assert len(repr(embedding)) < 400
