"""Empty wells: images with one value everywhere hold no objects, which is no mistake."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
import zarr

import napari_samwise as sw
from napari_samwise.batch.recipe import Find, Outputs, Recipe
from napari_samwise.errors import ImageError

BLANK = {
    "zero": np.zeros((64, 64), np.uint8),
    "uint16": np.full((64, 64), 4000, np.uint16),
    "float32": np.full((64, 64), 0.37, np.float32),
    "float64": np.full((64, 64), -1e9),
    "bool": np.zeros((64, 64), bool),
    "colour": np.full((64, 64, 3), 200, np.uint8),
}
GRID = Find(points_per_side=10)


@pytest.fixture(autouse=True)
def _tiny(tiny_loaded: Any) -> None:
    """Every name loads the tiny model."""


@pytest.fixture
def plate(tmp_path: Path) -> Path:
    folder = tmp_path / "plate"
    folder.mkdir()
    for name, image in BLANK.items():
        np.save(folder / f"{name}.npy", image)
    return folder


@pytest.mark.parametrize("name", BLANK)
@pytest.mark.parametrize("intensity", ["auto", "minmax-per-tile"])
def test_no_objects_in_one_value(name: str, intensity: str) -> None:
    image = BLANK[name]
    labels = sw.segment_everything(image, intensity=intensity)
    assert labels.dtype == np.int32
    assert labels.shape == (64, 64)
    assert not labels.any()


def test_nothing_is_encoded_in_a_blank_stack(tmp_path: Path, tiny_model: Any) -> None:
    labels = np.full((3, 64, 64), 9, np.int32)
    before = len(tiny_model.encoded)
    sw.segment_everything(np.full((3, 64, 64), 7), tiny_model, "ZYX", out=labels)
    assert not labels.any()
    out = tmp_path / "labels.zarr"
    written = sw.segment_everything(np.full((300, 200), 7), tiny_model, out=out, frame_px=128)
    assert written.shape == (300, 200)
    assert not written[...].any()
    assert len(tiny_model.encoded) == before


def test_a_plate_of_empty_wells_is_done(plate: Path, tmp_path: Path) -> None:
    recipe = Recipe(find=GRID, outputs=Outputs("tif", "csv", "geojson"))
    out = tmp_path / "out"
    report = sw.batch(plate, out, recipe=recipe)
    assert report.exit_code == 0
    assert [each.objects for each in report.done] == [0] * len(BLANK)
    for each in report.done:
        labels, table, polygons = (out / name for name in each.outputs)
        assert tifffile.imread(labels).shape == (64, 64)
        assert not tifffile.imread(labels).any()
        assert list(csv.DictReader(table.open())) == []
        assert json.loads(polygons.read_text())["features"] == []
    again = sw.batch(plate, out, recipe=recipe)
    assert len(again.skipped) == len(BLANK)


@pytest.mark.parametrize("intensity", ["minmax-per-tile", "lung", (0.0, 50.0)])
def test_other_outputs_and_intensities(plate: Path, tmp_path: Path, intensity: Any) -> None:
    recipe = Recipe(find=GRID, intensity=intensity, outputs=Outputs("ome-zarr", None, "rois"))
    for outputs in (recipe.outputs, Outputs("png", "parquet", "coco")):
        out = tmp_path / str(outputs.labels)
        report = sw.batch(plate, out, recipe=replace(recipe, outputs=outputs))
        assert report.exit_code == 0
    for each in sw.batch(plate, tmp_path / "ome-zarr", recipe=recipe).images:
        path = tmp_path / "ome-zarr" / each.outputs[0]
        assert not zarr.open_group(path, mode="r")["0"][...].any()


def test_prompts_still_need_an_image(tiny_model: Any) -> None:
    with pytest.raises(ImageError, match="two different values"):
        sw.segment(BLANK["zero"], {1: sw.Prompts(points=[(5, 5)])}, model=tiny_model)
    with pytest.raises(ImageError, match="finite"):
        sw.segment_everything(np.full((64, 64), np.nan), tiny_model)
