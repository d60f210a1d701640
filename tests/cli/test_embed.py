"""``napari-samwise embed``: fills the store ahead, once, whatever comes in between."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
import torch

from napari_samwise.predictor.disk_store import DiskStore


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("NAPARI_SAMWISE_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def stack(tmp_path: Path) -> Path:
    """Five planes of 40 x 50 pixels, the last two alike."""
    planes = np.random.default_rng(0).integers(0, 255, (5, 40, 50), dtype=np.uint8)
    planes[4] = planes[3]
    tifffile.imwrite(tmp_path / "stack.tif", planes, imagej=True, metadata={"axes": "ZYX"})
    return tmp_path / "stack.tif"


def summary_of(result: Any) -> dict[str, Any]:
    assert result.exit_code == 0, result.output
    summary: dict[str, Any] = json.loads(result.stdout)
    return summary


def counts(result: Any) -> list[tuple[int, int]]:
    return [(e["encoded"], e["were_there"]) for e in summary_of(result)["images"]]


def test_a_stack_is_encoded_once(invoke, tiny_loaded, stack: Path, home: Path) -> None:
    first = invoke("embed", stack, "--json")
    assert counts(first) == [(4, 1)], "the same plane twice is encoded once"
    summary = summary_of(first)
    assert summary["store"] == str(home / "embeddings")
    assert summary["bytes"] == DiskStore().nbytes > 0
    assert summary["given_up"] == 0
    assert counts(invoke("embed", stack, "--json")) == [(0, 5)]
    assert len(tiny_loaded.encoded) == 4


def test_what_follows_encodes_nothing(invoke, tiny_loaded, stack: Path, tmp_path: Path) -> None:
    invoke("embed", stack)
    tiny_loaded.encoded.clear()
    words = ["segment", stack, "--point", "1,10,10", "--point", "2,9,9", "-o"]
    assert invoke(*words, tmp_path / "labels.tif").exit_code == 0
    assert tiny_loaded.encoded == []
    assert invoke(*words, tmp_path / "without.tif", "--no-store").exit_code == 0
    assert len(tiny_loaded.encoded) == 2


@pytest.mark.parametrize(
    ("fast", "words", "kept"),
    [(False, [], 1), (True, [], 0), (True, ["--store"], 1), (False, ["--no-store"], 0)],
)
def test_who_fills_the_store(
    invoke, tiny_loaded, squares, tmp_path, fast: bool, words: list[str], kept: int
) -> None:
    tiny_loaded.encodes_fast = fast
    output = tmp_path / "labels.tif"
    result = invoke("segment", squares, "--point", "15,15", "-o", output, *words)
    assert result.exit_code == 0, result.output
    assert len(DiskStore()) == kept


def test_everything_uses_the_store(invoke, tiny_loaded, squares: Path, tmp_path: Path) -> None:
    invoke("embed", squares)
    tiny_loaded.encoded.clear()
    words = ["--points-per-side", 4, "-o", tmp_path / "labels.tif"]
    assert invoke("everything", squares, *words).exit_code == 0
    assert tiny_loaded.encoded == []


def test_a_large_plane_is_encoded_in_frames(invoke, tiny_loaded, tmp_path: Path) -> None:
    tiny_loaded.whole_px = tiny_loaded.top_px = 100
    tiny_loaded.frame_px = 128
    image = np.random.default_rng(0).integers(0, 60_000, (250, 180), dtype=np.uint16)
    np.save(tmp_path / "plane.npy", image)
    fine = counts(invoke("embed", tmp_path / "plane.npy", "--levels", "0,7", "--json"))
    assert fine == [(6, 0)], "3 x 2 frames half a frame apart; there is no level 7"
    assert counts(invoke("embed", tmp_path / "plane.npy", "--json")) == [(2, 6)]
    assert tiny_loaded.encoded[-2:] == [(63, 45, 3), (125, 90, 3)]
    DiskStore().clear()
    pair = np.stack([image, image[::-1]])
    np.save(tmp_path / "planes.npy", pair)
    result = invoke("embed", tmp_path / "planes.npy", "--axes", "ZYX", "--json")
    assert counts(result) == [(16, 0)]


def test_a_folder_with_a_file_that_is_no_image(invoke, tiny_loaded, stack, squares) -> None:
    (squares.parent / "letter.tif").write_text("Dear editor,\n")
    (squares.parent / "notes.txt").write_text("not looked at")
    result = invoke("embed", squares.parent, "--json")
    assert result.exit_code == 2
    assert "1 of 3 images could not be encoded: 'letter.tif' is not a readable" in result.stderr
    images = json.loads(result.stdout)["images"]
    assert [Path(e["image"]).name for e in images] == ["squares.tif", "stack.tif"]
    assert len(DiskStore()) == 5


def test_the_quota_stays_and_its_lack_is_said(invoke, tiny_loaded, stack: Path) -> None:
    result = invoke("embed", stack, "--quota", 30e-6)
    assert result.exit_code == 0, result.output
    assert "2 embeddings had to go again for others" in result.stdout
    assert DiskStore().max_bytes == 30_000
    assert len(DiskStore()) == 2


def test_a_store_that_takes_nothing(invoke, tiny_loaded, stack: Path, home: Path) -> None:
    home.write_text("a file where the folder should be")
    result = invoke("embed", stack)
    assert result.exit_code == 2
    assert result.stderr.count("Error: ") == 1
    assert "Embeddings are not kept in" in result.stderr
    assert len(tiny_loaded.encoded) == 1, "no hour of work for nothing"
    assert invoke("embed", stack, "--quota", 1).exit_code == 2


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["gone.tif"], "no file or folder at 'gone.tif'"),
        (["."], "holds no image"),
        ([], "Missing argument"),
        (["--quota", "0"], "--quota"),
        (["--quota", "nan"], "'--quota': 'nan' is not a finite number"),
        (["--quota", "inf"], "'--quota': inf is not in the range"),
        (["--quota", "1e30"], "'--quota': 1e+30 is not in the range"),
        (["--levels", "-1"], "--levels"),
        (["--levels", "0;1"], "whole numbers such as 0 or 0,1"),
    ],
)
def test_wrong_words(invoke, stack, tmp_path, monkeypatch, words: list[str], said: str) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    monkeypatch.chdir(empty)
    result = invoke("embed", *([stack] if words[:1] == ["--levels"] else []), *words)
    assert result.exit_code == 2
    assert said in result.stderr


@pytest.mark.skipif(os.name == "nt", reason="no SIGKILL")
def test_killed_and_run_again(invoke, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    planes = np.random.default_rng(0).integers(0, 255, (16, 48, 48), dtype=np.uint8)
    np.save(tmp_path / "stack.npy", planes)
    words = ["embed", str(tmp_path / "stack.npy"), "--axes", "ZYX", "--precision", "float32"]
    start = "from napari_samwise.cli.main import main; main()"
    # With another number of threads sums are rounded otherwise.
    threads = {"OMP_NUM_THREADS": str(torch.get_num_threads())}
    process = subprocess.Popen([sys.executable, "-c", start, *words], env=os.environ | threads)
    deadline = time.monotonic() + 60
    while len(DiskStore()) < 3:
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.001)
    process.kill()
    process.wait()
    there = len(DiskStore())
    assert 3 <= there < 16, "killed in the midst of it"
    assert counts(invoke(*words, "--json")) == [(16 - there, there)]
    folder = DiskStore().folder
    assert len(list(folder.iterdir())) == 16, "nothing half written is left"

    monkeypatch.setenv("NAPARI_SAMWISE_HOME", str(tmp_path / "undisturbed"))
    assert counts(invoke(*words, "--json")) == [(16, 0)]
    for path in DiskStore().folder.rglob("*"):
        if path.is_file():
            assert (folder / path.relative_to(DiskStore().folder)).read_bytes() == path.read_bytes()


def test_help_needs_neither_torch_nor_zarr() -> None:
    code = "import sys; from napari_samwise.cli.main import cli;"
    code += "cli(['embed', '--help'], standalone_mode=False);"
    code += "print({'torch', 'zarr'} & {*sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "set()"
