"""Measurements: right in pixels and in micrometres, for planes, volumes and series."""

from __future__ import annotations

import csv
import math
from pathlib import Path

import numpy as np
import pytest
from skimage.measure import regionprops_table

from napari_samwise.errors import InputError
from napari_samwise.io.image_file import ImageFile
from napari_samwise.io.measure import Measurable, measure
from napari_samwise.io.table import save_table


def ellipses(*centres: tuple[int, int]) -> np.ndarray:
    labels = np.zeros((80, 100), dtype=np.int32)
    y, x = np.mgrid[:80, :100]
    for i, (cy, cx) in enumerate(centres):
        labels[((y - cy) / 9) ** 2 + ((x - cx) / 15) ** 2 <= 1] = 2 * i + 3
    return labels


LABELS = ellipses((20, 30), (60, 70))


def test_planes_are_measured_as_by_regionprops() -> None:
    found = measure(Measurable(LABELS, "YX", (0.5, 0.5)))
    asked = ("label", "area", "centroid", "axis_major_length", "perimeter", "solidity")
    theirs = regionprops_table(LABELS, properties=asked, spacing=(0.5, 0.5))
    names = {
        "area_um2": "area",
        "centroid_y_um": "centroid-0",
        "centroid_x_um": "centroid-1",
        "major_axis_um": "axis_major_length",
        "perimeter_um": "perimeter",
        "solidity": "solidity",
    }
    assert found["label"] == theirs["label"].tolist() == [3, 5]
    for ours, name in names.items():
        np.testing.assert_allclose(found[ours], theirs[name], rtol=1e-6, err_msg=ours)
    assert found["centroid_y_px"] == pytest.approx([20, 60])
    assert (found["first_x_px"][0], found["last_x_px"][0]) == (15, 45)


def test_units_are_in_the_names() -> None:
    pixels = measure(Measurable(LABELS, "YX"))
    micrometres = measure(Measurable(LABELS, "YX", (2.0, 2.0)))
    assert not any("um" in name for name in pixels)
    assert micrometres["area_um2"] == pytest.approx([4 * n for n in pixels["area_px2"]])
    assert micrometres["perimeter_um"] == pytest.approx([2 * n for n in pixels["perimeter_px"]])


def test_unequal_sides_of_a_pixel() -> None:
    found = measure(Measurable(LABELS, "YX", (15.0, 9.0)))
    assert found["major_axis_um"] == pytest.approx(found["minor_axis_um"], rel=0.05)
    assert all(math.isnan(length) for length in found["perimeter_um"])


def test_flat_and_tiny_objects_of_a_volume() -> None:
    volume = np.zeros((4, 20, 20), dtype=np.uint16)
    volume[1, 2:8, 2:8] = 1
    volume[3, 19, 19] = 2
    volume[:, 12:16, 12:16] = 9
    found = measure(Measurable(volume, "ZYX", (3.0, 1.0, 1.0)))
    assert found["volume_um3"] == pytest.approx([108, 3, 192])
    assert found["centroid_z_um"] == pytest.approx([3, 9, 4.5])
    assert found["minor_axis_um"][1] == found["major_axis_um"][1] == 0
    assert all(math.isfinite(value) for column in found.values() for value in column)


def test_frames_are_measured_one_by_one() -> None:
    movie = np.stack([LABELS, np.roll(LABELS, 4, axis=1)])
    found = measure(Measurable(movie, "TYX", (30.0, 1.0, 1.0)))
    assert list(zip(found["t"], found["label"], strict=True)) == [(0, 3), (0, 5), (1, 3), (1, 5)]
    assert found["centroid_x_px"] == pytest.approx([30, 70, 34, 74])


@pytest.mark.parametrize("axes", ["YXC", "CYX"])
def test_intensity_of_every_channel(axes: str) -> None:
    image = np.zeros((80, 100, 2), dtype=np.uint16)
    image[..., 0] = LABELS * 10
    image[..., 1] = np.arange(100)
    moved = np.moveaxis(image, -1, axes.index("C"))
    file = ImageFile(moved, axes, None, "cells.tif")
    found = measure(Measurable(LABELS, "YX", image=file))
    assert found["intensity_c0_mean"] == [30, 50]
    assert found["intensity_c0_std"] == [0, 0]
    assert (found["intensity_c1_min"], found["intensity_c1_max"]) == ([15, 55], [45, 85])


def test_another_image_is_refused() -> None:
    file = ImageFile(np.zeros((80, 90)), "YX", None, "other.tif")
    with pytest.raises(InputError, match="give the image that they belong to"):
        measure(Measurable(LABELS, "YX", image=file))


def test_csv_and_parquet_hold_the_same(tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    columns = measure(Measurable(LABELS, "YX", (0.1, 0.1)))
    for suffix in ("csv", "parquet"):
        save_table(tmp_path / f"table.{suffix}", columns)
    assert parquet.read_table(tmp_path / "table.parquet").to_pydict() == columns
    with (tmp_path / "table.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [int(row["label"]) for row in rows] == columns["label"]
    assert [float(row["area_um2"]) for row in rows] == columns["area_um2"]
