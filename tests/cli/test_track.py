"""``napari-samwise track``: tracks on disk, or one sentence and exit code 2."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import tifffile

from napari_samwise.io.ctc import read_ctc
from napari_samwise.io.read import read_image


@pytest.fixture
def movie(tmp_path: Path) -> Path:
    """A movie of 4 frames: a square that moves right by 3 pixels a frame; and its labels."""
    image = np.full((4, 40, 60), 20, dtype=np.uint8)
    labels = np.zeros((4, 40, 60), dtype=np.uint16)
    for t in range(4):
        where = np.s_[t, 10:20, 10 + 3 * t : 20 + 3 * t]
        image[where] = 200 + np.arange(10)
        labels[where] = 5 - t
    tifffile.imwrite(tmp_path / "labels.tif", labels, imagej=True, metadata={"axes": "TYX"})
    tifffile.imwrite(tmp_path / "first.tif", labels[0])
    # A stack that is named Z is taken for time, unless --axes says that it is not.
    tifffile.imwrite(tmp_path / "movie.tif", image, imagej=True, metadata={"axes": "ZYX"})
    return tmp_path / "movie.tif"


@pytest.mark.parametrize("start", [["--point", "0,15,15"], ["--labels", "first.tif"]])
def test_from_a_click_and_from_labels(invoke, tiny_loaded, movie: Path, start) -> None:
    folder = movie.parent
    words = [word if "tif" not in word else folder / word for word in start]
    result = invoke("track", movie, *words, "-o", folder / "tracks.tif", "--json")
    assert result.exit_code == 0, result.output
    tracks = tifffile.imread(folder / "tracks.tif")
    truth = tifffile.imread(folder / "labels.tif") > 0
    np.testing.assert_array_equal(tracks > 0, truth)
    assert len(np.unique(tracks)) == 2
    summary = json.loads(result.stdout)
    assert summary["tracks"] == 1
    assert summary["divisions"] == 0
    assert summary["axes"] == "TYX"


def test_labels_on_disk_are_filled_frame_by_frame(invoke, tiny_loaded, movie: Path) -> None:
    folder = movie.parent
    words = ["--labels", folder / "first.tif", "--ctc", folder / "01_RES"]
    result = invoke("track", movie, *words, "-o", folder / "tracks.zarr")
    assert result.exit_code == 0, result.output
    stored = read_image(folder / "tracks.zarr")
    assert stored.axes == "TYX"
    truth = tifffile.imread(folder / "labels.tif") > 0
    np.testing.assert_array_equal(np.asarray(stored.data[:]) > 0, truth)
    np.testing.assert_array_equal(read_ctc(folder / "01_RES").labels > 0, truth)
    assert not list(folder.glob("*.parts"))


def test_labels_of_a_medical_movie_lie_where_it_lies(invoke, tiny_loaded, movie: Path) -> None:
    sitk = pytest.importorskip("SimpleITK")
    source = sitk.GetImageFromArray(tifffile.imread(movie))
    source.SetSpacing((0.5, 0.5, 2.0))
    source.SetOrigin((-10.0, 20.0, 30.0))
    folder = movie.parent
    sitk.WriteImage(source, str(folder / "movie.nii.gz"))
    words = ["--labels", folder / "first.tif", "-o", folder / "tracks.nii.gz"]
    result = invoke("track", folder / "movie.nii.gz", *words)
    assert result.exit_code == 0, result.output
    written = sitk.ReadImage(str(folder / "tracks.nii.gz"))
    truth = tifffile.imread(folder / "labels.tif") > 0
    np.testing.assert_array_equal(sitk.GetArrayFromImage(written) > 0, truth)
    np.testing.assert_allclose(written.GetSpacing(), source.GetSpacing())
    np.testing.assert_allclose(written.GetOrigin(), source.GetOrigin())


def test_linked_labels_as_ctc_folder(invoke, movie: Path) -> None:
    folder = movie.parent
    result = invoke("track", folder / "labels.tif", "--link", "--ctc", folder / "01_RES")
    assert result.exit_code == 0, result.output
    assert (folder / "01_RES" / "res_track.txt").read_text() == "1 0 3 0\n"
    assert "1 tracks" in result.stdout


def test_the_labels_to_start_from_are_not_replaced(invoke, tiny_loaded, movie: Path) -> None:
    start = movie.parent / "first.tif"
    before = start.read_bytes()
    result = invoke("track", movie, "--labels", start, "-o", start)
    assert result.exit_code == 2
    assert "holds the labels to start from" in result.stderr
    assert start.read_bytes() == before


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "Nothing would be written"),
        (["-o", "tracks.png"], "can hold the axes YX, got 'TYX'"),
        (["-o", "tracks.xyz"], "change its suffix"),
        (["-o", "tracks.tif", "--link", "--point", "0,15,15"], "one way"),
        (["-o", "tracks.tif", "--point", "15,15"], "3 axes"),
        (["-o", "tracks.tif", "--point", "0,15,15", "--max-move", "-1"], "--max-move"),
        (["-o", "tracks.tif", "--axes", "ZYX", "--point", "0,15,15"], "axes='TYX'"),
        (["--ctc", "."], "no empty folder"),
    ],
)
def test_refusals(invoke, tiny_loaded, movie: Path, monkeypatch, words, said) -> None:
    monkeypatch.chdir(movie.parent)
    result = invoke("track", movie, *words)
    assert result.exit_code == 2
    assert said in result.stderr
    assert not list(movie.parent.glob("tracks.*"))
