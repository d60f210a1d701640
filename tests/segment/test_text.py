"""Objects that a text names, on planes, stacks and in frames."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage as ndi
from skimage.draw import disk, ellipse

import napari_samwise as sw
from napari_samwise.errors import Cancelled, InputError
from napari_samwise.geometry.boxed_mask import BoxedMask
from napari_samwise.geometry.roi import Roi
from napari_samwise.intensity import Intensity
from napari_samwise.predictor.plane_source import PlaneSource
from napari_samwise.predictor.predictor import Predictor
from napari_samwise.segment.everything.scaled_mask import ScaledMask
from napari_samwise.segment.text.choose import Chooser
from napari_samwise.segment.text.measures import Measures
from napari_samwise.segment.text.query import parse


@pytest.fixture
def named_model(tiny_model):
    """A model that calls what is bright a cell, and what is less so a nucleus."""

    class NamingModel(type(tiny_model)):
        @property
        def vocabulary(self):
            return ("cell", "nucleus")

        def name_objects(self, features, image_size, masks):
            grey = features["image_embedding"][0].mean(0).numpy()
            bright = [float(grey[mask.roi.slices][mask.inside].mean()) > 0.7 for mask in masks]
            return torch.tensor([[0.9, 0.1] if each else [0.1, 0.9] for each in bright])

    return NamingModel()


WINDOW = Intensity("window", (0.0,), (255.0,), False)


@pytest.fixture
def plane() -> np.ndarray:
    """`(96, 128)`: four bright discs, one large and one cut off; two dimmer ones, one long."""
    image = np.full((96, 128), 60, dtype=np.uint8)
    for centre, radius in (((20, 20), 6), ((20, 50), 6), ((60, 30), 14), ((0, 90), 8)):
        image[disk(centre, radius, shape=image.shape)] = 220
    image[disk((50, 70), 6)] = 140
    image[ellipse(75, 95, 4, 16)] = 140
    return image


def found_at(labels: np.ndarray, *places: tuple[int, int]) -> list[int]:
    return [int(labels[place]) for place in places]


SMALL, OTHER, LARGE, CUT = (20, 20), (20, 50), (60, 30), (2, 90)
DIM, LONG = (50, 70), (75, 95)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("cells", {SMALL, OTHER, LARGE, CUT}),
        ("nuclei", {DIM, LONG}),
        ("round nuclei", {DIM}),
        ("elongated nuclei", {LONG}),
        ("nuclei, not round", {LONG}),
        ("large cells", {LARGE}),
        ("whole cells", {SMALL, OTHER, LARGE}),
        ("cells and elongated nuclei", {SMALL, OTHER, LARGE, CUT, LONG}),
        ("everything except cells", {DIM, LONG}),
        ("bright things", {SMALL, OTHER, LARGE, CUT, DIM, LONG}),
        ("dark things", set()),
    ],
)
def test_a_text_on_a_plane(plane, text, meant, named_model) -> None:
    labels = sw.segment_text(plane, text, named_model, "YX", intensity=WINDOW)
    assert labels.dtype == np.int32
    assert labels.shape == plane.shape
    places = [SMALL, OTHER, LARGE, CUT, DIM, LONG]
    assert {place for place in places if labels[place]} == meant
    assert np.unique(labels[labels > 0]).tolist() == list(range(1, len(meant) + 1))


def test_ids_of_a_stack_are_never_used_twice(plane, named_model) -> None:
    stack = np.stack([plane, np.full_like(plane, 60), plane])
    labels = sw.segment_text(stack, "round nuclei", named_model, "ZYX", intensity=WINDOW)
    assert found_at(labels, (0, *DIM), (2, *DIM)) == [1, 2]
    assert not labels[1].any()
    linked = sw.segment_text(
        np.stack([plane, plane]), "nuclei", named_model, "ZYX", intensity=WINDOW, link="Z"
    )
    assert linked[0][DIM] == linked[1][DIM] != 0


def test_objects_are_named_alike_in_frames(plane, named_model) -> None:
    masks = [BoxedMask.from_mask(regions == n) for regions, n in _regions(plane)]
    source = PlaneSource(plane, "YX")
    chooser = Chooser(parse("nuclei", ("cell", "nucleus")), Predictor(named_model), WINDOW)
    whole = chooser.choose(source, masks)
    named_model.whole_px, named_model.frame_px = 64, 64
    named_model.top_px, named_model.room_px = 64, 32
    framed = chooser.choose(source, masks)
    assert sorted(whole.tolist()) == [False] * 4 + [True] * 2
    np.testing.assert_array_equal(framed, whole)


def _regions(plane):
    regions, count = ndi.label(plane > 100)
    return [(regions, n) for n in range(1, count + 1)]


def test_a_model_without_words_takes_adjectives_alone(plane, tiny_model) -> None:
    labels = sw.segment_text(plane, "elongated things", tiny_model, intensity=WINDOW)
    assert labels[LONG]
    assert not labels[SMALL]
    with pytest.raises(InputError, match="use 'nano'"):
        sw.segment_text(plane, "nuclei", tiny_model)
    with pytest.raises(InputError, match="no words"):
        tiny_model.name_objects({}, plane.shape, [BoxedMask.from_mask(plane > 200)])


def test_colours(plane, named_model) -> None:
    image = np.stack([plane, plane, plane], axis=-1)
    image[disk((50, 70), 6)] = (140, 60, 180)
    labels = sw.segment_text(image, "purple things", named_model, "YXC")
    assert np.unique(labels).tolist() == [0, 1]
    assert labels[DIM]
    with pytest.raises(InputError, match="grey"):
        sw.segment_text(plane, "purple things", named_model)


def test_bad_input_is_one_sentence(plane, named_model) -> None:
    with pytest.raises(InputError, match="confidence must lie between"):
        sw.segment_text(plane, "cells", named_model, confidence=2)
    with pytest.raises(InputError, match="'blobby' is not among"):
        sw.segment_text(plane, "blobby cells", named_model)
    with pytest.raises(Cancelled):
        sw.segment_text(plane, "cells", named_model, should_stop=lambda: True)


def test_nothing_there_is_nothing_found(named_model) -> None:
    labels = sw.segment_text(np.zeros((32, 40), np.uint8), "round nuclei", named_model)
    assert labels.shape == (32, 40)
    assert not labels.any()


def test_confidence_is_a_share_of_the_likeliest_word(plane, named_model) -> None:
    strict, lenient = (
        sw.segment_text(plane, "cells", named_model, intensity=WINDOW, confidence=share)
        for share in (1.0, 0.1)
    )
    assert strict[SMALL]
    assert not strict[DIM]
    assert lenient[DIM]


def test_labels_go_where_they_are_asked_for(plane, named_model, tmp_path) -> None:
    expected = sw.segment_text(plane, "large cells", named_model, intensity=WINDOW)
    path = tmp_path / "labels.zarr"
    found = sw.segment_text(plane, "large cells", named_model, intensity=WINDOW, out=path)
    np.testing.assert_array_equal(found[:], expected)
    assert path.exists()


def test_masks_of_large_objects_reach_the_chooser_in_pixels() -> None:
    cells = BoxedMask.from_mask(np.eye(3, dtype=bool), (1, 2))
    boxed = ScaledMask(cells, 4).boxed((15, 100))
    assert boxed.roi == Roi((4, 8), (11, 12))
    np.testing.assert_array_equal(boxed.inside[::4, ::4], np.eye(3, dtype=bool))
    assert ScaledMask(cells).boxed((15, 100)) is cells


@given(st.integers(2, 12), st.integers(2, 12), st.integers(0, 3))
def test_shape_does_not_depend_on_turns(height: int, width: int, turns: int) -> None:
    mask = np.zeros((20, 20), dtype=bool)
    mask[3 : 3 + height, 4 : 4 + width] = True

    def measure(turned: np.ndarray) -> tuple[float, ...]:
        boxed = BoxedMask.from_mask(np.ascontiguousarray(turned))
        grey = np.repeat(turned[..., None], 3, -1).astype(np.uint8) * 90
        seen = Measures([boxed], lambda roi: grey[roi.slices], (20, 20))
        values = (seen.area, seen.axis_ratio, seen.solidity, seen.contrast)
        return tuple(float(each[0]) for each in values)

    straight = measure(mask)
    assert straight[0] == height * width
    assert straight[1] == pytest.approx(min(height, width) / max(height, width), rel=1e-6)
    assert straight[3] == pytest.approx(90)
    assert measure(np.rot90(mask, turns)) == pytest.approx(straight)
