"""``adapt``: from an image and its objects to weights that load, or to a sentence."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile

from napari_samwise import load_model


@pytest.fixture
def discs(tmp_path: Path) -> tuple[Path, Path]:
    """A stack of two planes of bright discs with brighter middles, and the discs."""
    y, x = np.mgrid[:200, :200]
    image, labels = np.full((2, 200, 200), 60, np.uint8), np.zeros((2, 200, 200), np.uint16)
    for plane in range(2):
        for index in range(9):
            row, column = 33 + 66 * np.array(divmod(index, 3))
            away = np.hypot(y - row, x - column)
            image[plane][away < 24] = 120
            image[plane][away < 9] = 220
            labels[plane][away < 24] = 9 * plane + index + 1
    paths = tmp_path / "discs.tif", tmp_path / "discs-objects.tif"
    for path, pixels in zip(paths, (image, labels), strict=True):
        tifffile.imwrite(path, pixels, metadata={"axes": "ZYX"})
    return paths


def test_an_image_and_its_objects_give_weights(
    invoke: Any, discs: tuple[Path, Path], tmp_path: Path
) -> None:
    image, labels = discs
    target = tmp_path / "mine.safetensors"
    done = invoke("adapt", image, "--labels", labels, "-o", target, "--steps", 30)
    assert done.exit_code == 0, done.output
    lines = done.stdout.splitlines()
    assert lines[0].split() == ["mean", "IoU", "1", "click", "3", "clicks", "box"]
    before, after = (float(line.split()[1]) for line in lines[1:3])
    assert after > before + 0.1
    assert "learned from 14 objects, measured on 4 others" in done.stdout
    assert lines[-1] == f"weights: {target}"
    assert load_model(target).adaptation
    found = invoke("everything", image, "-o", tmp_path / "found.tif", "--model", target)
    assert found.exit_code == 0, found.output


def test_a_folder_of_pairs_serves_too(
    invoke: Any, discs: tuple[Path, Path], tmp_path: Path
) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    for path, kind in zip(discs, ("image", "labels"), strict=True):
        path.rename(folder / f"discs_{kind}.tif")
    done = invoke("adapt", folder, "-o", tmp_path / "mine.safetensors", "--steps", 20)
    assert done.exit_code == 0, done.output
    assert (tmp_path / "mine.safetensors").is_file()


def test_without_a_gain_nothing_is_written(
    invoke: Any, discs: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("napari_samwise.learn.adapt.Adaptation.is_better", False)
    target = tmp_path / "mine.safetensors"
    done = invoke("adapt", discs[0], "--labels", discs[1], "-o", target, "--steps", 10)
    assert done.exit_code == 2
    assert "no better on the objects that were put aside, so nothing was written" in done.stderr
    assert not target.exists()


def test_adapt_refuses_what_it_cannot_use(
    invoke: Any, discs: tuple[Path, Path], tmp_path: Path
) -> None:
    image = discs[0]

    def refused(sentence: str, *words: object) -> None:
        done = invoke("adapt", *words)
        assert done.exit_code == 2
        assert sentence in done.stderr
        assert "Traceback" not in done.stderr

    target = tmp_path / "mine.safetensors"
    refused("Weights are written as .safetensors", image, "-o", tmp_path / "mine.pt")
    refused("does not exist; make it first", image, "-o", tmp_path / "no" / "mine.safetensors")
    refused("holds no labelled images", tmp_path / "nowhere", "-o", target)
    other = tmp_path / "other.tif"
    tifffile.imwrite(other, np.ones((2, 50, 50), np.uint16), metadata={"axes": "ZYX"})
    refused("give the labels of this image", image, "--labels", other, "-o", target)
    one = np.zeros((2, 200, 200), np.uint16)
    one[0, :20, :20] = 1
    tifffile.imwrite(other, one, metadata={"axes": "ZYX"})
    refused("needs 8 objects or more", image, "--labels", other, "-o", target)
    assert not target.exists()
