"""Filling a stack with the object in work: growing, corrections, barriers, one undo."""

from __future__ import annotations

import importlib
from dataclasses import replace

import numpy as np
import pytest


@pytest.fixture
def filled(viewer, start, open_stage, tower):
    """A harness with the tower clicked on slice 5 and filled, and its stage."""
    viewer.add_image(tower, scale=(2, 1, 1))
    h = start()
    stage = open_stage(h)
    viewer.dims.set_point(0, 5 * 2)
    h["prompts"].add((5, 20, 20))
    stage.fill()
    return h, stage


def slices(labels: np.ndarray) -> list[int]:
    return np.unique(np.nonzero(labels)[0]).tolist()


def test_one_click_fills_the_object_and_nothing_else(filled, tower) -> None:
    h, stage = filled
    np.testing.assert_array_equal(h.preview == 1, tower == 200)
    assert not h.objects.any()
    status = stage.status()
    assert (status.count, status.current, status.along) == (12, 5, 0)
    assert sorted(status.confidence) == list(range(2, 10))
    assert status.given == {5}


def test_commit_is_one_step_of_undo(filled, tower) -> None:
    h, stage = filled
    h.press("prompts", "C")
    np.testing.assert_array_equal(h.objects == 1, tower == 200)
    assert stage.status().confidence == {}
    assert not h.preview.any()
    h.controller.undo()
    assert not h.objects.any()
    np.testing.assert_array_equal(h.preview == 1, tower == 200)
    h.controller.redo()
    np.testing.assert_array_equal(h.objects == 1, tower == 200)


def test_undo_takes_the_filling_back_and_then_the_click(filled) -> None:
    h, _ = filled
    h.controller.undo()
    assert slices(h.preview) == [5]
    h.controller.undo()
    assert not h.preview.any()
    h.controller.redo()
    h.controller.redo()
    assert slices(h.preview) == list(range(2, 10))


def test_a_barrier_ends_the_object_at_once(filled, viewer) -> None:
    h, stage = filled
    stage.show_slice(7)
    assert stage.status().current == 7
    stage.toggle_barrier()
    assert slices(h.preview) == list(range(2, 7))
    assert stage.status().barriers == {7}
    stage.fill()
    assert slices(h.preview) == list(range(2, 7))
    stage.toggle_barrier()
    stage.fill()
    assert slices(h.preview) == list(range(2, 10))


def test_a_barrier_on_a_prompted_slice_is_refused(filled) -> None:
    h, stage = filled
    stage.toggle_barrier()
    assert h.status.is_error
    assert "barrier" in h.status.sentence
    assert stage.status().barriers == frozenset()


def test_a_click_on_another_slice_is_carried_from_there_only(filled, tiny_model, tower) -> None:
    h, stage = filled
    stage.show_slice(8)
    encoded = len(tiny_model.encoded)
    # An excluding click alone: it refines the mask that was carried there, to nothing of it here.
    h["prompts"].add((8, 25, 25))
    assert stage.status().given == {5, 8}
    np.testing.assert_array_equal(h.preview == 1, tower == 200)
    assert len(tiny_model.encoded) == encoded, "what was encoded is not encoded again"
    h.controller.undo()
    assert stage.status().given == {5}
    assert h["prompts"].data.shape[0] == 1


def test_a_stroke_in_preview_corrects_its_slice(filled, tower) -> None:
    h, stage = filled
    stage.show_slice(9)
    h["preview"].selected_label = 0
    h["preview"].data_setitem((np.full(12, 9), np.full(12, 17), np.arange(19, 31)), 0)
    h.settle()
    expected = (tower == 200).copy()
    expected[9, 17, 19:31] = False
    np.testing.assert_array_equal(h.preview == 1, expected)
    assert stage.status().given == {5, 9}
    h.press("preview", "C")
    np.testing.assert_array_equal(h.objects == 1, expected)


