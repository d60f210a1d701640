"""A run that was interrupted goes on, and does anew only what must be."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import napari_samwise as sw
from napari_samwise.batch import input_digest, process, run
from napari_samwise.batch.done_marks import DoneMarks, Mark
from napari_samwise.batch.recipe import Outputs, Recipe

Write = Callable[..., list[Path]]


def statuses(report: Any) -> list[str]:
    return [each.status for each in report.images]


@pytest.fixture
def again(
    tmp_path: Path, write_images: Write, tiny_loaded: Any, grid_recipe: Recipe
) -> Callable[..., Any]:
    """Do five images; each further call does the same again."""
    paths = write_images(tmp_path / "images", 5)

    def run(recipe: Recipe = grid_recipe, **options: Any) -> Any:
        return sw.batch(paths, tmp_path / "out", recipe=recipe, **options)

    assert statuses(run()) == ["done"] * 5
    return run


def test_nothing_changed(again: Any, tiny_loaded: Any, tmp_path: Path) -> None:
    before = len(tiny_loaded.encoded)
    os.utime(tmp_path / "images" / "image00.tif", (1, 1))
    report = again()
    assert statuses(report) == ["skipped"] * 5
    assert len(tiny_loaded.encoded) == before
    assert [each.objects for each in report.images] == [2] * 5
    assert statuses(again(resume=False)) == ["done"] * 5


@pytest.mark.parametrize("name", ["image02_labels.tif", "image02.csv"])
def test_a_result_was_removed_or_cut_off(again: Any, tmp_path: Path, name: str) -> None:
    whole = (tmp_path / "out" / name).read_bytes()
    (tmp_path / "out" / name).unlink()
    assert statuses(again()) == ["skipped", "skipped", "done", "skipped", "skipped"]
    assert len((tmp_path / "out" / name).read_bytes()) == len(whole)
    (tmp_path / "out" / name).write_bytes(whole[:10])
    assert statuses(again())[2] == "done"


def test_an_image_changed(again: Any, tmp_path: Path) -> None:
    path = tmp_path / "images" / "image03.npy"
    image = np.load(path)
    image[0, 0] += 1
    np.save(path, image)
    assert statuses(again()) == ["skipped", "skipped", "skipped", "done", "skipped"]


def test_an_image_went_bad(again: Any, tmp_path: Path) -> None:
    (tmp_path / "images" / "image03.npy").write_bytes(b"x")
    assert statuses(again())[3] == "failed"


def test_the_recipe_changed(again: Any, grid_recipe: Recipe, tmp_path: Path) -> None:
    other = replace(grid_recipe, outputs=Outputs("npy", polygons="coco"))
    assert statuses(again(other)) == ["done"] * 5
    found = {path.name for path in (tmp_path / "out").glob("image00*")}
    assert found == {"image00_labels.npy", "image00_coco.json"}
    assert Recipe.load(tmp_path / "out" / "recipe.yaml") == other


def test_the_version_changed(again: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (process, run):
        monkeypatch.setattr(module, "own_version", lambda: "99")
    assert statuses(again()) == ["done"] * 5


def test_a_damaged_mark_is_none(tmp_path: Path) -> None:
    marks = DoneMarks(tmp_path, tmp_path / "done")
    (tmp_path / "a.npy").write_bytes(b"abc")
    marks.write("a", Mark("key", "/a.tif", {"a.npy": 3}, 2))
    assert marks.find("a", "key") is not None
    assert marks.find("a", "other") is None
    assert marks.names() == {"/a.tif": "a"}
    for text in ("", "[]", "{}", '{"key": "key", "outputs": 3}'):
        (tmp_path / "done" / "a.json").write_text(text)
        assert marks.read("a") is None
        assert marks.names() == {}


def test_digest_of_large_files_and_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(input_digest, "_WHOLE_BYTES", 10)
    path = tmp_path / "large.npy"
    seen = set()
    for content in (b"a" * 99, b"a" * 98 + b"b", b"a" * 100):
        path.write_bytes(content)
        os.utime(path, ns=(5, 5))
        seen.add(input_digest.digest_input(path))
    os.utime(path, ns=(6, 6))
    seen.add(input_digest.digest_input(path))
    assert len(seen) == 4
    folder = tmp_path / "a.zarr"
    (folder / "0").mkdir(parents=True)
    (folder / "zarr.json").write_text("{}")
    first = input_digest.digest_input(folder)
    (folder / "labels").mkdir()
    (folder / "labels" / "zarr.json").write_text("{}")
    assert input_digest.digest_input(folder) == first
    (folder / "0" / "c").write_text("1")
    assert input_digest.digest_input(folder) != first


SCRIPT = """
import sys, napari_samwise as sw
from napari_samwise.batch.recipe import Outputs
recipe = sw.Recipe(outputs=Outputs("tif", "csv"))
sw.batch(sys.argv[1], sys.argv[2], recipe=recipe, workers=2)
"""


def test_killed_and_resumed(tmp_path: Path, write_images: Write, contents: Any) -> None:
    images, out = tmp_path / "images", tmp_path / "out"
    write_images(images, 12)
    log = out / "log.jsonl"
    process = subprocess.Popen([sys.executable, "-c", SCRIPT, str(images), str(out)])
    try:
        deadline = time.monotonic() + 120
        while not log.exists() or log.read_bytes().count(b"image_done") < 3:
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.01)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    marks = len(list((out / ".samwise" / "done").glob("*.json")))
    assert 3 <= marks < 12
    recipe = Recipe(outputs=Outputs("tif", "csv"))
    report = sw.batch(images, out, recipe=recipe)
    assert report.counts() == {
        "images": 12, "done": 12 - marks, "skipped": marks, "failed": 0, "ignored": 0,
    }  # fmt: skip
    undisturbed = tmp_path / "undisturbed"
    sw.batch(images, undisturbed, recipe=recipe)
    assert contents(out) == contents(undisturbed)
    assert not (out / ".samwise" / "unfinished").exists()
    for line in log.read_text().splitlines():
        assert {"time", "event"} <= json.loads(line).keys()
