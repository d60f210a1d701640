"""``napari-samwise segment``: labels of what was prompted, or one sentence and exit code 2."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile

NO_IMAGES = {
    "rank 1": np.ones(400, np.uint8),
    "rank 6": np.ones((1, 1, 1, 1, 20, 20), np.uint8),
    "only NaN": np.full((20, 20), np.nan),
    "no pixels": np.ones((0, 20)),
    "complex64": np.ones((20, 20), np.complex64),
    "at least 16": np.eye(3, 20),
    "got 7 everywhere": np.full((20, 20), 7),
}


def test_two_objects(invoke, tiny_loaded, squares: Path, tmp_path: Path) -> None:
    output = tmp_path / "labels.tif"
    words = ["--point", "15,15", "--box", "28,48,42,62", "--object", "--point", "35,55"]
    result = invoke("segment", squares, *words, "-o", output)
    assert result.exit_code == 0, result.output
    labels = tifffile.imread(output)
    assert labels.dtype == np.int32
    assert (labels[10:20, 10:20] == 0).all()
    assert (labels[30:40, 50:60] == 2).all()


def test_frames_give_the_same_labels(invoke, tiny_loaded, squares: Path, tmp_path: Path) -> None:
    output = tmp_path / "labels.npy"
    result = invoke("segment", squares, "--point", "15,15", "-o", output)
    whole = np.load(output)
    result = invoke("segment", squares, "--point", "15,15", "--frame-px", "64", "-o", output)
    assert result.exit_code == 0, result.output
    np.testing.assert_array_equal(np.load(output), whole)
    result = invoke("segment", squares, "--point", "15,15", "--frame-px", "100", "-o", output)
    assert result.exit_code == 2
    assert "multiple of 64" in result.stderr


def test_the_earlier_object_keeps_its_pixels(invoke, tiny_loaded, squares, tmp_path) -> None:
    output = tmp_path / "labels.npy"
    words = ["--point", "15,15", "--object", "--point", "12,12", "--json"]
    result = invoke("segment", squares, *words, "-o", output)
    assert np.unique(np.load(output)).tolist() == [0, 1]
    summary = json.loads(result.stdout)
    assert summary["objects"] == [{"id": 1, "pixels": 100}, {"id": 2, "pixels": 0}]
    assert summary["seconds"]["segment"] > 0


def test_stack_keeps_axes_and_pixel_size(invoke, tiny_loaded, tmp_path: Path) -> None:
    stack = np.full((3, 40, 50), 10, dtype=np.uint8)
    stack[1, 5:15, 5:15] = 200
    source, output = tmp_path / "stack.tif", tmp_path / "labels.tif"
    metadata = {"axes": "ZYX", "spacing": 2.0, "unit": "um"}
    tifffile.imwrite(source, stack, imagej=True, resolution=(4, 4), metadata=metadata)
    result = invoke("segment", source, "--point", "1,10,10", "-o", output)
    assert result.exit_code == 0, result.output
    with tifffile.TiffFile(output) as file:
        assert file.series[0].axes == "ZYX"
        assert 'PhysicalSizeZ="2.0"' in file.ome_metadata
        labels = file.asarray()
    np.testing.assert_array_equal(labels, stack == 200)


@pytest.mark.parametrize("axes", ["CYX", "YXC"])
def test_one_of_many_channels(invoke, tiny_loaded, tmp_path: Path, axes: str) -> None:
    image = np.full((5, 40, 50), 10, dtype=np.uint8)
    image[3, 5:15, 5:15] = 200
    if axes == "YXC":
        image = np.moveaxis(image, 0, -1)
    source, output = tmp_path / "channels.npy", tmp_path / "labels.npy"
    np.save(source, image)
    words = ["segment", source, "--axes", axes, "--point", "10,10", "-o", output]
    refused = invoke(*words)
    assert refused.exit_code == 2
    assert "has 5 channels" in refused.stderr
    assert "--channel 0 to 4" in refused.stderr
    assert invoke(*words, "--channel", 5).exit_code == 2
    assert invoke(*words, "--channel", 3).exit_code == 0
    assert np.load(output).sum() == 100


@pytest.mark.parametrize("intensity", ["auto", "minmax-per-tile", "lung", "0,2000"])
def test_intensity_policies(invoke, tiny_loaded, squares, tmp_path, intensity: str) -> None:
    words = ["--point", "15,15", "--intensity", intensity, "-o", tmp_path / "labels.tif"]
    assert invoke("segment", squares, *words).exit_code == 0


def refused(result: Any, said: str) -> None:
    """One line on standard error, exit code 2, nothing on standard output."""
    assert result.exit_code == 2, result.output
    assert result.stdout == ""
    assert result.stderr.startswith("Error: ")
    assert result.stderr.count("\n") == 1
    assert said in result.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "No prompt is given"),
        (["--point", "15;15"], "--point takes Y,X"),
        (["--point", "99,15"], "inside the image of size (60, 80)"),
        (["--point", "-3,15"], "inside the image of size (60, 80)"),
        (["--point", "1,15,15"], "one coordinate for each of the image's 2 axes"),
        (["--box", "5,5,5,5"], "no area"),
        (["--box", "20,20,5,5"], "smaller corner first"),
        (["--box", "70,5,75,15"], "overlap the image"),
        (["--exclude", "15,15"], "exclude"),
        (["--point", "15,15", "--object", "--point", "99,0"], "Object 2: "),
        (["--point", "15,15", "--model", "vit_bb"], "vit_bb"),
        (["--point", "15,15", "--device", "abacus"], "abacus"),
        (["--point", "15,15", "--precision", "half"], "half"),
        (["--point", "15,15", "--intensity", "bright"], "got 'bright'"),
        (["--point", "15,15", "--axes", "ZYX"], "name 3 axes but the image has 2"),
        (["--point", "15,15", "--axes", "YY"], "axes must name"),
        (["--point", "15,15", "--channel", "1"], "no channel 1; 0 is its only channel"),
        (["--point", "15,15", "--intensity", "9,3"], "the smaller first; got '9,3'"),
        (["--point", "15,15", "--intensity", "nan,3"], "two finite numbers"),
        (["--point", "15,15", "--model", ""], "No model is named ''"),
        (["--point", "15,15", "--model", "."], "'.' is a folder"),
        (["--point", "15,15", "-o", "labels.jpg"], "labels.jpg"),
        (["--point", "15,15", "-o", "no/such/folder/labels.tif"], "no folder"),
    ],
)
def test_wrong_words(invoke, squares: Path, tmp_path: Path, words: list[str], said: str) -> None:
    refused(invoke("segment", squares, "-o", tmp_path / "labels.tif", *words), said)
    assert not (tmp_path / "labels.tif").exists()


@pytest.mark.parametrize("said", NO_IMAGES)
def test_arrays_that_are_no_image(invoke, tiny_loaded, tmp_path: Path, said: str) -> None:
    np.save(tmp_path / "array.npy", NO_IMAGES[said])
    words = [tmp_path / "array.npy", "--point", "1,1", "-o", tmp_path / "labels.tif"]
    refused(invoke("segment", *words), said)


def test_files_that_are_no_image(invoke, tmp_path: Path) -> None:
    letter = tmp_path / "letter.tif"
    letter.write_text("Dear editor,\n")
    for source, said in ((letter, "not a readable TIFF"), (tmp_path / "gone.tif", "no file")):
        refused(invoke("segment", source, "--point", "1,1", "-o", tmp_path / "l.tif"), said)