def test_a_stroke_before_filling_is_wiped_and_explained(viewer, start, open_stage, tower) -> None:
    viewer.add_image(tower)
    h = start()
    open_stage(h)
    viewer.dims.set_point(0, 6)
    h["preview"].data_setitem((np.array([6]), np.array([3]), np.array([3])), 1)
    h.settle()
    assert not h.preview.any()
    assert "fill first" in h.status.sentence


def test_clearing_the_prompts_clears_the_slices(filled) -> None:
    h, stage = filled
    h.press("prompts", "Shift-C")
    assert not h.preview.any()
    assert stage.status().confidence == {}


def test_without_a_mask_it_says_what_is_missing(viewer, start, open_stage, tower, squares) -> None:
    h = start()
    stage = open_stage(h)
    stage.fill()
    assert h.status.is_error
    viewer.add_image(tower)
    h.settle()
    stage.fill()
    assert "Click on the object" in h.status.sentence


def test_any_axis(viewer, start, open_stage, tower) -> None:
    turned = np.moveaxis(tower, 0, 2).copy()
    viewer.add_image(turned)
    viewer.dims.order = (2, 0, 1)
    h = start()
    stage = open_stage(h)
    viewer.dims.set_point(2, 5)
    h["prompts"].add((20, 20, 5))
    stage.fill()
    np.testing.assert_array_equal(h.preview == 1, turned == 200)
    assert stage.status().axes == ((2, "X"),)


def test_one_time_point_of_a_series(viewer, start, open_stage, tower) -> None:
    series = np.stack([np.zeros_like(tower), tower])
    viewer.add_image(series)
    h = start()
    stage = open_stage(h)
    viewer.dims.set_point((0, 1), (1, 5))
    h["prompts"].add((1, 5, 20, 20))
    stage.fill()
    np.testing.assert_array_equal(h.preview == 1, series == 200)
    assert [name for _, name in stage.status().axes] == ["T", "Z"]


def test_interpolation_between_prompted_slices(viewer, start, open_stage, tower) -> None:
    viewer.add_image(tower)
    h = start()
    stage = open_stage(h)
    for z in (3, 7):
        viewer.dims.set_point(0, z)
        h["prompts"].add((z, 15 + z, 15 + z))
    stage.interpolate()
    assert slices(h.preview) == [3, 4, 5, 6, 7]
    h.press("prompts", "C")
    assert slices(h.objects) == [3, 4, 5, 6, 7]


def test_interpolation_of_a_painted_object(viewer, start, open_stage, tower) -> None:
    viewer.add_image(tower)
    h = start()
    stage = open_stage(h)
    h.objects[2, 10:20, 10:20] = 4
    h.objects[6, 10:20, 10:20] = 4
    h.objects[4, 10:12, 10:20] = 9
    h["objects"].selected_label = 4
    stage.interpolate()
    assert (h.objects[3, 10:20, 10:20] == 4).all()
    assert (h.objects[4, 10:12, 10:20] == 9).all()
    h.controller.undo()
    assert slices(h.objects == 4) == [2, 6]


@pytest.fixture
def interpolating(viewer, start, open_stage, tower, manual_slot):
    """A harness whose object 4, on slices 2 and 6, is being interpolated, and the slot of that."""
    viewer.add_image(tower)
    h, slot = start(), manual_slot()
    stage = open_stage(h, slot)
    h.objects[[2, 6], 10:20, 10:20] = 4
    h["objects"].selected_label = 4
    stage.interpolate()
    return h, slot


def test_interpolation_starts_from_what_was_there(interpolating) -> None:
    h, slot = interpolating
    h.objects[[2, 6], 10:15] = 0
    slot.run()
    assert (h.objects[3, 10:20, 10:20] == 4).all()


def test_interpolation_into_labels_that_were_replaced_is_said(interpolating) -> None:
    h, slot = interpolating
    h["objects"].data = h.objects.astype(np.int32)
    before = h.objects.copy()
    slot.run()
    np.testing.assert_array_equal(h.objects, before)
    assert h.status.is_error
    assert "interpolate again" in h.status.sentence


