"""``napari-samwise export`` and ``measure``."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import tifffile

from napari_samwise.io.read import read_image
from napari_samwise.io.write import write_labels


@pytest.fixture
def labels(tmp_path: Path) -> Path:
    """Two squares of 10 x 10 pixels of half a micrometre."""
    array = np.zeros((60, 80), dtype=np.int32)
    array[10:20, 10:20] = 1
    array[30:40, 50:60] = 2
    path = tmp_path / "labels.tif"
    write_labels(path, array, "YX", (0.5, 0.5))
    return path


@pytest.mark.parametrize("name", ["a.geojson", "a.json", "a.zip", "a.csv", "a.parquet"])
def test_objects_are_written_and_counted(invoke, labels: Path, tmp_path: Path, name: str) -> None:
    output = tmp_path / name
    result = invoke("export", labels, "-o", output)
    assert result.exit_code == 0, result.output
    assert result.stdout == f"{output}: written, 2 objects\n"
    assert output.stat().st_size > 0


@pytest.mark.parametrize("name", ["b.zarr", "b.nii.gz", "b.png"])
def test_labels_are_converted(invoke, labels: Path, tmp_path: Path, name: str) -> None:
    result = invoke("export", labels, "-o", tmp_path / name, "--json")
    assert json.loads(result.stdout)["objects"] is None
    file = read_image(tmp_path / name)
    np.testing.assert_array_equal(file.data[...], tifffile.imread(labels))
    assert name == "b.png" or file.scale == pytest.approx((0.5, 0.5))


def test_measurements_of_labels_and_image(invoke, labels: Path, squares: Path, tmp_path) -> None:
    output = tmp_path / "table.csv"
    result = invoke("measure", labels, "--image", squares, "-o", output, "--json")
    assert result.exit_code == 0, result.output
    columns = json.loads(result.stdout)
    assert columns["area_um2"] == [25, 25]
    assert columns["intensity_mean"] == [1000, 600]
    assert output.read_text().splitlines()[0] == ",".join(columns)


def refuse_constant(name: str) -> float:
    raise AssertionError(f"{name} is no JSON")


def test_what_cannot_be_measured_is_null(invoke, tmp_path: Path) -> None:
    array = np.zeros((20, 20), dtype=np.int32)
    array[2:9, 2:9] = 1
    # Of pixels that are no squares there is no perimeter.
    write_labels(tmp_path / "labels.tif", array, "YX", (0.5, 1.0))
    result = invoke("measure", tmp_path / "labels.tif", "--json")
    columns = json.loads(result.stdout, parse_constant=refuse_constant)
    assert columns["perimeter_um"] == [None]


def test_table_is_shown(invoke, labels: Path) -> None:
    lines = invoke("measure", labels).stdout.splitlines()
    assert lines[0].split()[:2] == ["label", "pixels"]
    assert lines[-1].startswith("2 objects")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("export", "labels.tif", "-o", "a.doc"), "change its suffix"),
        (("export", "labels.tif", "-o", "nowhere/a.json"), "no folder"),
        (("export", "missing.tif", "-o", "a.json"), "no file"),
        (("export", "labels.tif", "--image", "stack.npy", "-o", "a.csv"), "belong to"),
        (("export", "stack.npy", "-o", "a.csv"), "is no label image"),
        (("measure", "labels.tif", "-o", "a.json"), r".csv, .parquet"),
        (("measure", "labels.tif", "--axes", "ZYX"), "name 3 axes but the image has 2"),
    ],
)
def test_refusals(invoke, labels: Path, monkeypatch, words: tuple[str, ...], said: str) -> None:
    monkeypatch.chdir(labels.parent)
    np.save("stack.npy", np.zeros((5, 60, 80)))
    result = invoke(*words)
    assert result.exit_code == 2
    assert said in result.stderr
    assert result.stderr.count("\n") == 1


def test_help_imports_no_reader() -> None:
    code = (
        "import sys\nfrom napari_samwise.cli.main import cli\n"
        "cli(['export', '--help'], standalone_mode=False)\n"
        "heavy = {'zarr', 'tifffile', 'SimpleITK', 'roifile', 'pyarrow', 'skimage', 'torch'}\n"
        "sys.exit(str(heavy & {*sys.modules}) if heavy & {*sys.modules} else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
