"""Clicks that would go nowhere or to what is not seen, and outlines that are only begun."""

from __future__ import annotations

import numpy as np
import pytest

from napari_samwise.plugin.status import Mode


def begin_outline(layer) -> None:
    """Begin a lasso as napari does at the first press, and do not finish it."""
    layer.mode = "add_polygon_lasso"
    layer._is_creating = True
    layer._moving_value = (0, 3)
    layer._data_view.add(_path([(5, 5), (9, 30), (30, 30)]))


def _path(vertices):
    from napari.layers.shapes._shapes_models import Path

    return Path(np.array(vertices, float))


def test_in_3d_nothing_is_clicked_and_it_is_said_all_the_time(viewer, start, stack) -> None:
    viewer.add_image(stack)
    plugin = start()
    viewer.dims.ndisplay = 3
    assert plugin["prompts"].mode == "pan_zoom"
    for step in (
        lambda: plugin.controller.enter_mode(Mode.BOX),
        plugin.controller.toggle_label,
        lambda: viewer.layers.selection.__setattr__("active", viewer.layers[0]),
    ):
        step()
        assert plugin.status.sentence.startswith("Clicks need a plane")
        assert plugin.status.is_error
        assert {plugin["prompts"].mode, plugin["boxes"].mode} == {"pan_zoom"}
    viewer.dims.ndisplay = 2
    assert plugin["prompts"].mode == "add"
    assert plugin.status.sentence.startswith("Click on an object")
    assert not plugin.status.is_error


def test_back_from_3d_a_box_is_drawn_as_before(viewer, start, stack) -> None:
    viewer.add_image(stack)
    plugin = start()
    plugin.controller.enter_mode(Mode.BOX)
    viewer.dims.ndisplay = 3
    viewer.dims.ndisplay = 2
    assert plugin.status.mode is Mode.BOX


def test_layers_may_go_while_3d_is_shown(viewer, start, stack) -> None:
    viewer.add_image(stack)
    plugin = start()
    viewer.dims.ndisplay = 3
    viewer.layers.remove("prompts")
    viewer.dims.ndisplay = 2
    plugin.settle()
    assert not plugin.status.is_error
    viewer.dims.ndisplay = 3
    viewer.layers.clear()
    viewer.dims.ndisplay = 2
    plugin.settle()
    assert plugin.status.sentence.startswith("Open an image")


def test_an_image_that_covers_the_annotated_one_is_named(viewer, start, squares) -> None:
    viewer.add_image(squares, name="cells")
    plugin = start()
    second = viewer.add_image(squares[::-1], name="second")
    plugin.controller.enter_mode(Mode.INCLUDE)
    assert plugin.status.sentence == (
        "'second' covers 'cells': choose it under Image to annotate it, or hide it."
    )
    second.visible = False
    assert plugin.status.sentence.startswith("Click on an object")
    second.visible = True
    for change in ({"blending": "additive"}, {"opacity": 0.5}, {"translate": (100, 0)}):
        before = {name: getattr(second, name) for name in change}
        plugin.controller.enter_mode(Mode.INCLUDE)
        assert plugin.status.sentence.startswith("'second' covers")
        for name, value in change.items():
            setattr(second, name, value)
        plugin.controller.enter_mode(Mode.INCLUDE)
        assert plugin.status.sentence.startswith("Click on an object"), change
        for name, value in before.items():
            setattr(second, name, value)


@pytest.mark.parametrize("leave", ["include", "clear", "undo"])
def test_an_outline_that_is_only_begun_is_dropped(
    viewer, start, squares, rectangle, leave: str
) -> None:
    viewer.add_image(squares)
    plugin = start()
    plugin["boxes"].add_rectangles(rectangle(26, 38, 42, 58))
    plugin.controller.enter_mode(Mode.LASSO)
    begin_outline(plugin["boxes"])
    assert len(plugin["boxes"].data) == 2
    if leave == "include":
        plugin.controller.enter_mode(Mode.INCLUDE)
    else:
        getattr(plugin.controller, leave)()
        assert plugin.status.mode is Mode.LASSO
    assert len(plugin["boxes"].data) == (0 if leave == "clear" else 1)
    assert len(plugin.session.draft.outlines) == len(plugin["boxes"].data)


def test_a_click_is_no_box(viewer, start, squares, rectangle) -> None:
    viewer.add_image(squares)
    plugin = start()
    plugin.controller.enter_mode(Mode.BOX)
    boxes = plugin["boxes"]
    boxes.scale_factor = 0.5
    boxes.add_rectangles(rectangle(30, 40, 31, 41))
    assert len(boxes.data) == 0
    assert plugin.session.draft.is_empty
    assert plugin.status.sentence.startswith("Drag a box")
    boxes.add_rectangles(rectangle(26, 38, 42, 58))
    assert plugin.preview.any()
    # A script may draw what it likes.
    boxes.mode = "pan_zoom"
    boxes.add_rectangles(rectangle(30, 40, 31, 41))
    assert len(boxes.data) == 2


def test_data_of_another_rank_are_taken_up(viewer, start, squares) -> None:
    image = viewer.add_image(squares)
    plugin = start()
    image.data = np.stack([squares] * 5)
    assert not plugin.status.is_error
    assert plugin.objects.shape == (5, *squares.shape)
    plugin["prompts"].add((2, 12, 15))
    assert plugin.preview.any()


def test_objects_keep_the_shape_of_their_image(viewer, start, squares) -> None:
    viewer.add_image(squares)
    plugin = start()
    plugin["prompts"].add((12, 15))
    plugin.controller.commit()
    kept = plugin.objects.copy()
    plugin["objects"].data = np.zeros((10, 10), np.int32)
    np.testing.assert_array_equal(plugin.objects, kept)
    assert plugin.status.is_error
    assert "(10, 10)" in plugin.status.sentence
    plugin["prompts"].add((30, 45))
    plugin.controller.commit()
    assert plugin.objects.max() == 2


def test_without_an_image_no_earlier_error_is_shown(viewer, start, squares) -> None:
    viewer.add_image(squares)
    plugin = start()
    plugin.controller.commit()
    assert plugin.status.is_error
    viewer.layers.clear()
    plugin.settle()
    assert plugin.status.sentence.startswith("Open an image")
    assert not plugin.status.is_error
