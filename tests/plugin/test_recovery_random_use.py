"""Whatever was done in whatever order: a journal brings it back, with every step of undo."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import napari_samwise as sw
from napari_samwise.plugin.object_edits import relabel_objects

places = st.tuples(st.integers(0, 3), st.integers(-2, 49), st.integers(-2, 65))


def add_point(desk: Any, place: tuple[int, ...]) -> None:
    desk.click(*place)


def keep(desk: Any, place: tuple[int, ...]) -> None:
    desk.keep(*place)


def add_box(desk: Any, place: tuple[int, ...]) -> None:
    z, y, x = place
    vertices = [(z, y, x), (z, y, x + 15), (z, y + 15, x + 15), (z, y + 15, x)]
    desk.plugin["boxes"].add_rectangles(np.array(vertices, dtype=float))


def paint(desk: Any, drawn: tuple[int, tuple[int, ...], int]) -> None:
    label, (z, y, x), size = drawn
    layer = desk.plugin["objects"]
    layer.selected_label = label
    layer.brush_size = size
    layer.paint((z, y, x), label)


def delete(desk: Any, rank: int) -> None:
    ids = sorted(desk.session.objects)
    if ids:
        relabel_objects(desk.session, [ids[rank % len(ids)]], 0)


def merge(desk: Any, rank: int) -> None:
    ids = sorted(desk.session.objects)
    if len(ids) > 1:
        relabel_objects(desk.session, [ids[rank % len(ids)]], ids[(rank + 1) % len(ids)])


def fill(desk: Any, times: int) -> None:
    """Take a step of undo that changes no pixel, as filling does."""
    from napari_samwise.plugin.history import Step

    desk.session.history.push(Step("fill", lambda: None, lambda: None))


def act(desk: Any, name: str) -> None:
    getattr(desk.plugin.controller, name)()


MOVES = {
    add_point: places,
    keep: places,
    add_box: places,
    paint: st.tuples(st.integers(0, 5), places, st.integers(1, 20)),
    delete: st.integers(0, 9),
    merge: st.integers(0, 9),
    fill: st.just(1),
    act: st.sampled_from(["commit", "clear", "undo", "undo", "redo", "next_candidate"]),
}


@pytest.mark.parametrize("whole_px", [1536, 40])
@settings(
    max_examples=3,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_nothing_is_lost_whenever_it_is_killed(
    data, squares, open_image, check_same, tiny_model, whole_px, tmp_path
) -> None:
    tiny_model.whole_px, tiny_model.frame_px, tiny_model.top_px = whole_px, 64, 64
    image = np.stack([squares] * 4)
    folder = Path(tempfile.mkdtemp(dir=tmp_path))
    desk = open_image(image, folder.name)
    for count in range(data.draw(st.integers(1, 3))):
        for _ in range(data.draw(st.integers(1, 8))):
            move = data.draw(st.sampled_from(list(MOVES)))
            move(desk, data.draw(MOVES[move]))
        copy = folder.with_name(f"{folder.name}-{count}")
        shutil.copytree(folder, copy)
        again = open_image(image, copy.name)
        again.journals.go_on()
        check_same(desk.session, again.session)
        journal = copy / "cells.tif.samwise.jsonl"
        if journal.exists():
            replayed = sw.replay(journal, image, model=tiny_model)
            np.testing.assert_array_equal(replayed, desk.session.labels)
        desk.close()
        desk, folder = again, copy
    # The one that was opened last knows all that was done before it by its journals alone.
    shutil.copytree(folder, copy := folder.with_name(f"{folder.name}-end"))
    last = open_image(image, copy.name)
    last.journals.go_on()
    for way in ("undo", "redo", "undo"):
        while getattr(desk.session, way)():
            getattr(last.session, way)()
            check_same(desk.session, last.session)
    assert not desk.session.labels.any()
    assert desk.session.draft.is_empty
    desk.close()
    last.close()
