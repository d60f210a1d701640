"""Painting is undone however much was painted: napari itself remembers a hundred strokes."""

from __future__ import annotations

import numpy as np
import pytest

import napari_samwise as sw
from napari_samwise.journal.player import restore
from napari_samwise.journal.reader import read_journal

STROKES = 150


@pytest.fixture
def painted(squares, open_image):
    """A desktop, and its labels before and after each of 150 strokes that cross each other."""
    desk = open_image(squares)
    layer = desk.plugin["objects"]
    desk.keep(14, 14)
    rng = np.random.default_rng(0)
    states = [layer.data.copy()]
    for index in range(STROKES):
        label = int(rng.integers(0, 4))
        layer.selected_label, layer.brush_size = label, 1 + index % 7
        with layer.block_history():
            start = rng.integers(4, 40, 2)
            for step in range(3):
                layer.paint(tuple(int(n) for n in start + 2 * step), label)
        if not np.array_equal(states[-1], layer.data):
            states.append(layer.data.copy())
    assert len(states) > 120
    return desk, states


def areas(desk) -> dict[int, int]:
    return {label: each.area for label, each in desk.session.objects.items()}


def counted(labels: np.ndarray) -> dict[int, int]:
    pairs = zip(*np.unique(labels, return_counts=True), strict=True)
    return {int(label): int(count) for label, count in pairs if label}


def test_every_stroke_is_taken_back_and_done_again(painted) -> None:
    desk, states = painted
    controller = desk.plugin.controller
    while desk.session.history.newest.name == "paint":
        now = desk.plugin["objects"].data
        states_left = [each for each in states if np.array_equal(each, now)]
        assert states_left, "a state that never was"
        assert areas(desk) == counted(now)
        controller.undo()
    np.testing.assert_array_equal(desk.plugin["objects"].data, states[0])
    while desk.session.history.can_redo:
        controller.redo()
    np.testing.assert_array_equal(desk.plugin["objects"].data, states[-1])
    assert areas(desk) == counted(states[-1])


def test_the_journal_agrees_at_every_step(painted, squares, tiny_model, tmp_path) -> None:
    desk, _ = painted
    ledger = restore(read_journal(tmp_path / "data" / "cells.tif.samwise.jsonl"))
    for _ in range(STROKES - 20):
        desk.plugin.controller.undo()
        ledger.undo()
        np.testing.assert_array_equal(ledger.labels, desk.plugin["objects"].data)
    desk.plugin.controller.redo()
    labels = desk.session.labels.copy()
    desk.close()
    path = tmp_path / "data" / "cells.tif.samwise.jsonl"
    np.testing.assert_array_equal(restore(read_journal(path)).labels, labels)
    np.testing.assert_array_equal(sw.replay(path, squares, model=tiny_model), labels)
