"""A recipe saved from the widget: batch, its command and the API find the same, bit for bit."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import tifffile
from click.testing import CliRunner
from scipy import ndimage as ndi

import napari_samwise as sw
from napari_samwise.batch.labelling import find_intensity
from napari_samwise.batch.recipe import Find, Recipe
from napari_samwise.cli.main import cli
from napari_samwise.io.read import read_image
from napari_samwise.plugin.engine import Engine, open_store_on_disk
from napari_samwise.plugin.readers import read_image_layers
from napari_samwise.plugin.widget import SamwiseWidget


def blobs(shape: tuple[int, ...], seed: int = 0) -> np.ndarray:
    """Round spots of several sizes and brightnesses, noise, 16 bits."""
    rng = np.random.default_rng(seed)
    image = np.zeros(shape)
    for _ in range(image.size // 1800):
        seedling = np.zeros(shape)
        seedling[tuple(rng.integers(0, n) for n in shape)] = 1
        near = ndi.distance_transform_edt(seedling == 0) < rng.uniform(4, 11)
        image[near] = rng.uniform(2000, 9000)
    return (ndi.gaussian_filter(image, 0.7) + rng.normal(500, 100, shape)).astype(np.uint16)


@pytest.fixture
def opened(viewer, harness, open_stage, tmp_path):
    """Write an image into a folder, open it as napari does, and return harness and stage."""

    def make(image: np.ndarray, axes: str, layer: int = 0):
        folder = tmp_path / "images"
        folder.mkdir()
        path = folder / "cells.tif"
        tifffile.imwrite(path, image, ome=True, photometric="minisblack", metadata={"axes": axes})
        data, attributes, _ = read_image_layers(str(path))[layer]
        viewer.add_image(data, **attributes)
        h = harness(viewer, sw.load_model("nano"))
        # As in the widget: features come from the disk in half precision.
        h.engine = Engine(open_store=open_store_on_disk)
        return h, open_stage(h)

    return make


def check_all_ways(recipe_path, labels, tmp_path, pick=None) -> None:
    """Compare labels with those of the API, of ``sw.batch``, and of the command."""
    folder, recipe = tmp_path / "images", Recipe.load(recipe_path)
    file = read_image(folder / "cells.tif")
    file = file if pick is None else file.channel(pick)
    model = sw.load_model(recipe.model, precision=recipe.precision)
    called = sw.segment_everything(
        file.data,
        model,
        file.axes,
        intensity=find_intensity(recipe, file),
        options=recipe.options_for(model),
        link=recipe.link,
    )
    report = sw.batch(folder, tmp_path / "called", recipe=recipe)
    assert not report.failed, report.failed
    arguments = ["batch", folder, "--out", tmp_path / "told", "--recipe", recipe_path]
    result = CliRunner().invoke(cli, [str(each) for each in arguments])
    assert result.exit_code == 0, result.output
    assert labels.max() > 3
    np.testing.assert_array_equal(labels, called)
    for out in ("called", "told"):
        written = tifffile.imread(tmp_path / out / "cells_labels.tif")
        np.testing.assert_array_equal(labels, written)


@pytest.mark.parametrize("policy", ["auto", "contrast-limits", "minmax-per-tile"])
def test_a_plane(opened, policy, tmp_path) -> None:
    # Wider than a block in which objects are written.
    h, stage = opened(blobs((60, 1300)), "YX")
    h.controller.image.contrast_limits = (700, 6000)
    h.controller.choose_intensity(policy)
    stage.everything.start()
    usual = stage.everything.thresholds
    stage.everything.set_thresholds(replace(usual, predicted_iou=0.5, min_area=90))
    stage.everything.save_recipe(tmp_path / "cells.yaml")
    assert "batch FOLDER --recipe" in h.status.sentence
    recipe = Recipe.load(tmp_path / "cells.yaml")
    assert recipe.intensity == ((700, 6000) if policy == "contrast-limits" else policy)
    assert (recipe.keep.predicted_iou, recipe.keep.min_area) == (0.5, 90)
    assert (recipe.model, recipe.find) == ("nano", Find("seeds"))
    assert f"torch.{recipe.precision}" == str(h.model.precision)
    check_all_ways(tmp_path / "cells.yaml", h.objects, tmp_path)


def test_thresholds_that_were_not_moved(opened, tmp_path) -> None:
    h, stage = opened(blobs((90, 120)), "YX")
    stage.everything.start()
    stage.everything.save_recipe(tmp_path / "cells.yaml")
    check_all_ways(tmp_path / "cells.yaml", h.objects, tmp_path)


def test_linked_along_z(opened, tmp_path) -> None:
    h, stage = opened(blobs((4, 70, 90)), "ZYX")
    stage.find_in_stack()
    stage.everything.save_recipe(tmp_path / "cells.yaml")
    assert Recipe.load(tmp_path / "cells.yaml").link == "Z"
    check_all_ways(tmp_path / "cells.yaml", h.objects, tmp_path)


def test_a_channel(opened, tmp_path) -> None:
    image = np.stack([blobs((80, 100), seed) for seed in range(2)])
    h, stage = opened(image, "CYX", layer=1)
    stage.everything.start()
    stage.everything.save_recipe(tmp_path / "cells.yaml")
    assert Recipe.load(tmp_path / "cells.yaml").channel == 1
    check_all_ways(tmp_path / "cells.yaml", h.objects, tmp_path, pick=1)


def test_a_grid_is_named(viewer, start, open_stage, squares, tmp_path) -> None:
    """Left to itself, batch may ask an instance decoder that the widget does not load."""
    viewer.add_image(squares)
    stage = open_stage(start())
    stage.everything.start()
    stage.everything.save_recipe(tmp_path / "cells.yaml")
    assert Recipe.load(tmp_path / "cells.yaml").find.mode == "grid"


def test_what_no_recipe_can_say(viewer, start, open_stage, tower, tmp_path) -> None:
    viewer.add_image(np.repeat(tower, 2, axis=0))
    h = start()
    stage = open_stage(h)
    stage.everything.save_recipe(tmp_path / "none.yaml")
    assert h.status.is_error
    assert "Find everything once" in h.status.sentence
    viewer.dims.order = (1, 0, 2)
    viewer.dims.set_point(1, 15)
    stage.everything.start()
    stage.everything.save_recipe(tmp_path / "none.yaml")
    assert "last two axes" in h.status.sentence
    viewer.dims.order = (0, 1, 2)
    stage.everything.start()
    stage.everything.save_recipe(tmp_path / "no such folder" / "none.yaml")
    assert h.status.is_error
    assert not list(tmp_path.rglob("none.yaml"))


def test_the_button(viewer, squares, tiny_model, tmp_path, monkeypatch, qtbot) -> None:
    from napari_samwise.plugin.panels import everything as panel_module

    path = tmp_path / "cells.yaml"
    monkeypatch.setattr(panel_module, "ask_path", lambda *given: path)
    viewer.add_image(squares)
    widget = SamwiseWidget(viewer, Engine(lambda name, progress: tiny_model))
    qtbot.addWidget(widget.native)
    panel, everything = widget._everything, widget.stage.everything
    assert not panel.save.enabled
    everything.start()
    qtbot.waitUntil(lambda: panel.save.enabled and not widget.stage.bench.busy)
    panel.save.changed.emit(True)
    assert Recipe.load(path).keep.min_area == everything.thresholds.min_area
    widget._close()