def test_slices_show_as_they_are_found_and_a_stop_keeps_them(
    viewer, start, open_stage, tower, manual_slot
) -> None:
    viewer.add_image(tower)
    h = start()
    slot = manual_slot()
    stage = open_stage(h, slot)
    viewer.dims.set_point(0, 5)
    h["prompts"].add((5, 20, 20))
    grown: list[int] = []

    def look(status) -> None:
        grown.append(len(status.confidence))
        if len(status.confidence) == 4:
            stage.bench.stop()

    stage.changed.connect(look)
    stage.fill()
    slot.run()
    assert sorted(set(grown))[:4] == [0, 1, 2, 3]
    found = slices(h.preview)
    assert 4 <= len(found) < 8
    h.controller.commit()
    assert slices(h.objects) == found


def test_the_image_deleted_while_filling(viewer, start, open_stage, tower, manual_slot) -> None:
    image = viewer.add_image(tower)
    h = start()
    slot = manual_slot()
    stage = open_stage(h, slot)
    viewer.dims.set_point(0, 5)
    h["prompts"].add((5, 20, 20))
    stage.fill()
    viewer.layers.remove(image)
    h.settle()
    slot.run()
    assert stage.status().axes == ()


def test_the_preview_deleted_while_filling(viewer, start, open_stage, tower, manual_slot) -> None:
    viewer.add_image(tower)
    h = start()
    slot = manual_slot()
    stage = open_stage(h, slot)
    viewer.dims.set_point(0, 5)
    h["prompts"].add((5, 20, 20))
    stage.fill()
    viewer.layers.remove("preview")
    h.settle()
    slot.run()
    np.testing.assert_array_equal(h.preview == 1, tower == 200)


def test_a_click_while_filling_is_part_of_it(viewer, start, open_stage, tower, manual_slot) -> None:
    viewer.add_image(tower)
    h = start()
    slot = manual_slot()
    stage = open_stage(h, slot)
    viewer.dims.set_point(0, 5)
    h["prompts"].add((5, 20, 20))
    stage.fill()
    h["prompts"].add((8, 25, 25))
    assert slot.was_stopped
    slot.run()
    slot.run()
    assert stage.status().given == {5, 8}
    np.testing.assert_array_equal(h.preview == 1, tower == 200)


def test_a_job_that_fails_says_so_once(filled, tiny_model, monkeypatch) -> None:
    h, stage = filled

    def broken(*args, **kwargs):
        raise RuntimeError("no luck")

    correct = importlib.import_module("napari_samwise.segment.volume.correct")
    monkeypatch.setattr(correct, "correct_volume", broken)
    stage.show_slice(8)
    h["prompts"].add((8, 25, 25))
    assert h.status.is_error
    assert "no luck" in h.status.sentence
    assert not stage.bench.busy


def test_the_next_doubtful_slice(filled) -> None:
    h, stage = filled
    known = stage.filling.filled
    doubts = {**known.confidence, 3: 0.2, 8: 0.5}
    h.session.fill(replace(known, confidence=doubts))
    h.press("prompts", "N")
    assert stage.status().current == 8
    assert h.status.sentence.startswith("Slice 8 is in doubt (0.50)")
    stage.show_doubtful()
    assert stage.status().current == 3


def test_closing_unbinds_the_key(filled) -> None:
    h, stage = filled
    stage.close()
    h.controller.close()
    assert not h["prompts"].keymap


def test_interpolation_of_nothing_is_one_clear_sentence(viewer, start, open_stage, tower) -> None:
    viewer.add_image(tower)
    h = start()
    stage = open_stage(h)
    stage.interpolate()
    assert "on no slice" in h.status.sentence
    h.objects[2, 10:20, 10:20] = 1
    stage.interpolate()
    assert "on one slice only" in h.status.sentence
    h.objects[3, 10:20, 10:20] = 1
    stage.interpolate()
    assert "on neighbouring slices" in h.status.sentence
