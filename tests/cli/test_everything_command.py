"""``napari-samwise everything``: labels of all objects, or one sentence and exit code 2."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
import zarr


@pytest.fixture(autouse=True)
def _tiny(tiny_loaded: Any) -> None:
    """Every name loads the tiny model."""


GRID = ["--points-per-side", 10]


def test_all_squares(invoke, squares: Path, tmp_path: Path) -> None:
    output = tmp_path / "labels.tif"
    result = invoke("everything", squares, *GRID, "-o", output)
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("2 objects, 100 pixels in the median\n")
    image = tifffile.imread(squares)
    expected = np.select([image == 1000, image == 600], [1, 2])
    np.testing.assert_array_equal(tifffile.imread(output), expected)


def test_summary_as_json(invoke, squares: Path, tmp_path: Path) -> None:
    result = invoke("everything", squares, *GRID, "-o", tmp_path / "labels.npy", "--json")
    summary = json.loads(result.stdout)
    assert (summary["objects"], summary["median_pixels"]) == (2, 100)
    assert summary["best_predicted_iou"] == pytest.approx(0.9)
    assert set(summary["seconds"]) == {"load_model", "everything"}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--pred-iou", 0.97], "best predicted IoU was 0.90, at least 0.97 was asked for"),
        (["--min-area", 101], "no such mask was stable and large enough"),
    ],
)
def test_nothing_passed(invoke, squares: Path, tmp_path: Path, words: list[Any], said: str) -> None:
    output = tmp_path / "labels.tif"
    result = invoke("everything", squares, *GRID, *words, "-o", output)
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("nothing passed: ")
    assert said in result.stdout
    assert not tifffile.imread(output).any()


@pytest.mark.parametrize("intensity", ["auto", "0,100", "minmax-per-tile"])
def test_a_blank_image_holds_no_objects(invoke, tmp_path: Path, intensity: str) -> None:
    image, output = tmp_path / "well.tif", tmp_path / "labels.tif"
    tifffile.imwrite(image, np.full((60, 80), 4000, np.uint16))
    result = invoke("everything", image, *GRID, "--intensity", intensity, "-o", output)
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("no objects: the image has one value everywhere\n")
    assert not tifffile.imread(output).any()


def test_thresholds_reach_the_filters(invoke, squares: Path, tmp_path: Path) -> None:
    image = tifffile.imread(squares)
    image[40:44, 20:24] = 300
    tifffile.imwrite(squares, image)
    counts = [
        json.loads(
            invoke(
                "everything",
                squares,
                "--points-per-side",
                20,
                *words,
                "-o",
                tmp_path / "l.npy",
                "--json",
            ).stdout
        )["objects"]
        for words in ([], ["--min-area", 17], ["--crop-layers", 1, "--nms", 0.5])
    ]
    assert counts == [3, 2, 3]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--pred-iou", 1.5], "--pred-iou"),
        (["--points-per-side", 0], "--points-per-side"),
        (["--crop-layers", 4], "16 x 16 is the least"),
        (["--axes", "ZYX"], "name 3 axes but the image has 2"),
        (["--intensity", "bright"], "got 'bright'"),
        (["-o", "labels.jpg"], "labels.jpg"),
    ],
)
def test_wrong_words(invoke, squares: Path, tmp_path: Path, words: list[Any], said: str) -> None:
    result = invoke("everything", squares, "-o", tmp_path / "labels.tif", *words)
    assert result.exit_code == 2, result.output
    assert said in result.stderr
    assert not (tmp_path / "labels.tif").exists()


def test_no_such_image(invoke, tmp_path: Path) -> None:
    result = invoke("everything", tmp_path / "gone.tif", "-o", tmp_path / "labels.tif")
    assert result.exit_code == 2
    assert "no file" in result.stderr


def test_the_mode_is_chosen(invoke, squares: Path, tmp_path: Path) -> None:
    output = tmp_path / "labels.tif"
    assert invoke("everything", squares, *GRID, "--mode", "grid", "-o", output).exit_code == 0
    refused = invoke("everything", squares, "--mode", "distances", "-o", output)
    assert refused.exit_code == 2
    assert "no instance decoder" in refused.stderr
    mixed = invoke("everything", squares, *GRID, "--mode", "distances", "-o", output)
    assert mixed.exit_code == 2
    assert "leave points_per_side" in mixed.stderr


def test_labels_into_a_zarr_that_is_filled_in_place(invoke, squares: Path, tmp_path: Path) -> None:
    whole, framed = tmp_path / "labels.npy", tmp_path / "labels.zarr"
    assert invoke("everything", squares, *GRID, "-o", whole).exit_code == 0
    words = [*GRID, "--frame-px", 128, "--workers", 2]
    result = invoke("everything", squares, *words, "-o", framed)
    assert result.exit_code == 0, result.output
    finest = zarr.open_group(framed, mode="r")["0"]
    np.testing.assert_array_equal(finest[...] > 0, np.load(whole) > 0)
    assert not (tmp_path / "labels.zarr.parts").exists()
    assert invoke("everything", squares, *words, "-o", framed).exit_code == 0


def test_parts_of_another_run_are_not_mixed_in(invoke, squares: Path, tmp_path: Path) -> None:
    parts = tmp_path / "labels.zarr.parts"
    parts.mkdir()
    (parts / "header.json").write_text('{"run": "another"}')
    output = tmp_path / "labels.zarr"
    refused = invoke("everything", squares, *GRID, "-o", output)
    assert refused.exit_code == 2
    assert "remove it to begin anew" in refused.stderr
    assert not output.exists()
    assert invoke("everything", squares, *GRID, "--no-resume", "-o", output).exit_code == 0
