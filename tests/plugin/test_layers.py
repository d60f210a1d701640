from __future__ import annotations

import numpy as np
import pytest

from napari_samwise.plugin.layers import LayerSet
from napari_samwise.plugin.roles import Role

NAMES = ["objects", "preview", "boxes", "prompts"]


def names(viewer) -> list[str]:
    return [layer.name for layer in viewer.layers]


@pytest.fixture
def image(viewer):
    return viewer.add_image(
        np.zeros((5, 24, 32)),
        name="cells",
        scale=(2, 0.5, 0.5),
        translate=(1, 2, 3),
        rotate=(0, 0, 30),
        shear=(0, 0, 0.1),
        units=("um", "um", "um"),
        axis_labels=("z", "y", "x"),
        affine=np.diag([1.0, 2, 2, 1]),
    )


def same_place(layer, image) -> bool:
    corners = np.array(np.meshgrid(*[(0, n) for n in image.data.shape])).reshape(3, -1).T
    own = [layer.data_to_world(corner) for corner in corners]
    return np.allclose(own, [image.data_to_world(corner) for corner in corners])


def test_layers_lie_where_the_image_lies(viewer, image) -> None:
    layers = LayerSet(viewer, image)
    layers.make_missing()
    assert names(viewer) == ["cells", *NAMES]
    for layer in layers:
        assert same_place(layer, image)
        assert layer.units == image.units
        assert layer.axis_labels == image.axis_labels


def test_layers_follow_the_image(viewer, image) -> None:
    layers = LayerSet(viewer, image)
    layers.make_missing()
    image.scale, image.translate, image.shear = (7, 1, 2), (0, -3, 1), (0, 0.2, 0)
    image.affine = np.diag([3.0, 1, 1, 1])
    assert not any(same_place(layer, image) for layer in layers)
    layers.copy_transform()
    assert all(same_place(layer, image) for layer in layers)


def test_rgb_images_get_layers_of_their_spatial_shape(viewer) -> None:
    layers = LayerSet(viewer, viewer.add_image(np.zeros((24, 32, 3), np.uint8), rgb=True))
    layers.make_missing()
    assert layers.objects.data.shape == layers.preview.data.shape == (24, 32)


@pytest.mark.parametrize("role", list(Role))
def test_a_missing_layer_is_made_in_its_old_place(viewer, image, role) -> None:
    layers = LayerSet(viewer, image)
    layers.make_missing()
    viewer.layers.remove(role.value)
    assert not layers.is_whole
    assert layers.make_missing() == {role}
    assert names(viewer) == ["cells", *NAMES]


def test_layers_made_earlier_are_found_under_any_name_and_order(viewer, image) -> None:
    first = LayerSet(viewer, image)
    first.make_missing()
    for number, layer in enumerate(first):
        layer.name = f"renamed {number}"
    viewer.layers.reverse()
    again = LayerSet(viewer, image)
    assert again.make_missing() == set()
    assert again.prompts is first.prompts
    assert again.objects is first.objects


def test_a_copy_that_the_user_made_is_not_taken_for_ours(viewer, image) -> None:
    first = LayerSet(viewer, image)
    first.make_missing()
    objects = first.objects
    data, state, kind = objects.as_layer_data_tuple()
    copy = type(objects).create(data.copy(), {**state, "name": "my copy"}, kind)
    viewer.add_layer(copy)
    viewer.layers.remove(objects)
    again = LayerSet(viewer, image)
    assert Role.OBJECTS in again.make_missing()
    assert again.objects is not copy


def test_layers_of_another_image_are_left_alone(viewer, image) -> None:
    LayerSet(viewer, image).make_missing()
    other = viewer.add_image(np.zeros((5, 24, 32)), name="other")
    assert LayerSet(viewer, other).make_missing() == set(Role)


def test_users_layers_of_the_same_name_are_not_touched(viewer, image) -> None:
    theirs = viewer.add_labels(np.ones((5, 24, 32), dtype=int), name="objects")
    layers = LayerSet(viewer, image)
    layers.make_missing()
    assert layers.objects is not theirs
    assert theirs.data.all()


def test_making_layers_leaves_the_selection(viewer, image) -> None:
    viewer.layers.selection.active = image
    LayerSet(viewer, image).make_missing()
    assert viewer.layers.selection.active is image
