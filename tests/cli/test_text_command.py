"""``napari-samwise text``: labels of what is named, or one sentence and exit code 2."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import tifffile

GRID = ["--points-per-side", 10]


@pytest.mark.usefixtures("tiny_loaded")
def test_adjectives_take_any_model(invoke, squares: Path, tmp_path: Path) -> None:
    output = tmp_path / "labels.tif"
    result = invoke("text", squares, "bright things", *GRID, "-o", output)
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("2 objects, 100 pixels in the median\n")
    np.testing.assert_array_equal(tifffile.imread(output) > 0, tifffile.imread(squares) > 100)


@pytest.mark.usefixtures("tiny_loaded")
def test_summary_as_json(invoke, squares: Path, tmp_path: Path) -> None:
    words = ("text", squares, "dark things", *GRID, "-o", tmp_path / "labels.npy")
    summary = json.loads(invoke(*words, "--json").stdout)
    assert (summary["objects"], summary["text"]) == (0, "dark things")
    assert "nothing is called so" in invoke(*words).stdout


@pytest.mark.usefixtures("tiny_loaded")
@pytest.mark.parametrize(
    ("text", "said"),
    [("nuclei", "use 'nano'"), ("red things", "The image is grey"), ("", "must name")],
)
def test_a_text_that_cannot_be_used(
    invoke, squares: Path, tmp_path: Path, text: str, said: str
) -> None:
    output = tmp_path / "labels.tif"
    result = invoke("text", squares, text, *GRID, "-o", output)
    assert result.exit_code == 2
    assert said in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert not output.exists()


def test_words_are_listed(invoke) -> None:
    result = invoke("text", "--words")
    assert result.exit_code == 0, result.output
    assert "nucleus" in result.stdout
    assert "round" in result.stdout
