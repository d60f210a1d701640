"""What users do to layers while they annotate: nothing breaks, nothing is lost."""

from __future__ import annotations

import numpy as np
import pytest


@pytest.fixture
def plugin(viewer, start, squares):
    viewer.add_image(squares, name="cells")
    made = start()
    made["prompts"].add((30, 45))
    made.controller.commit()
    made["prompts"].add((12, 15))
    return made


def test_names_do_not_matter(viewer, plugin, squares) -> None:
    for number, layer in enumerate(viewer.layers):
        layer.name = str(number)
    viewer.layers.reverse()
    plugin["4"].add((13, 16))
    np.testing.assert_array_equal(plugin["2"].data == 1, squares == 200)
    plugin.controller.commit()
    np.testing.assert_array_equal(plugin["1"].data, 2 * (squares == 200) + (squares == 120))


@pytest.mark.parametrize("name", ["prompts", "boxes", "preview", "objects"])
def test_a_deleted_layer_comes_back_with_what_it_held(viewer, plugin, squares, name) -> None:
    viewer.layers.remove(name)
    plugin.settle()
    assert [layer.name for layer in viewer.layers] == [
        "cells",
        "objects",
        "preview",
        "boxes",
        "prompts",
    ]
    assert plugin["prompts"].data.tolist() == [[12, 15]]
    np.testing.assert_array_equal(plugin.objects == 1, squares == 120)
    np.testing.assert_array_equal(plugin.preview == 1, squares == 200)
    plugin.press("prompts", "C")
    np.testing.assert_array_equal(plugin.objects, 2 * (squares == 200) + (squares == 120))
    assert plugin["objects"].features["area"].tolist() == [0, 192, 144]


def test_all_own_layers_deleted_at_once(viewer, plugin, squares) -> None:
    for name in ("prompts", "objects", "boxes", "preview"):
        viewer.layers.remove(name)
    plugin.settle()
    assert len(viewer.layers) == 5
    plugin.controller.commit()
    np.testing.assert_array_equal(plugin.objects, 2 * (squares == 200) + (squares == 120))


def test_a_click_between_deletion_and_restoration_is_survived(viewer, plugin, squares) -> None:
    viewer.layers.remove("preview")
    plugin["prompts"].add((13, 16))
    plugin.settle()
    np.testing.assert_array_equal(plugin.preview == 1, squares == 200)


def test_deleting_the_image_keeps_the_objects(viewer, plugin, squares) -> None:
    viewer.layers.remove("cells")
    plugin.settle()
    assert [layer.name for layer in viewer.layers] == ["objects (cells)"]
    np.testing.assert_array_equal(plugin["objects (cells)"].data == 1, squares == 120)
    assert plugin.status.sentence.startswith("Open an image")
    viewer.add_image(squares, name="next")
    plugin.settle()
    plugin["prompts"].add((12, 15))
    np.testing.assert_array_equal(plugin.preview == 1, squares == 200)


@pytest.mark.parametrize("scale", [(1, 1, 1), (3, 0.5, 0.5)])
def test_clearing_the_viewer(viewer, start, stack, scale) -> None:
    viewer.add_image(stack, scale=scale)
    plugin = start()
    viewer.dims.set_point(0, 7 * scale[0])
    plugin["prompts"].add((7, 12, 15))
    viewer.layers.clear()
    plugin.settle()
    assert len(viewer.layers) == 0
    assert plugin.status.sentence.startswith("Open an image")
    plugin.controller.commit()
    plugin.controller.undo()


def test_opening_without_an_image_waits_for_one(viewer, start, squares) -> None:
    plugin = start()
    assert len(viewer.layers) == 0
    viewer.add_image(squares)
    plugin.settle()
    assert "prompts" in viewer.layers


def test_swapping_images_keeps_both_sessions(viewer, plugin, squares) -> None:
    first = plugin.controller.image
    other = viewer.add_image(np.roll(squares, 5, axis=0)[:40], name="other")
    plugin.controller.choose_image(other)
    assert {layer.name for layer in viewer.layers} == {
        "cells",
        "objects (cells)",
        "other",
        "objects",
        "preview",
        "boxes",
        "prompts",
    }
    assert plugin.objects.shape == (40, 64)
    plugin["prompts"].add((35, 45))
    plugin.controller.commit()
    assert plugin["objects"].data[35, 45] == 1

    plugin.controller.choose_image(first)
    assert plugin["prompts"].data.tolist() == [[12, 15]]
    np.testing.assert_array_equal(plugin["objects"].data == 1, squares == 120)
    assert (plugin["objects (other)"].data == 1).any()
    plugin.controller.commit()
    np.testing.assert_array_equal(plugin["objects"].data == 2, squares == 200)
    plugin.controller.undo()
    plugin.controller.undo()
    plugin.controller.undo()
    assert not plugin["objects"].data.any()


def test_an_image_without_objects_leaves_nothing_behind(viewer, start, squares) -> None:
    viewer.add_image(squares, name="cells")
    plugin = start()
    plugin.controller.choose_image(viewer.add_image(squares, name="other"))
    assert sorted(layer.name for layer in viewer.layers) == [
        "boxes",
        "cells",
        "objects",
        "other",
        "preview",
        "prompts",
    ]


def test_new_pixels_of_the_same_shape_are_encoded_and_decoded(viewer, plugin, squares) -> None:
    viewer.layers["cells"].data = np.ascontiguousarray(squares[::-1])
    np.testing.assert_array_equal(plugin.objects == 1, squares == 120)
    assert plugin["prompts"].data.tolist() == [[12, 15]]
    np.testing.assert_array_equal(plugin.preview == 1, squares[::-1] == squares[::-1][12, 15])


def test_new_pixels_of_another_shape_get_layers_of_their_own(viewer, plugin, squares) -> None:
    viewer.layers["cells"].data = np.pad(squares, 8)
    assert plugin.objects.shape == (64, 80)
    np.testing.assert_array_equal(plugin["objects (cells)"].data == 1, squares == 120)
    plugin["prompts"].add((20, 23))
    np.testing.assert_array_equal(plugin.preview == 1, np.pad(squares, 8) == 200)


def test_layers_follow_the_images_transform(viewer, plugin) -> None:
    viewer.layers["cells"].scale = (3, 0.5)
    for name in ("prompts", "boxes", "preview", "objects"):
        np.testing.assert_array_equal(viewer.layers[name].scale, (3, 0.5))


def test_labels_put_into_the_objects_layer_are_adopted(viewer, plugin, squares) -> None:
    mine = np.zeros(squares.shape, dtype=np.int64)
    mine[:3] = 30
    plugin["objects"].data = mine
    plugin.controller.commit()
    assert plugin["objects"].data[12, 15] == 31
    assert (plugin["objects"].data[:3] == 30).all()


def test_labels_that_grow_wider_are_shown(viewer, plugin, squares) -> None:
    mine = np.zeros(squares.shape, dtype=np.uint8)
    mine[:3] = 255
    plugin["objects"].data = mine
    plugin.controller.commit()
    assert plugin["objects"].data[12, 15] == 256


def test_the_users_image_is_never_changed(viewer, start, squares) -> None:
    image = viewer.add_image(squares, name="cells", scale=(2, 1))
    before = image.as_layer_data_tuple()[1]
    pixels = squares.copy()
    plugin = start()
    plugin["prompts"].add((12, 15))
    plugin.controller.commit()
    plugin.controller.close()
    after = image.as_layer_data_tuple()[1]
    assert str(before) == str(after)
    np.testing.assert_array_equal(squares, pixels)
