"""A session that is recorded as it goes is there again, and replays to the same labels."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import napari_samwise as sw
from napari_samwise.errors import JournalError
from napari_samwise.journal.events import Commit, Decode, Paint
from napari_samwise.journal.player import restore
from napari_samwise.journal.reader import read_journal
from napari_samwise.journal.replay import replay_with_report
from napari_samwise.journal.writer import JournalWriter
from napari_samwise.plugin.label_patch import patches_of
from napari_samwise.plugin.object_edits import relabel_objects
from napari_samwise.plugin.segmented_object import SegmentedObject
from napari_samwise.plugin.source_file import note_file


@pytest.fixture
def shades() -> np.ndarray:
    """`(3, 40, 60)`: flat objects of several brightnesses."""
    image = np.full((3, 40, 60), 20, np.uint8)
    image[:, 5:15, 5:20] = 200
    image[:, 5:15, 20:30] = 180
    image[1:, 25:35, 30:50] = 120
    return image


def events(path: Path, kind: type) -> list[Any]:
    return [each.event for each in read_journal(path).entries if isinstance(each.event, kind)]


def test_it_replays_to_the_same_labels(
    shades, open_image, tiny_model, tmp_path, rectangle, check_same, killed
) -> None:
    desk = open_image(shades)
    desk.viewer.dims.set_point(0, 1)
    desk.click(1, 10, 10)
    desk.plugin.controller.next_candidate()
    desk.click(1, 10, 25)
    desk.click(2, 10, 10)
    desk.plugin.controller.commit()
    desk.plugin["boxes"].add_polygons(rectangle(24, 28, 36, 52, 1))
    desk.click(1, 30, 40)
    desk.click(1, 33, 33)
    desk.plugin.controller.undo()
    desk.plugin.controller.redo()
    desk.plugin.controller.commit()
    desk.plugin.controller.undo()
    desk.plugin.controller.redo()
    relabel_objects(desk.session, [2], 1)
    labels = desk.session.labels
    path = tmp_path / "data" / "cells.tif.samwise.jsonl"
    assert np.unique(labels).tolist() == [0, 1]
    done = replay_with_report(path, shades, model=tiny_model)
    np.testing.assert_array_equal(done.labels, labels)
    assert done.report.is_identical
    np.testing.assert_array_equal(restore(read_journal(path)).labels, labels)
    starts = {type(event.start).__name__ for event in events(path, Decode)}
    assert starts == {"NoneType", "FedBack", "Drawn"}
    again = killed(shades)
    again.journals.go_on()
    check_same(desk.session, again.session)
    while desk.session.undo():
        again.session.undo()
        check_same(desk.session, again.session)


@pytest.fixture
def filled(viewer, start, open_stage, record, tower, tmp_path):
    """A harness with the tower clicked on slice 5 and filled, its stage, and its journal."""
    file = tmp_path / "tower.tif"
    file.touch()
    note_file(viewer.add_image(tower), file)
    h = start()
    journals = record(h)
    stage = open_stage(h)
    viewer.dims.set_point(0, 5)
    h["prompts"].add((5, 20, 20))
    stage.fill()
    yield h, stage, file.with_name("tower.tif.samwise.jsonl")
    journals.close()


def test_slices_that_were_filled_are_kept_as_pixels(filled, tower, tiny_model, check_same) -> None:
    h, stage, path = filled
    stage.show_slice(9)
    h["preview"].selected_label = 0
    h["preview"].data_setitem((np.full(12, 9), np.full(12, 17), np.arange(19, 31)), 0)
    h.settle()
    h.controller.commit()
    (commit,) = events(path, Commit)
    assert len(commit.planes) == 1
    assert len(commit.filled) == 7
    np.testing.assert_array_equal(sw.replay(path, tower, model=tiny_model), h.objects)
    ledger = restore(read_journal(path))
    np.testing.assert_array_equal(ledger.labels, h.objects)
    steps = 0
    while h.session.undo():
        ledger.undo()
        np.testing.assert_array_equal(ledger.labels, h.objects)
        steps += 1
    assert steps == 4, "click, fill, stroke, commit"
    assert not ledger.done
    while h.session.redo():
        ledger.redo()
    np.testing.assert_array_equal(ledger.labels, h.objects)
    assert h.objects.any()


def test_everything_is_one_step_however_often_it_was_chosen(
    viewer, start, open_stage, record, squares, tiny_model, tmp_path
) -> None:
    file = tmp_path / "squares.tif"
    file.touch()
    note_file(viewer.add_image(squares), file)
    h = start()
    journals = record(h)
    stage = open_stage(h)
    stage.everything.start()
    now = stage.everything.thresholds
    stage.everything.set_thresholds(replace(now, min_area=150))
    stage.everything.set_thresholds(now)
    path = file.with_name("squares.tif.samwise.jsonl")
    ledger = restore(read_journal(path))
    np.testing.assert_array_equal(ledger.labels, h.objects)
    assert [step.name for step in ledger.done] == ["everything"]
    assert {i: row.area for i, row in ledger.table.items()} == {
        i: each.area for i, each in h.session.objects.items()
    }
    np.testing.assert_array_equal(sw.replay(path, squares, model=tiny_model), h.objects)
    h.controller.undo()
    ledger = restore(read_journal(path))
    assert not ledger.labels.any()
    assert not ledger.table
    journals.close()


def test_a_search_that_was_stopped_replays_from_the_same_parts(
    viewer, harness, record, tiny_model, manual_slot, tmp_path
) -> None:
    tiny_model.whole_px, tiny_model.frame_px, tiny_model.top_px = 40, 64, 64
    tiny_model.levels_a_click = 2
    image = np.zeros((300, 300), np.uint8)
    image[90:160, 100:190] = 200
    file = tmp_path / "large.tif"
    file.touch()
    note_file(viewer.add_image(image), file)
    h = harness(viewer, tiny_model, encoding=manual_slot())
    journals = record(h)
    h["prompts"].add((110, 115))
    while not h.session.candidates:
        h.encoding.run()
    assert h.session.pending
    h.controller.cancel()
    h.encoding.run()
    h.controller.commit()
    path = file.with_name("large.tif.samwise.jsonl")
    (decode,) = events(path, Decode)
    assert decode.at_hand is not None
    kept = h.objects.copy()
    assert kept.any()
    np.testing.assert_array_equal(sw.replay(path, image, model=tiny_model), kept)
    h["prompts"].add((110, 115))
    journals.close()


def test_a_journal_that_fails_is_said_once(squares, open_image, monkeypatch) -> None:
    def refuse(*given: Any) -> JournalWriter:
        raise JournalError("The disk is full.")

    desk = open_image(squares)
    monkeypatch.setattr(JournalWriter, "begin", refuse)
    said: list[str] = []
    desk.journals.current.recorder.failed.connect(said.append)
    desk.keep(14, 14)
    desk.keep(30, 45)
    assert said == ["The disk is full."]
    assert desk.status.text == "The disk is full."
    assert desk.session.labels.any()


def test_hand_painted_pixels_are_those_that_changed(squares, open_image, tmp_path) -> None:
    desk = open_image(squares)
    layer = desk.plugin["objects"]
    layer.selected_label = 3
    layer.paint((20, 30), 3)
    layer.selected_label = 0
    layer.paint((20, 31), 0)
    first, second = events(tmp_path / "data" / "cells.tif.samwise.jsonl", Paint)
    assert [change.id for change in first.changes + second.changes] == [3, 0]
    assert first.objects[0].model == "painted"
    np.testing.assert_array_equal(
        restore(read_journal(tmp_path / "data" / "cells.tif.samwise.jsonl")).labels,
        desk.session.labels,
    )


def test_what_is_too_long_for_a_line_takes_several(
    squares, open_image, tmp_path, monkeypatch
) -> None:
    monkeypatch.setattr("napari_samwise.plugin.journal_form._MOST_BYTES", 400)
    desk = open_image(squares)
    labels = np.arange(1, 1 + squares.size, dtype=np.uint16).reshape(squares.shape) // 64
    wanted = {label: np.argwhere(labels == label) for label in (2, 5, 9, 11, 20)}
    changes = []
    for label, points in wanted.items():
        mask = np.zeros(squares.shape, bool)
        mask[tuple(points.T)] = True
        changes += [(label, patch) for patch in patches_of(mask, (0, 0))]
    rows = {label: SegmentedObject(label, 64, 0.5, "nano") for label in wanted}
    desk.session.edit(tuple(changes), rows, "everything")
    path = tmp_path / "data" / "cells.tif.samwise.jsonl"
    assert len(events(path, Paint)) > 3
    ledger = restore(read_journal(path))
    np.testing.assert_array_equal(ledger.labels, desk.session.labels)
    assert sorted(ledger.table) == sorted(wanted)
    assert len(ledger.done) == 1
    ledger.undo()
    assert not ledger.labels.any()
    assert not ledger.table


@pytest.fixture
def too_high(squares) -> np.ndarray:
    """Labels with an object 2 and one whose id is higher than journals hold."""
    labels = np.zeros(squares.shape, np.uint32)
    labels[2:5, 2:5] = 2**31 + 4
    labels[24:27, 2:5] = 2
    return labels


def check_ended(desk: Any, path: Path, said: list[str], kept: np.ndarray) -> None:
    (sentence,) = said
    assert "2147483647" in sentence
    assert "ends here" in sentence
    desk.keep(30, 45)
    desk.plugin.controller.undo()
    np.testing.assert_array_equal(restore(read_journal(path)).labels, kept)
    assert said == [sentence]


@pytest.mark.parametrize("most", [300, -1])
def test_labels_with_ids_that_are_too_high_end_the_journal(
    squares, open_image, tmp_path, too_high, monkeypatch, most
) -> None:
    monkeypatch.setattr("napari_samwise.plugin.later._MANY_OBJECTS", most)
    desk = open_image(squares)
    desk.keep(14, 14)
    kept, said = desk.session.labels.copy(), []
    desk.journals.current.recorder.failed.connect(said.append)
    desk.plugin["objects"].data = too_high
    desk.click(30, 45)
    check_ended(desk, tmp_path / "data" / "cells.tif.samwise.jsonl", said, kept)


def test_a_beginning_with_ids_that_are_too_high_is_no_journal(
    squares, open_image, record, tmp_path, too_high
) -> None:
    desk = open_image(squares)
    desk.journals.close()
    desk.plugin["objects"].data = too_high
    desk.journals, said = record(desk.plugin), []
    desk.journals.current.recorder.failed.connect(said.append)
    desk.click(30, 45)
    path = tmp_path / "data" / "cells.tif.samwise.jsonl"
    check_ended(desk, path, said, np.zeros(squares.shape))


def test_an_object_with_an_id_that_is_too_high_ends_the_journal(
    squares, open_image, tmp_path, too_high
) -> None:
    desk = open_image(squares)
    desk.plugin["objects"].data = np.where(too_high > 2, np.uint32(2**31 - 1), too_high)
    kept, said = desk.session.labels.copy(), []
    desk.journals.current.recorder.failed.connect(said.append)
    desk.keep(14, 14)
    assert 2**31 in desk.session.objects
    check_ended(desk, tmp_path / "data" / "cells.tif.samwise.jsonl", said, kept)
