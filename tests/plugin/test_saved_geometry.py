"""Labels saved by napari's own menu lie where their image does, as ITK sees it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from napari.layers import Labels
from npe2 import PluginManager

sitk = pytest.importorskip("SimpleITK")

PLUGIN = "napari-samwise"
SUFFIXES = (".nii.gz", ".nrrd", ".mha")
OBLIQUE = (0.8, -0.6, 0.0, 0.6, 0.8, 0.0, 0.0, 0.0, 1.0)


@pytest.fixture(autouse=True)
def _plugins() -> None:
    PluginManager.instance().discover()


@pytest.fixture
def scan(tmp_path: Path) -> Path:
    """A volume of 10 x 20 x 30 voxels that stands askew in the patient."""
    image = sitk.GetImageFromArray(np.arange(6000, dtype=np.int16).reshape(10, 20, 30))
    image.SetSpacing((0.5, 0.75, 2.5))
    image.SetOrigin((-12.0, 34.5, 100.25))
    image.SetDirection(OBLIQUE)
    path = tmp_path / "scan.nii.gz"
    sitk.WriteImage(image, str(path))
    return path


def save(layer: Labels, path: Path):
    assert layer.save(str(path), plugin=PLUGIN) == [str(path)]
    written = sitk.ReadImage(str(path))
    np.testing.assert_array_equal(sitk.GetArrayFromImage(written).squeeze(), layer.data)
    return written


def check_same_place(first, second) -> None:
    for corner in ((0, 0, 0), (29, 0, 9), (3, 19, 5)):
        place = first.TransformIndexToPhysicalPoint(corner)
        assert second.TransformIndexToPhysicalPoint(corner) == pytest.approx(place, abs=1e-4)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_objects_lie_where_the_scan_does(viewer, start, scan, tmp_path, suffix) -> None:
    viewer.open(str(scan), plugin=PLUGIN)
    h = start()
    h["objects"].data[2:4, 5:9, 6:20] = 3
    check_same_place(sitk.ReadImage(str(scan)), save(h["objects"], tmp_path / f"cells{suffix}"))


def test_an_image_that_is_made_labels(viewer, scan, tmp_path) -> None:
    (image,) = viewer.open(str(scan), plugin=PLUGIN)
    data, attributes, _ = image.as_layer_data_tuple()
    kept = {name: attributes[name] for name in ("scale", "units", "metadata", "axis_labels")}
    layer = Labels(np.asarray(data), **kept)
    check_same_place(sitk.ReadImage(str(scan)), save(layer, tmp_path / "cells.nrrd"))


def test_what_is_cut_out_does_not_claim_the_place_of_the_whole(viewer, scan, tmp_path) -> None:
    (image,) = viewer.open(str(scan), plugin=PLUGIN)
    _, attributes, _ = image.as_layer_data_tuple()
    kept = {name: attributes[name] for name in ("scale", "units", "metadata")}
    layer = Labels(np.ones((4, 20, 30), np.int32), translate=(15000.0, 0.0, 0.0), **kept)
    written = save(layer, tmp_path / "cells.mha")
    assert written.GetOrigin() == pytest.approx((0.0, 0.0, 15.0))
    assert written.GetSpacing() == pytest.approx((0.5, 0.75, 2.5))


def test_a_plane_of_a_volume_stays_one(viewer, start, tmp_path) -> None:
    image = sitk.GetImageFromArray(np.arange(600, dtype=np.int16).reshape(1, 20, 30))
    image.SetSpacing((0.5, 0.75, 2.5))
    image.SetOrigin((1.0, 2.0, 3.0))
    path = tmp_path / "plane.mha"
    sitk.WriteImage(image, str(path))
    viewer.open(str(path), plugin=PLUGIN)
    h = start()
    h["objects"].data[5:9, 6:20] = 3
    written = save(h["objects"], tmp_path / "cells.mha")
    assert written.GetDimension() == 3
    assert (written.GetOrigin(), written.GetSpacing()) == ((1, 2, 3), (0.5, 0.75, 2.5))


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_layer_that_was_placed_in_the_viewer(suffix, tmp_path: Path) -> None:
    """Turned in the plane by 30 degrees and moved; z, y, x in micrometres."""
    layer = Labels(
        np.ones((4, 5, 6), np.int32),
        scale=(2000.0, 500.0, 250.0),
        translate=(1000.0, 20000.0, -3000.0),
        rotate=30,
        units=("um",) * 3,
    )
    written = save(layer, tmp_path / f"cells{suffix}")
    assert written.GetSpacing() == pytest.approx((0.25, 0.5, 2.0))
    for z, y, x in ((0, 0, 0), (3, 4, 5), (1, 0, 2)):
        world = np.asarray(layer.data_to_world((z, y, x))) / 1000
        place = written.TransformIndexToPhysicalPoint((x, y, z))
        assert place == pytest.approx(world[::-1].tolist(), abs=1e-4)


def test_what_such_files_cannot_hold_keeps_its_voxels(tmp_path: Path) -> None:
    layer = Labels(np.ones((4, 5, 6), np.int32), scale=(2, 0.5, 0.25), units=("mm",) * 3)
    layer.shear = (0.0, 0.3, 0.0)
    written = save(layer, tmp_path / "cells.nrrd")
    assert written.GetSpacing() == pytest.approx((0.25, 0.5, 2.0))
    assert written.GetOrigin() == (0, 0, 0)
    layer = Labels(np.ones((4, 5, 6), np.int32), translate=(7, 8, 9))
    assert save(layer, tmp_path / "pixels.nrrd").GetOrigin() == (0, 0, 0), "pixels are no length"
