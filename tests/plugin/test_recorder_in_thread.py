"""Events of very many objects are written in a thread, in order, from how things were then."""

from __future__ import annotations

import threading
import time
from typing import Any

import numpy as np
import pytest

from napari_samwise.errors import JournalError
from napari_samwise.journal.player import restore
from napari_samwise.journal.reader import read_journal
from napari_samwise.journal.writer import JournalWriter
from napari_samwise.plugin.inventory import list_objects
from napari_samwise.plugin.label_patch import patches_of
from napari_samwise.plugin.segmented_object import SegmentedObject


@pytest.fixture
def slow(monkeypatch):
    """Let all changes be long ones, and each take its time; tell in which threads they are made."""
    threads = []

    def write(self: JournalWriter, event: Any) -> None:
        time.sleep(0.05)
        threads.append(threading.current_thread().name)
        original(self, event)

    original = JournalWriter.write
    monkeypatch.setattr(JournalWriter, "write", write)
    monkeypatch.setattr("napari_samwise.plugin.later._MANY_OBJECTS", -1)
    return threads


@pytest.fixture
def desk(slow, squares, open_image, tmp_path):
    return open_image(squares)


@pytest.fixture
def journal(tmp_path):
    return tmp_path / "data" / "cells.tif.samwise.jsonl"


def edit(session: Any, label: int, rows: slice) -> None:
    mask = np.zeros(session.shape, bool)
    mask[rows, 30:34] = True
    changes = tuple((label, patch) for patch in patches_of(mask, (0, 0)))
    known = SegmentedObject(label, int(mask.sum()), 0.5, "nano")
    session.edit(changes, {**session.objects, label: known}, "edit")


def test_order_is_kept(desk, slow, journal) -> None:
    desk.keep(14, 14)
    edit(desk.session, 2, slice(0, 4))
    edit(desk.session, 3, slice(2, 8))
    desk.plugin.controller.undo()
    desk.keep(30, 45)
    desk.paint(7, (1, 1), (1, 2))
    labels, objects = desk.session.labels.copy(), desk.session.objects
    desk.close()
    ledger = restore(read_journal(journal))
    np.testing.assert_array_equal(ledger.labels, labels)
    assert {i: row.area for i, row in ledger.table.items()} == {
        i: each.area for i, each in objects.items()
    }
    assert any(name.startswith("samwise-scribe") for name in slow)
    assert threading.main_thread().name in slow


def test_labels_may_change_while_they_are_written(desk, journal) -> None:
    taken = np.zeros(desk.session.shape, np.uint16)
    taken[4:9, 4:9] = 5
    desk.plugin["objects"].data = taken
    taken[4:9, 4:9] = 6
    desk.paint(8, (20, 20))
    desk.close()
    first = restore(read_journal(journal)).labels
    assert first[5, 5] == 5
    assert first[20, 20] == 8


def test_a_failure_is_said_with_the_next_event(desk, monkeypatch) -> None:
    desk.keep(14, 14)
    said: list[str] = []
    desk.journals.current.recorder.failed.connect(said.append)

    def refuse(*given: Any) -> None:
        raise JournalError("The disk is full.")

    monkeypatch.setattr(JournalWriter, "write", refuse)
    edit(desk.session, 2, slice(0, 4))
    edit(desk.session, 3, slice(4, 8))
    edit(desk.session, 4, slice(8, 12))
    assert said == ["The disk is full."]
    desk.close()


def test_a_failure_of_the_last_event_is_said_at_closing(desk, monkeypatch, caplog) -> None:
    desk.keep(14, 14)
    recorder, said = desk.journals.current.recorder, []
    recorder.failed.connect(said.append)

    def refuse(*given: Any) -> None:
        raise JournalError("The disk is full.")

    writer = recorder._scribe._writer
    monkeypatch.setattr(JournalWriter, "write", refuse)
    edit(desk.session, 2, slice(0, 4))
    desk.close()
    assert said == ["The disk is full."]
    assert "The disk is full." in caplog.text
    assert not writer.is_open, "others may write it"
    recorder.close()
    assert said == ["The disk is full."]


def grid_of_squares(side: int = 4000, step: int = 40, dtype: Any = np.uint16) -> np.ndarray:
    labels = np.zeros((side, side), dtype)
    for index in range((side // step) ** 2):
        y, x = divmod(index, side // step)
        labels[y * step : y * step + step - 4, x * step : x * step + step - 6] = index + 1
    return labels


def test_ten_thousand_objects_are_taken_over_at_once(open_image, journal) -> None:
    labels = grid_of_squares()
    desk = open_image(np.tile(np.arange(4000, dtype=np.uint16) % 7, (4000, 1)))
    desk.plugin["objects"].data = labels
    assert len(desk.session.objects) == 10_000
    desk.close()
    ledger = restore(read_journal(journal))
    np.testing.assert_array_equal(ledger.labels, labels)
    assert len(ledger.table) == 10_000


@pytest.mark.parametrize("dtype", [np.uint8, np.int32, np.int64])
def test_areas_and_boxes(dtype) -> None:
    labels = np.zeros((3, 20, 30), dtype)
    labels[0, 2:5, 3:9] = 4
    labels[2, 4:6, 1:4] = 4
    labels[1, 19, 29] = 100
    if dtype != np.uint8:
        labels[1, 0, 0] = -3
    factor = 10**6 if dtype == np.int64 else 1
    known = {4 * factor: SegmentedObject(4 * factor, 1, 0.5, "nano", 3)}
    found = list_objects(labels * factor, known)
    first, second = found[4 * factor], found[100 * factor]
    assert list(found) == [4 * factor, 100 * factor]
    assert (first.area, first.model, first.clicks) == (24, "nano", 3)
    assert (first.box.offset, first.box.end) == ((0, 2, 1), (3, 6, 9))
    assert (second.area, second.box.offset, second.box.shape) == (1, (1, 19, 29), (1, 1, 1))
    assert list_objects(np.full((4, 5), 7, dtype), {})[7].area == 20
    assert list_objects(np.full((4, 5), factor * 7, dtype), {})[factor * 7].area == 20
