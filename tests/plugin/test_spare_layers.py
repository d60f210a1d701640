"""Layers that go from one image to the next."""

from __future__ import annotations

import numpy as np
import pytest

from napari_samwise.plugin import layers as layers_module
from napari_samwise.plugin.status import Mode

OWN = ("prompts", "boxes", "preview")


@pytest.fixture
def two(viewer, start, squares):
    """The controller on the first of two images; the second has another size and scale."""
    first = viewer.add_image(squares, name="first")
    second = viewer.add_image(np.pad(squares, 8)[::-1].copy(), name="second", scale=(0.5, 0.5))
    viewer.layers.selection.active = first
    plugin = start()
    return plugin, first, second


def names(viewer) -> list[str]:
    return [layer.name for layer in viewer.layers]


def test_another_image_takes_the_layers_over(two) -> None:
    plugin, first, second = two
    before = {name: plugin[name] for name in OWN}
    inserted: list[str] = []
    plugin.viewer.layers.events.inserted.connect(lambda event: inserted.append(event.value.name))
    plugin.controller.choose_image(second)
    assert inserted == ["objects"]
    assert {name: plugin[name] for name in OWN} == before
    assert plugin.preview.shape == second.data.shape
    assert all(np.array_equal(plugin[name].scale, second.scale) for name in OWN)
    plugin.controller.choose_image(first)
    assert plugin.preview.shape == first.data.shape
    assert all(np.array_equal(plugin[name].scale, first.scale) for name in OWN)


def test_the_layers_lie_above_every_image(two) -> None:
    plugin, _, second = two
    assert names(plugin.viewer).index("second") < names(plugin.viewer).index("objects")
    later = plugin.viewer.add_image(second.data, name="later")
    plugin.controller.choose_image(later)
    assert names(plugin.viewer)[-4:] == ["objects", "preview", "boxes", "prompts"]


def test_prompts_and_masks_stay_with_their_image(two, squares) -> None:
    plugin, first, second = two
    plugin["prompts"].add((12, 15))
    plugin["prompts"].features = plugin["prompts"].features.assign(label=["exclude"])
    plugin["prompts"].add((14, 17))
    masked = plugin.preview.copy()
    plugin.controller.choose_image(second)
    assert len(plugin["prompts"].data) == 0
    assert not plugin.preview.any()
    plugin["prompts"].add((30, 53))
    assert plugin["prompts"].features["label"].tolist() == ["include"]
    assert plugin.preview.any()
    plugin.controller.choose_image(first)
    assert plugin["prompts"].data.tolist() == [[12, 15], [14, 17]]
    assert plugin["prompts"].features["label"].tolist() == ["exclude", "include"]
    np.testing.assert_array_equal(plugin.preview, masked)
    plugin.controller.choose_image(second)
    assert plugin["prompts"].data.tolist() == [[30, 53]]


def test_boxes_stay_with_their_image(two, rectangle) -> None:
    plugin, first, second = two
    plugin.controller.enter_mode(Mode.BOX)
    plugin["boxes"].add_rectangles(rectangle(26, 38, 42, 58))
    plugin.controller.choose_image(second)
    assert len(plugin["boxes"].data) == 0
    assert plugin["boxes"].mode == "pan_zoom"
    plugin.controller.choose_image(first)
    assert len(plugin["boxes"].data) == 1


@pytest.mark.parametrize("shape", [(5, 24, 32), (600, 640)])
def test_what_does_not_fit_is_made_anew_under_its_own_name(two, shape, monkeypatch) -> None:
    plugin, _, _ = two
    if len(shape) == 2:
        # As if the plane were too large for a preview in memory.
        monkeypatch.setattr(layers_module, "fits_preview", lambda shape: False)
    before = plugin["preview"]
    image = plugin.viewer.add_image(np.random.default_rng(1).random(shape), name="third")
    plugin.controller.choose_image(image)
    assert names(plugin.viewer)[-4:] == ["objects", "preview", "boxes", "prompts"]
    assert before not in plugin.viewer.layers
    assert plugin["preview"].multiscale == (len(shape) == 2)


def test_a_preview_on_disk_is_not_taken_for_one_in_memory(two, monkeypatch) -> None:
    plugin, first, _ = two
    large = plugin.viewer.add_image(np.random.default_rng(1).random((600, 640)), name="large")
    with monkeypatch.context() as patch:
        patch.setattr(layers_module, "fits_preview", lambda shape: False)
        plugin.controller.choose_image(large)
    assert plugin["preview"].multiscale
    plugin.controller.choose_image(first)
    assert not plugin["preview"].multiscale
    assert plugin.preview.shape == first.data.shape


def test_keys_stay_bound_and_go_with_the_last_image(two) -> None:
    plugin, _, second = two
    plugin.controller.choose_image(second)
    plugin["prompts"].add((30, 53))
    plugin.press("prompts", "C")
    assert plugin.objects.max() == 1
    plugin.controller.close()
    assert not plugin["prompts"].keymap
