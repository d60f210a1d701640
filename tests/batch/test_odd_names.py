"""File names that are no UTF-8: Linux takes any bytes, and so does a batch."""

from __future__ import annotations

import csv
import json
import os
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

import napari_samwise as sw
from napari_samwise.batch.names import name_inputs
from napari_samwise.batch.recipe import Find, Outputs, Recipe

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only here a name is any bytes")
ODD = os.fsdecode(b"b\xff")


@pytest.mark.parametrize("labels", ["tif", "ome-zarr", "nii.gz"])
def test_such_a_name_is_done_like_the_others(
    tmp_path: Path, write_images: Any, tiny_loaded: Any, labels: Any
) -> None:
    pytest.importorskip("SimpleITK", reason="writes NIfTI")
    images, out = tmp_path / "images", tmp_path / "out"
    (plain,) = write_images(images, 1)
    for name in (ODD, "ü"):
        shutil.copy(plain, images / f"{name}.tif")
    (images / f"broken{ODD}.tif").write_text("no image")
    recipe = Recipe(find=Find(points_per_side=10), outputs=Outputs(labels, "csv", "geojson"))
    report = sw.batch(images, out, recipe=recipe)
    assert report.counts()["done"] == 3, report.failed
    assert [Path(each.image).name for each in report.failed] == [f"broken{ODD}.tif"]
    assert {name for each in report.done for name in each.outputs} <= {
        p.name for p in out.iterdir()
    }
    with (out / "b_.csv").open() as stream:
        assert len(list(csv.reader(stream))) == 3
    told = json.loads((out / "report.json").read_bytes())
    assert str(images / f"{ODD}.tif") in [each["image"] for each in told["results"]]
    log = (out / "log.jsonl").read_text(encoding="utf-8")
    logged = [json.loads(line) for line in log.splitlines()]
    assert str(images / f"{ODD}.tif") in [each.get("image") for each in logged]
    assert "ü.tif" in log, "what can be read is"
    assert sw.batch(images, out, recipe=recipe).counts()["skipped"] == 3


def test_two_of_them_get_names_of_their_own() -> None:
    other = os.fsdecode(b"b\xfe")
    paths = [Path("/") / folder / f"{name}.tif" for folder in ("1", ODD) for name in (ODD, other)]
    names = name_inputs(paths, {}).values()
    assert len(set(names)) == 4
    assert "".join(names).isascii()
