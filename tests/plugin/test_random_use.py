"""Whatever is done in whatever order: layers, session and pixels agree, and undo leads back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from napari_samwise.prompts import EXCLUDE, INCLUDE

places = st.tuples(st.integers(0, 9), st.integers(-3, 50), st.integers(-3, 66))
extents = st.tuples(st.integers(-2, 20), st.integers(-2, 20))


def add_point(plugin: Any, place: tuple[int, ...]) -> None:
    plugin["prompts"].add(place)


def add_exclude(plugin: Any, place: tuple[int, ...]) -> None:
    prompts = plugin.controller.desk.workspace.prompts
    prompts.label = EXCLUDE
    plugin["prompts"].add(place)
    prompts.label = INCLUDE


def add_box(plugin: Any, drawn: tuple[Any, Any, Callable[..., np.ndarray]]) -> None:
    (z, y, x), (height, width), rectangle = drawn
    plugin["boxes"].add_rectangles(rectangle(y, x, y + height, x + width, z))


def add_ellipse(plugin: Any, drawn: tuple[Any, Any, Callable[..., np.ndarray]]) -> None:
    (z, y, x), (height, width), rectangle = drawn
    plugin["boxes"].add_ellipses(rectangle(y, x, y + height + 0.5, x + width + 0.5, z))


def remove_one(plugin: Any, name: str) -> None:
    layer = plugin[name]
    if len(layer.data):
        layer.selected_data = {0}
        layer.remove_selected()


def delete_layer(plugin: Any, name: str) -> None:
    plugin.viewer.layers.remove(name)
    plugin.settle()


def scroll(plugin: Any, z: int) -> None:
    plugin.viewer.dims.set_point(0, z)


def turn(plugin: Any, order: tuple[int, ...]) -> None:
    plugin.viewer.dims.order = order


def act(plugin: Any, name: str) -> None:
    getattr(plugin.controller, name)()


@st.composite
def moves(draw: st.DrawFn, rectangle: Callable[..., np.ndarray]) -> tuple[Any, Any]:
    """One thing that a user may do, with its argument."""
    drawn = st.tuples(places, extents, st.just(rectangle))
    names = st.sampled_from(["prompts", "boxes", "preview", "objects"])
    actions = ["commit", "clear", "undo", "redo", "next_candidate", "toggle_label"]
    choices = {
        add_point: places,
        add_exclude: places,
        add_box: drawn,
        add_ellipse: drawn,
        remove_one: st.sampled_from(["prompts", "boxes"]),
        delete_layer: names,
        scroll: st.integers(0, 9),
        turn: st.permutations(range(3)).map(tuple),
        act: st.sampled_from([*actions, "commit", "undo"]),
    }
    move = draw(st.sampled_from(list(choices)))
    return move, draw(choices[move])


def check(plugin: Any) -> None:
    """Compare everything that is kept twice."""
    session = plugin.session
    workspace = plugin.controller.desk.workspace
    assert workspace.prompts.read().same_as(session.draft)
    assert not session.pending
    shown = np.zeros(session.shape, dtype=bool)
    for plane, candidates in session.candidates.items():
        roi = candidates.mask.roi
        shown[plane.window(roi)] |= candidates.mask.cut(roi)
    np.testing.assert_array_equal(plugin.preview == 1, shown)
    assert plugin["objects"].data is session.labels
    ids, areas = np.unique(session.labels[session.labels > 0], return_counts=True)
    table = {each.id: each.area for each in session.objects.values()}
    assert table == dict(zip(ids.tolist(), areas.tolist(), strict=True))


@pytest.mark.parametrize("whole_px", [1536, 40])
@settings(
    max_examples=5,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_everything_agrees_and_undo_leads_back(
    data, tiny_model, squares, rectangle, harness, whole_px
) -> None:
    from napari.components import ViewerModel

    # Planes whose longest side is longer are encoded in frames.
    tiny_model.whole_px, tiny_model.frame_px, tiny_model.top_px = whole_px, 64, 64
    viewer = ViewerModel()
    # Twenty slices, so that planes along every pair of axes are large enough to encode.
    viewer.add_image(np.stack([squares] * 20))
    plugin = harness(viewer, tiny_model)
    for _ in range(data.draw(st.integers(1, 14))):
        move, argument = data.draw(moves(rectangle))
        move(plugin, argument)
        check(plugin)
    final = plugin.objects.copy()
    steps = 0
    while plugin.session.history.can_undo:
        plugin.controller.undo()
        check(plugin)
        steps += 1
    assert not plugin.objects.any()
    assert plugin.session.draft.is_empty
    for _ in range(steps):
        plugin.controller.redo()
    check(plugin)
    np.testing.assert_array_equal(plugin.objects, final)
    plugin.controller.close()
