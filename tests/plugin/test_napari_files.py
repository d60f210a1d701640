"""Readers, writers and samples, through napari's own ways to open and save."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
import zarr
from napari.layers import Image, Labels
from npe2 import PluginManager

from napari_samwise.errors import ImageError, SamwiseError
from napari_samwise.io.read import read_image
from napari_samwise.io.write import write_labels
from napari_samwise.plugin.layer_files import name_axes, sizes_in
from napari_samwise.plugin.readers import get_image_reader

PLUGIN = "napari-samwise"


@pytest.fixture(autouse=True)
def plugins() -> PluginManager:
    manager = PluginManager.instance()
    manager.discover()
    return manager


@pytest.fixture
def labels(viewer) -> Labels:
    data = np.zeros((4, 30, 40), dtype=np.int32)
    data[1:3, 4:10, 5:12] = 3
    data[2, 20:25, 30:38] = 7
    given = {"scale": (2.0, 0.5, 0.25), "units": ("um",) * 3, "axis_labels": ("z", "y", "x")}
    return viewer.add_labels(data, name="cells", **given)


def test_samples_are_there_at_once_and_always_the_same(viewer) -> None:
    shapes = {"coins": 2, "nuclei": 2, "nuclei_in_depth": 3, "nuclei_in_time": 3}
    for key, ndim in shapes.items():
        (layer,) = viewer.open_sample(PLUGIN, key)
        (again,) = viewer.open_sample(PLUGIN, key)
        assert layer.ndim == ndim
        np.testing.assert_array_equal(layer.data, again.data)
    assert [str(unit) for unit in layer.units] == ["second", "micrometer", "micrometer"]
    assert layer.axis_labels == ("t", "y", "x")


@pytest.mark.parametrize("suffix", [".tif", ".zarr", ".ome.zarr", ".nii.gz", ".nrrd", ".mha"])
def test_labels_are_written_with_their_voxels(labels, tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"cells{suffix}"
    assert labels.save(str(path), plugin=PLUGIN) == [str(path)]
    file = read_image(path)
    np.testing.assert_array_equal(np.asarray(file.data[...]), labels.data)
    assert file.axes == "ZYX"
    assert file.scale == pytest.approx((2.0, 0.5, 0.25))


def test_polygons_masks_regions_and_tables_hold_every_object(labels, tmp_path: Path) -> None:
    for suffix in (".geojson", ".json", ".zip", ".csv"):
        assert labels.save(str(tmp_path / f"cells{suffix}"), plugin=PLUGIN)
    polygons = json.loads((tmp_path / "cells.geojson").read_text())
    assert len(polygons["features"]) == 3
    assert len(json.loads((tmp_path / "cells.json").read_text())["annotations"]) == 3
    with (tmp_path / "cells.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    assert [row["label"] for row in rows] == ["3", "7"]
    assert float(rows[0]["volume_um3"]) == pytest.approx(2 * 6 * 7 * 2.0 * 0.5 * 0.25)


def test_the_finest_level_of_several_is_written(viewer, tmp_path: Path) -> None:
    fine = np.arange(64 * 64, dtype=np.int32).reshape(64, 64) % 5
    layer = viewer.add_labels([fine, fine[::2, ::2]], multiscale=True)
    layer.save(str(tmp_path / "cells.zarr"), plugin=PLUGIN)
    np.testing.assert_array_equal(np.asarray(read_image(tmp_path / "cells.zarr").data[...]), fine)


def test_a_place_that_cannot_be_written_to_is_told_in_a_sentence(labels, tmp_path: Path) -> None:
    (tmp_path / "cells.zarr").write_text("not a folder")
    with pytest.raises(SamwiseError, match="choose another name"):
        labels.save(str(tmp_path / "cells.zarr"), plugin=PLUGIN)


def test_what_napari_cannot_write_is_written_here(plugins) -> None:
    writer, _ = plugins.get_writer("x.geojson", ["labels"])
    assert writer.command == "napari-samwise.write_labels"


def test_ome_zarr_images_are_opened_lazily_with_their_levels(viewer, tmp_path: Path) -> None:
    path = tmp_path / "slide.zarr"
    group = zarr.create_group(path)
    shapes = [(9000, 9000), (4500, 4500), (563, 563)]
    for level, shape in enumerate(shapes):
        array = group.create_array(str(level), shape=shape, chunks=(512, 512), dtype="uint16")
        array[:10, :10] = 100 * (level + 1)
    sizes = [(0.5, 0.5), (1.0, 1.0), (8.0, 8.0)]
    multiscale = {
        "axes": [{"name": n, "type": "space", "unit": "micrometer"} for n in "yx"],
        "datasets": [
            {
                "path": str(level),
                "coordinateTransformations": [{"type": "scale", "scale": list(size)}],
            }
            for level, size in enumerate(sizes)
        ],
    }
    group.attrs["ome"] = {"version": "0.5", "multiscales": [multiscale]}
    (layer,) = viewer.open(str(path), plugin=PLUGIN)
    assert isinstance(layer, Image)
    assert layer.multiscale
    assert [level.shape for level in layer.data] == shapes
    assert not isinstance(layer.data[0], np.ndarray)
    assert np.asarray(layer.data[0][:5, :5]).max() == 100
    assert tuple(layer.scale) == (0.5, 0.5)
    assert str(layer.units[0]) == "micrometer"


def test_label_images_of_ome_zarr_become_labels(viewer, labels, tmp_path: Path) -> None:
    write_labels(tmp_path / "cells.zarr", labels.data, "ZYX", (2.0, 0.5, 0.25))
    (layer,) = viewer.open(str(tmp_path / "cells.zarr"), plugin=PLUGIN)
    assert isinstance(layer, Labels)
    np.testing.assert_array_equal(layer.data, labels.data)
    assert tuple(layer.scale) == (2.0, 0.5, 0.25)


def test_medical_images_keep_their_voxels(viewer, labels, tmp_path: Path) -> None:
    labels.save(str(tmp_path / "ct.nrrd"), plugin=PLUGIN)
    (layer,) = viewer.open(str(tmp_path / "ct.nrrd"), plugin=PLUGIN)
    assert tuple(layer.scale) == pytest.approx((2.0, 0.5, 0.25))
    assert layer.axis_labels == ("z", "y", "x")


def test_a_damaged_file_is_told_in_a_sentence(viewer, tmp_path: Path) -> None:
    (tmp_path / "ct.nrrd").write_text("hello")
    with pytest.raises(ImageError, match="not a readable nrrd image"):
        viewer.open(str(tmp_path / "ct.nrrd"), plugin=PLUGIN)


def test_folders_that_are_no_image_are_left_to_others(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("hello")
    assert get_image_reader(str(tmp_path)) is None
    assert get_image_reader([str(tmp_path), str(tmp_path)]) is None


@pytest.mark.parametrize(
    ("given", "ndim", "expected"),
    [
        (("z", "y", "x"), 3, "ZYX"),
        (("c", "y", "x"), 3, "QYX"),
        (("axis -2", "axis -1"), 2, "YX"),
        (("y", "y", "x"), 3, "ZYX"),
        (None, 4, "TZYX"),
    ],
)
def test_axes_get_a_letter_each(given, ndim: int, expected: str) -> None:
    assert name_axes(given, ndim) == expected


def test_sizes_without_a_unit_are_no_lengths() -> None:
    assert sizes_in("YX", ("pixel", "pixel"), (2.0, 1.0)) is None
    assert sizes_in("YX", None, (2.0, 1.0)) is None
    assert sizes_in("ZYX", ("mm", "nm", "um"), (1.0, 5.0, 2.0)) == (1000.0, 0.005, 2.0)
    assert sizes_in("TYX", ("pixel", "um", "um"), (3.0, 1.0, 1.0)) == (1.0, 1.0, 1.0)
