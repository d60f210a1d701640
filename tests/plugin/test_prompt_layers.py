from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from napari_samwise.plugin.draft import Draft
from napari_samwise.plugin.layers import LayerSet
from napari_samwise.plugin.outline import Outline
from napari_samwise.plugin.prompt_layers import PromptLayers
from napari_samwise.prompts import EXCLUDE


@pytest.fixture
def heard() -> list[Draft]:
    return []


@pytest.fixture
def bound(viewer, heard) -> PromptLayers:
    layers = LayerSet(viewer, viewer.add_image(np.zeros((5, 24, 32))))
    layers.make_missing()
    return PromptLayers(layers.prompts, layers.boxes, heard.append)


def test_every_way_to_change_points_is_heard(bound, heard) -> None:
    points = bound.points
    points.add((1, 2, 3))
    assert heard[-1].points.tolist() == [[1, 2, 3]]
    points.data = np.array([(1, 2, 3), (1, 9, 9)])
    assert len(heard[-1].points) == 2
    points.selected_data = {0}
    points.remove_selected()
    assert heard[-1].points.tolist() == [[1, 9, 9]]
    points.data = []
    assert heard[-1].is_empty


def test_a_drawn_box_and_its_removal_are_heard(bound, heard, rectangle) -> None:
    bound.shapes.add_rectangles(rectangle(2, 3, 9, 12, 1))
    (outline,) = heard[-1].outlines
    assert outline.kind == "rectangle"
    np.testing.assert_array_equal(outline.vertices, rectangle(2, 3, 9, 12, 1))
    bound.shapes.selected_data = {0}
    bound.shapes.remove_selected()
    assert heard[-1].is_empty


def test_new_points_get_the_label_and_the_plane_that_hold_now(bound, heard) -> None:
    bound.points.add((1, 2, 3))
    bound.label = EXCLUDE
    bound.displayed_axes = (0, 2)
    bound.points.add((1, 2, 4))
    assert heard[-1].labels.tolist() == [1, 0]
    assert heard[-1].axes == ((1, 2), (0, 2))
    green, red = bound.points.face_color[:, :3]
    assert green.argmax() == 1
    assert red.argmax() == 0
    np.testing.assert_array_equal(bound.points.border_color, bound.points.face_color)


def test_alt_click_excludes_once(bound, heard) -> None:
    callback = bound.points.mouse_drag_callbacks[-1]
    callback(bound.points, SimpleNamespace(modifiers=["Alt"]))
    bound.points.add((1, 2, 3))
    callback(bound.points, SimpleNamespace(modifiers=[]))
    bound.points.add((1, 2, 4))
    assert heard[-1].labels.tolist() == [0, 1]


def test_labels_stay_with_their_points_when_one_is_removed(bound, heard) -> None:
    bound.points.add((1, 2, 3))
    bound.label = EXCLUDE
    bound.points.add((1, 2, 4))
    bound.points.selected_data = {0}
    bound.points.remove_selected()
    assert heard[-1].labels.tolist() == [0]


def test_editing_the_features_table_is_heard(bound, heard) -> None:
    bound.points.add((1, 2, 3))
    table = bound.points.features.copy()
    table["label"] = "exclude"
    bound.points.features = table
    assert heard[-1].labels.tolist() == [0]


def test_selected_points_are_turned_round(bound, heard) -> None:
    bound.points.data = np.array([(1, 2, 3), (1, 4, 5)])
    bound.points.mode = "select"
    bound.points.selected_data = {1}
    assert bound.flip_selected()
    np.testing.assert_array_equal(bound.points.border_color, bound.points.face_color)
    assert heard[-1].labels.tolist() == [1, 0]
    bound.points.selected_data = set()
    assert not bound.flip_selected()


def test_what_is_written_is_read_back_and_not_heard(bound, heard, rectangle) -> None:
    draft = Draft(
        np.array([(1.0, 2, 3), (4, 2, 3)]),
        np.array([1, 0], dtype=np.int8),
        ((1, 2), (0, 2)),
        (
            Outline("rectangle", rectangle(2, 3, 9, 12, 1)),
            Outline("ellipse", rectangle(2, 3, 9, 12, 4)),
            Outline("polygon", rectangle(2, 3, 9, 12, 4)[:3]),
        ),
    )
    bound.write(draft)
    assert not heard
    assert bound.read().same_as(draft)
    fresh = PromptLayers(bound.points, bound.shapes, heard.append)
    assert fresh.read().same_as(draft)
    bound.write(Draft.empty(3))
    assert bound.read().is_empty


def test_several_points_at_once_after_all_were_removed(bound, heard) -> None:
    two = np.array([(1.0, 2, 3), (1, 4, 5)])
    draft = Draft(two, np.array([1, 0], dtype=np.int8), ((1, 2), (1, 2)))
    bound.write(draft)
    bound.write(Draft.empty(3))
    bound.write(draft)
    assert bound.read().same_as(draft)
    bound.points.data = []
    bound.points.data = two
    assert heard[-1].labels.tolist() == [1, 1]
    assert bound.points.face_color[:, 1].min() > 0.5


def test_nothing_is_heard_after_closing(bound, heard, rectangle) -> None:
    callbacks = len(bound.points.mouse_drag_callbacks)
    bound.close()
    bound.points.add((1, 2, 3))
    bound.shapes.add_rectangles(rectangle(2, 3, 9, 12, 1))
    assert not heard
    assert len(bound.points.mouse_drag_callbacks) == callbacks - 1
