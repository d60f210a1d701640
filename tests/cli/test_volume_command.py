"""``napari-samwise volume``: from a click on one slice to labels of a volume."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest


@pytest.fixture
def bar(tmp_path: Path) -> Path:
    """A volume of 18 x 30 x 40 with a bar through slices 3 to 8."""
    image = np.full((18, 30, 40), 20, np.uint8)
    image += np.arange(18, dtype=np.uint8)[:, None, None]
    image[3:9, 8:20, 10:30] = 200
    path = tmp_path / "bar.npy"
    np.save(path, image)
    return path


def test_a_click_gives_the_volume(invoke, tiny_loaded, bar: Path, tmp_path: Path) -> None:
    output = tmp_path / "labels.npy"
    result = invoke("volume", bar, "--axes", "ZYX", "--point", "5,12,20", "-o", output)
    assert result.exit_code == 0, result.output
    np.testing.assert_array_equal(np.load(output) == 1, np.load(bar) == 200)
    assert "3-8" in result.stdout


@pytest.mark.parametrize("along", ["y", "X"])
def test_another_axis_and_json(invoke, tiny_loaded, bar, tmp_path, along: str) -> None:
    output = tmp_path / "labels.npy"
    words = ["--axes", "ZYX", "--along", along, "--point", "5,12,20", "--json"]
    result = invoke("volume", bar, *words, "-o", output)
    assert result.exit_code == 0, result.output
    summary = json.loads(result.stdout)
    assert summary["along"] == along.upper()
    assert summary["objects"][0]["voxels"] == 6 * 12 * 20
    np.testing.assert_array_equal(np.load(output) == 1, np.load(bar) == 200)


def test_a_barrier(invoke, tiny_loaded, bar: Path, tmp_path: Path) -> None:
    output = tmp_path / "labels.npy"
    words = ["--axes", "ZYX", "--point", "5,12,20", "--barrier", "1,7", "--json"]
    result = invoke("volume", bar, *words, "-o", output)
    assert json.loads(result.stdout)["objects"][0]["last_slice"] == 6


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["--barrier", "1"], "--barrier takes ID,SLICE"),
        (["--barrier", "1,x"], "--barrier takes ID,SLICE"),
        (["--barrier", "2,3"], "objects [2], which have no prompts"),
        (["--along", "T"], "along='T'"),
    ],
)
def test_wrong_input(invoke, tiny_loaded, bar, tmp_path, words: list[str], reason: str) -> None:
    asked = ["--axes", "ZYX", "--point", "5,12,20", *words]
    result = invoke("volume", bar, *asked, "-o", tmp_path / "labels.npy")
    assert result.exit_code == 2
    assert reason in result.stderr
    assert not (tmp_path / "labels.npy").exists()
