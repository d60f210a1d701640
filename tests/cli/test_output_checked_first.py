"""What cannot be written is refused before the work, and no image is replaced by its labels."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile


@pytest.fixture
def stack(tmp_path: Path) -> Path:
    """A TIFF of three planes, 60 x 80 pixels."""
    path = tmp_path / "stack.tif"
    image = np.zeros((3, 60, 80), np.uint16)
    image[:, 10:20, 10:20] = 1000
    tifffile.imwrite(path, image, imagej=True, metadata={"axes": "TYX"})
    return path


COMMANDS = {
    "segment": ["segment", "IMAGE", "--point", "15,15"],
    "everything": ["everything", "IMAGE", "--points-per-side", "10"],
    "replay": ["replay", "nowhere.jsonl", "IMAGE"],
    "export": ["export", "LABELS", "--image", "IMAGE"],
    "track": ["track", "IMAGE"],
    "volume": ["volume", "IMAGE", "--point", "0,15,15"],
}


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("link", [False, True])
def test_the_image_is_not_replaced(
    invoke: Any, tiny_loaded: Any, squares: Path, tmp_path: Path, command: str, link: bool
) -> None:
    labels = tmp_path / "labels.tif"
    tifffile.imwrite(labels, np.ones((60, 80), np.int32))
    before = squares.read_bytes()
    output = squares
    if link:
        output = tmp_path / "other.tif"
        os.link(squares, output)
    words = [{"IMAGE": squares, "LABELS": labels}.get(word, word) for word in COMMANDS[command]]
    result = invoke(*words, "-o", output)
    assert result.exit_code == 2
    assert f"'{output}' is the image" in result.stderr
    assert squares.read_bytes() == before


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("labels.png", "'labels.png' can hold the axes YX, got 'TYX'; write a .tif instead"),
        ("labels.nii.gz", "'labels.nii.gz' can hold the axes YX, ZYX, TZYX, got 'TYX'"),
    ],
)
def test_axes_that_do_not_fit_are_refused_before_the_work(
    invoke: Any, tiny_loaded: Any, stack: Path, tmp_path: Path, name: str, said: str
) -> None:
    result = invoke("everything", stack, "-o", tmp_path / name)
    assert result.exit_code == 2
    assert said in result.stderr
    assert tiny_loaded.encoded == []


def test_a_movie_is_refused_before_it_is_tracked(
    invoke: Any, tiny_loaded: Any, stack: Path, tmp_path: Path
) -> None:
    result = invoke("track", stack, "--point", "0,15,15", "-o", tmp_path / "tracks.nii.gz")
    assert result.exit_code == 2
    assert "'tracks.nii.gz' can hold the axes YX, ZYX, TZYX, got 'TYX'" in result.stderr
    assert tiny_loaded.encoded == []


def test_a_missing_library_is_named_before_the_work(
    invoke: Any,
    tiny_loaded: Any,
    squares: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "SimpleITK", None)
    result = invoke("everything", squares, "-o", tmp_path / "labels.nii.gz")
    assert result.exit_code == 2
    assert "'labels.nii.gz' needs SimpleITK" in result.stderr
    assert tiny_loaded.encoded == []
