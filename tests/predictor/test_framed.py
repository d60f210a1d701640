"""Prompts on planes in frames: the right frames, the whole object, nothing of the plane's size."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from napari_samwise.errors import Cancelled, InputError, PromptError
from napari_samwise.geometry.roi import Roi
from napari_samwise.intensity import Intensity
from napari_samwise.predictor.framed import FramedPlane
from napari_samwise.predictor.framed_mask import given_mask
from napari_samwise.predictor.plane_source import PlaneSource
from napari_samwise.predictor.predictor import Predictor
from napari_samwise.prompts import Prompts

LIMITS = Intensity("contrast-limits", (0.0,), (255.0,), rgb=False)
SIZE = (1000, 1400)


@pytest.fixture
def model(frame_model: Any) -> Any:
    return frame_model


def plane_with(*boxes: tuple[int, int, int, int], level: int = 200) -> np.ndarray:
    image = np.full(SIZE, 50, dtype=np.uint8)
    for y0, x0, y1, x1 in boxes:
        image[y0:y1, x0:x1] = level
    return image


def framed(model: Any, image: Any) -> FramedPlane:
    return FramedPlane(Predictor(model), PlaneSource(image), LIMITS)


def iou(plane: FramedPlane, prediction: Any, truth: np.ndarray) -> float:
    mask = np.zeros(plane.lattice.plane_size, dtype=bool)
    boxed = prediction.masks[0]
    mask[boxed.roi.slices] = boxed.inside
    return float((mask & truth).sum() / (mask | truth).sum())


def test_a_click_on_a_small_object_encodes_the_frame_that_owns_it(model: Any) -> None:
    image = plane_with((480, 700, 500, 722))
    plane = framed(model, image)
    frame = plane.lattice.nearest(0, (490, 710))
    assert not plane.is_encoded(frame)
    prediction = plane.decode(Prompts([(490, 710)]))
    assert iou(plane, prediction, image > 100) == 1
    assert model.steps == [1]
    assert plane.is_encoded(frame)
    assert plane.embedding(frame).image_size == frame.roi.shape
    plane.decode(Prompts([(485, 705)]))
    assert model.steps == [1]


def test_a_click_on_an_object_of_many_frames_gives_all_of_it(model: Any) -> None:
    image = plane_with((200, 100, 600, 1100))
    plane = framed(model, image)
    assert iou(plane, plane.decode(Prompts([(400, 900)])), image > 100) > 0.95


def test_an_object_too_thin_for_coarse_levels_is_followed_along(model: Any) -> None:
    image = np.full(SIZE, 50, dtype=np.uint8)
    rows = (500 + 300 * np.sin(np.arange(1300) / 260)).astype(int)
    truth = np.zeros(SIZE, dtype=bool)
    for column, row in enumerate(rows):
        truth[row : row + 7, 40 + column] = True
    image[truth] = 120
    plane = framed(model, image)
    prediction = plane.decode(Prompts([(rows[600] + 3, 640)]))
    assert iou(plane, prediction, truth) > 0.8
    assert prediction.outlines[0].level <= 2
    assert len(prediction.outlines[0].pieces) > 10


def test_points_far_apart_are_prompts_of_one_object(model: Any) -> None:
    image = plane_with((300, 100, 340, 160), (300, 900, 340, 960))
    plane = framed(model, image)
    one = plane.decode(Prompts([(320, 130)]))
    assert iou(plane, one, (image > 100) & (np.arange(SIZE[1]) < 500)) > 0.95
    both = plane.decode(Prompts([(320, 130), (320, 930)]), multimask=False)
    assert iou(plane, both, image > 100) > 0.9


def test_what_is_excluded_is_left_out_though_it_is_far(model: Any) -> None:
    image = plane_with((300, 100, 330, 130), (300, 131, 330, 150))
    plane = framed(model, image)
    prompts = Prompts([(315, 110), (315, 145), (900, 1300)], [1, 0, 0])
    truth = (image > 100) & (np.arange(SIZE[1]) < 130)
    assert iou(plane, plane.decode(prompts), truth) == 1


@pytest.mark.parametrize("box", [(300, 100, 325, 125), (40, 60, 300, 460)])
def test_a_box_is_decoded_where_it_fits(model: Any, box: tuple[int, int, int, int]) -> None:
    y0, x0, y1, x1 = box
    image = plane_with((y0, x0, y1 + 1, x1 + 1))
    plane = framed(model, image)
    prediction = plane.decode(Prompts(box=box))
    assert iou(plane, prediction, image > 100) > 0.93
    extent = max(y1 - y0, x1 - x0) + 1
    assert plane.lattice.level_for(extent, 32) == prediction.outlines[0].level
    assert 2 ** prediction.outlines[0].level in model.steps


def test_an_outline_is_fed_back(model: Any) -> None:
    image = plane_with((300, 100, 330, 130))
    plane = framed(model, image)
    first = plane.decode(Prompts([(315, 115)]))
    again = plane.decode(Prompts([(316, 116)]), earlier=first.outlines[0], multimask=False)
    assert iou(plane, again, image > 100) == 1


@pytest.mark.parametrize("kind", ["bool", "logits"])
def test_a_mask_of_the_whole_plane_is_a_prompt(model: Any, kind: str) -> None:
    image = plane_with((300, 100, 330, 130))
    mask: np.ndarray = image > 100
    if kind == "logits":
        mask = np.where(mask[::2, ::2], 4, -4).astype(np.float32)
    plane = framed(model, image)
    prediction = plane.decode(Prompts([(315, 115)], mask=mask))
    assert iou(plane, prediction, image > 100) == 1
    kept = given_mask(mask, SIZE).cut(Roi((0, 0), SIZE))
    assert np.count_nonzero(kept != (image > 100)) <= (0 if kind == "bool" else 150)


def test_a_painted_mask_goes_to_a_model_that_magnifies(model: Any) -> None:
    image = plane_with((10, 10, 30, 30))[:60, :60]
    model.logits_grid = lambda size, _: ((256, 256), max(size) / 256)
    plane = framed(model, image)
    assert iou(plane, plane.decode(Prompts(mask=image > 100)), image > 100) >= 0.9


def test_a_first_answer_comes_from_what_is_at_hand(model: Any) -> None:
    image = plane_with((200, 100, 600, 1100))
    plane = framed(model, image)
    first = plane.decode(Prompts([(400, 900)]), at_hand_only=True)
    assert model.steps == [1]
    assert max(first.outlines[0].roi.shape) <= 64
    assert max(plane.decode(Prompts([(400, 900)])).outlines[0].roi.shape) > 900


def test_candidates_differ_and_come_best_first(model: Any) -> None:
    image = plane_with((300, 100, 330, 130))
    image[310:320, 110:120] = 220
    plane = framed(model, image)
    prediction = plane.decode(Prompts([(315, 115)]))
    assert len(prediction) == 3
    assert (np.diff(prediction.scores) <= 0).all()
    assert len(plane.decode(Prompts([(315, 115)]), keep=1)) == 1
    assert len(plane.decode(Prompts([(315, 115)]), multimask=False)) == 1


def test_nothing_of_the_size_of_the_plane_is_made(model: Any) -> None:
    """A plane of 40 000 pixels a side, of which a click reads a few hundred thousand."""

    class Slide:
        shape, dtype = (40_000, 40_000), np.dtype(np.uint8)
        pixels = 0

        def __getitem__(self, index: Any) -> np.ndarray:
            rows, columns = (np.arange(s.start, s.stop) for s in index)
            self.pixels += len(rows) * len(columns)
            inside = (abs(rows - 20_000) < 12)[:, None] & (abs(columns - 30_000) < 12)
            return np.where(inside, 200, 50).astype(np.uint8)

    slide = Slide()
    plane = framed(model, slide)
    prediction = plane.decode(Prompts([(20_000, 30_000)]))
    assert prediction.masks[0].roi == Roi((19_989, 29_989), (23, 23))
    assert slide.pixels == 64 * 64


def test_stopping_and_bad_prompts_raise(model: Any) -> None:
    plane = framed(model, plane_with((300, 100, 330, 130)))
    with pytest.raises(Cancelled):
        plane.decode(Prompts([(315, 115)]), should_stop=lambda: True)
    with pytest.raises(PromptError, match="inside the image"):
        plane.decode(Prompts([(315, 5000)]))
    with pytest.raises(PromptError, match="excludes"):
        plane.decode(Prompts([(315, 50)], [0]))
    with pytest.raises(InputError, match="1 or more"):
        plane.decode(Prompts([(315, 50)]), keep=0)
    with pytest.raises(InputError, match="multiple of 64"):
        FramedPlane(plane.predictor, plane.source, LIMITS, frame_px=100)


def test_equal_pixels_of_another_size_in_the_plane_are_another_embedding(model: Any) -> None:
    plane = framed(model, np.zeros(SIZE, dtype=np.uint8))
    fine = plane.embedding(plane.lattice.frame(0, 3, 3))
    coarse = plane.embedding(plane.lattice.frame(1, 3, 3))
    assert fine.key != coarse.key
    assert plane.embedding(plane.lattice.frame(0, 4, 4)) is fine
    assert model.steps == [1, 2]


def test_a_click_of_known_extent_looks_at_the_levels_about_it(model: Any) -> None:
    model.levels_a_click = 4
    image = plane_with((300, 400, 320, 430), (500, 600, 640, 760))
    plane = framed(model, image)
    small = plane.decode(Prompts([(310, 415)]), extent_px=30)
    assert set(model.steps) == {1}
    assert small.masks[0].roi == Roi((300, 400), (20, 30))
    model.steps.clear()
    large = plane.decode(Prompts([(560, 660)]), extent_px=170)
    assert set(model.steps) == {4, 8}
    assert max(large.masks[0].roi.shape) == pytest.approx(160, abs=16)


def test_a_model_that_is_slow_to_encode_looks_once_where_the_extent_is_known(model: Any) -> None:
    plane = framed(model, plane_with((500, 600, 640, 760)))
    found = plane.decode(Prompts([(560, 660)]), extent_px=170)
    assert max(found.masks[0].roi.shape) == pytest.approx(160, abs=16)
    assert model.steps == [8]


def test_what_is_larger_than_the_known_extent_is_not_followed(model: Any) -> None:
    plane = framed(model, plane_with())
    found = plane.decode(Prompts([(500, 700)]), extent_px=20)
    assert model.steps == [1]
    assert max(found.masks[0].roi.shape) == 64


def test_a_plane_that_fits_is_decoded_the_same_with_a_known_extent(model: Any) -> None:
    model.whole_px = 2000
    image = plane_with((300, 400, 320, 430))
    plain, known = (
        framed(model, image).decode(Prompts([(310, 415)]), extent_px=extent)
        for extent in (None, 30)
    )
    assert [mask.roi for mask in plain.masks] == [mask.roi for mask in known.masks]
    np.testing.assert_array_equal(plain.scores, known.scores)
