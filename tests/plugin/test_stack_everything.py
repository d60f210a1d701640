"""Everything mode in the widget: live thresholds, one step of undo, earlier objects kept."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from napari_samwise.batch.recipe import Recipe
from napari_samwise.plugin.stacks.everything_job import Thresholds


@pytest.fixture
def found(viewer, start, open_stage, squares):
    """A harness whose plane of two squares was searched, and its stage."""
    viewer.add_image(squares)
    h = start()
    stage = open_stage(h)
    stage.everything.start()
    return h, stage


def test_all_objects_in_one_step(found, squares) -> None:
    h, _ = found
    assert np.unique(h.objects).tolist() == [0, 1, 2]
    np.testing.assert_array_equal(h.objects > 0, squares > 0)
    assert h["objects"].features["model"].tolist()[1:] == ["nano", "nano"]
    h.controller.undo()
    assert not h.objects.any()
    assert not h.session.objects
    h.controller.redo()
    np.testing.assert_array_equal(h.objects > 0, squares > 0)


def test_thresholds_act_on_what_was_found(found, tiny_model, squares) -> None:
    h, stage = found
    encoded = len(tiny_model.encoded)
    now = stage.everything.thresholds
    stage.everything.set_thresholds(replace(now, min_area=150))
    assert np.unique(h.objects).tolist() == [0, 1]
    np.testing.assert_array_equal(h.objects > 0, squares == 120)
    stage.everything.set_thresholds(now)
    np.testing.assert_array_equal(h.objects > 0, squares > 0)
    assert len(tiny_model.encoded) == encoded
    h.controller.undo()
    assert not h.objects.any(), "however often the sliders moved"


def test_nothing_passes(found) -> None:
    h, stage = found
    stage.everything.set_thresholds(Thresholds(0.99, 0.99, 0))
    assert not h.objects.any()
    assert "Nothing passes" in h.status.sentence
    stage.everything.set_thresholds(stage.everything.lowest)
    assert h.objects.any()


def test_earlier_objects_keep_their_pixels(viewer, start, open_stage, squares) -> None:
    viewer.add_image(squares)
    h = start()
    stage = open_stage(h)
    h["prompts"].add((12, 15))
    h.press("prompts", "C")
    before = h.objects.copy()
    stage.everything.start()
    assert (h.objects[before > 0] == 1).all()
    np.testing.assert_array_equal(h.objects == 2, squares == 120)
    assert set(h.session.objects) == {1, 2}


def test_what_are_objects_already_is_not_called_too_faint(found) -> None:
    h, stage = found
    before = h.objects.copy()
    stage.everything.start()
    np.testing.assert_array_equal(h.objects, before)
    assert h.status.sentence == "2 things found, all of them objects already; nothing was added."


def test_a_text_acts_on_what_was_found(found, squares, tiny_model) -> None:
    h, stage = found
    encoded = len(tiny_model.encoded)
    stage.everything.set_text("dark things")
    assert not h.objects.any()
    assert h.status.sentence == "Nothing that passes is called 'dark things'; use other words."
    stage.everything.set_text("bright things")
    np.testing.assert_array_equal(h.objects > 0, squares > 0)
    assert [each.predicted_iou for each in h.session.objects.values()] == pytest.approx([0.9, 0.9])
    stage.everything.set_text("whole")
    stage.everything.set_text("")
    np.testing.assert_array_equal(h.objects > 0, squares > 0)
    assert len(tiny_model.encoded) == encoded
    h.controller.undo()
    assert not h.objects.any(), "however often it changed"


def test_enter_looks_for_everything_where_that_was_not_done(
    viewer, start, open_stage, squares
) -> None:
    viewer.add_image(np.stack([squares, squares]))
    h = start()
    stage = open_stage(h)
    viewer.dims.set_point(0, 0)
    stage.everything.set_text("bright things")
    assert not h.objects.any(), "a text alone starts nothing"
    stage.everything.search("bright things")
    np.testing.assert_array_equal(h.objects[0] > 0, squares > 0)
    assert not h.objects[1].any()
    viewer.dims.set_point(0, 1)
    stage.everything.search("bright things")
    np.testing.assert_array_equal(h.objects[1] > 0, squares > 0)


def test_an_unknown_word_leaves_what_is_there(found) -> None:
    h, stage = found
    before = h.objects.copy()
    stage.everything.set_text("wobbly things")
    assert h.status.is_error
    assert "'wobbly'" in h.status.sentence
    np.testing.assert_array_equal(h.objects, before)


def test_a_text_goes_into_the_recipe(found, tmp_path) -> None:
    _, stage = found
    stage.everything.set_text("bright things")
    stage.everything.save_recipe(tmp_path / "recipe.yaml")
    assert Recipe.load(tmp_path / "recipe.yaml").text == "bright things"
    stage.everything.set_text("")
    stage.everything.save_recipe(tmp_path / "recipe.yaml")
    assert Recipe.load(tmp_path / "recipe.yaml").text is None


def test_a_text_in_three_dimensions(viewer, start, open_stage, tower) -> None:
    viewer.add_image(tower[::2].copy())
    h = start()
    stage = open_stage(h)
    stage.everything.set_text("dark things")
    stage.find_in_stack()
    assert not h.objects.any()
    stage.everything.set_text("bright things")
    stage.find_in_stack()
    assert h.objects.any()


def test_sliders_leave_alone_what_was_done_since(found) -> None:
    h, stage = found
    h["prompts"].add((12, 15))
    before = h.objects.copy()
    stage.everything.set_thresholds(replace(stage.everything.thresholds, min_area=150))
    np.testing.assert_array_equal(h.objects, before)
    assert h.status.is_error


def test_it_can_be_stopped(viewer, start, open_stage, squares, manual_slot) -> None:
    viewer.add_image(squares)
    h = start()
    slot = manual_slot()
    stage = open_stage(h, slot)
    stage.everything.start()
    stage.everything.start()
    assert "still going on" in h.status.sentence
    stage.bench.stop()
    slot.run()
    assert h.status.sentence == "Everything mode was stopped."
    assert not h.objects.any()


def test_another_image_meanwhile_gets_nothing(
    viewer, start, open_stage, squares, manual_slot
) -> None:
    image = viewer.add_image(squares)
    h = start()
    slot = manual_slot()
    stage = open_stage(h, slot)
    stage.everything.start()
    other = viewer.add_image(np.zeros((32, 32), dtype=np.uint8))
    h.controller.choose_image(other)
    viewer.layers.remove(image)
    slot.run()
    assert not slot.busy
    assert not h.objects.any()


def test_everything_in_three_dimensions(viewer, start, open_stage, tower) -> None:
    tower = tower[::2].copy()
    tower[2:4, 35:45, 45:60] = 120
    viewer.add_image(tower)
    h = start()
    stage = open_stage(h)
    stage.find_in_stack()
    assert np.unique(h.objects).tolist() == [0, 1, 2]
    assert len(np.unique(h.objects[tower == 200])) == 1
    assert len(np.unique(h.objects[tower == 120])) == 1
    h.controller.undo()
    assert not h.objects.any()
