"""``napari-samwise batch``: results, report, exit codes, and recipes from the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile

import napari_samwise as sw
from napari_samwise.batch.recipe import Find, Keep, Recipe

GRID = ["--points-per-side", 10]


@pytest.fixture
def _tiny(tiny_loaded: Any) -> None:
    """Every name loads the tiny model."""


@pytest.fixture
def images(squares: Path) -> Path:
    """A folder of three images and a damaged one."""
    folder = squares.parent / "images"
    folder.mkdir()
    image = tifffile.imread(squares)
    for name, each in {"a": image, "b": image[::-1], "c": image[:, ::-1]}.items():
        tifffile.imwrite(folder / f"{name}.tif", np.ascontiguousarray(each))
    (folder / "d.tif").write_text("no TIFF")
    return folder


@pytest.mark.usefixtures("_tiny")
def test_some_fail(invoke: Any, images: Path, tmp_path: Path) -> None:
    result = invoke("batch", images, "--out", tmp_path / "out", *GRID, "--measurements", "csv")
    assert result.exit_code == 2, result.output
    assert "4 images: 3 done, 0 done before, 1 failed; 6 objects" in result.stdout
    assert "d       'd.tif' is not a readable TIFF file" in result.stdout
    assert result.stderr.strip() == f"1 of 4 failed; see {tmp_path / 'out' / 'report.json'}"
    assert (tmp_path / "out" / "a.csv").exists()
    (images / "d.tif").unlink()
    again = invoke("batch", images, "--out", tmp_path / "out", *GRID, "--measurements", "csv")
    assert again.exit_code == 0, again.output
    assert "3 images: 0 done, 3 done before, 0 failed; 6 objects" in again.stdout


@pytest.mark.usefixtures("_tiny")
def test_json_is_the_report(invoke: Any, images: Path, tmp_path: Path) -> None:
    words = [f"{images}/[ab].tif", "--out", tmp_path / "out", *GRID, "--workers", 2, "--json"]
    result = invoke("batch", *words)
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    assert told == json.loads((tmp_path / "out" / "report.json").read_text())
    assert (told["samwise_batch"], told["images"], told["done"]) == (1, 2, 2)
    assert told["results"][0]["outputs"] == ["a_labels.tif"]


@pytest.mark.usefixtures("_tiny")
def test_options_change_a_recipe(invoke: Any, images: Path, tmp_path: Path) -> None:
    path = tmp_path / "r.yaml"
    Recipe(channel=0, find=Find(crop_layers=0), keep=Keep(min_area=7)).save(path)
    words = ["--recipe", path, *GRID, "--labels", "npy", "--intensity", "0,1000", "--axes", "YX"]
    more = ["--stability", 0.5, "--link", "z", "--frame-px", 128, "--polygons", "rois"]
    result = invoke("batch", images / "a.tif", "--out", tmp_path / "out", *words, *more)
    assert "linked along an axis" in result.output
    saved = Recipe.load(tmp_path / "out" / "recipe.yaml")
    assert (saved.channel, saved.axes, saved.intensity) == (0, "YX", (0.0, 1000.0))
    assert saved.find == Find(crop_layers=0, points_per_side=10, frame_px=128)
    assert saved.keep == Keep(min_area=7, stability=0.5)
    assert (saved.outputs.labels, saved.outputs.polygons) == ("npy", "rois")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["gone"], "no file or folder at 'gone'"),
        (["--recipe", "gone.yaml"], "'gone.yaml' cannot be read"),
        (["--model", "nona"], "No model is named 'nona'"),
        (["--replay", "gone.jsonl"], "gone.jsonl"),
        (["--intensity", "1,2,3"], "intensity must be one of"),
        (["--labels", "none"], "must write something"),
        (["--workers", 0], "--workers"),
    ],
)
def test_wrong_words(
    invoke: Any, images: Path, tmp_path: Path, words: list[Any], said: str
) -> None:
    given = words if words[0] == "gone" else [images, *words]
    result = invoke("batch", *given, "--out", tmp_path / "out")
    assert result.exit_code == 2, result.output
    assert said in result.stderr


@pytest.mark.usefixtures("_tiny")
def test_a_fault_of_ours(
    invoke: Any, images: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tiny_loaded: Any
) -> None:
    def fail(*args: Any, **kwargs: Any) -> Any:
        raise ZeroDivisionError

    monkeypatch.setattr(type(tiny_loaded), "decode", fail)
    result = invoke("batch", images / "a.tif", "--out", tmp_path / "out", *GRID)
    assert result.exit_code == 1
    assert "failed with ZeroDivisionError" in result.stdout


def test_batch_command_and_call_give_the_same_bits(
    invoke: Any, images: Path, tmp_path: Path
) -> None:
    """By nano: the command for one image, that for many, and both calls."""
    path, out = images / "a.tif", tmp_path / "out"
    assert invoke("everything", path, "-o", tmp_path / "one.tif").exit_code == 0
    assert invoke("batch", path, "--out", out).exit_code == 0
    sw.batch(path, tmp_path / "called")
    one = tifffile.imread(tmp_path / "one.tif")
    assert one.any()
    np.testing.assert_array_equal(one, tifffile.imread(out / "a_labels.tif"))
    np.testing.assert_array_equal(one, tifffile.imread(tmp_path / "called" / "a_labels.tif"))
    np.testing.assert_array_equal(one, sw.segment_everything(tifffile.imread(path)))
