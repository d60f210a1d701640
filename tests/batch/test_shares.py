"""One large image on several workers: shares in any order, and the labels of one machine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import zarr

import napari_samwise as sw
from napari_samwise.batch.job import Job
from napari_samwise.batch.outcome import Outcome
from napari_samwise.batch.own_version import own_version
from napari_samwise.batch.process import process
from napari_samwise.batch.recipe import Find, Outputs, Recipe
from napari_samwise.batch.shares import LEAST_PARTS, Shared, begin, do_share
from napari_samwise.batch.work_list import WorkItem

RECIPE = Recipe(find=Find(points_per_side=10, frame_px=128), outputs=Outputs("ome-zarr", "csv"))


@pytest.fixture(autouse=True)
def _tiny(tiny_loaded: Any) -> None:
    """Every name loads the tiny model."""


@pytest.fixture
def slide(tmp_path: Path) -> Path:
    """A plane of 384 x 320 pixels with forty squares."""
    image = np.full((384, 320), 20, np.uint8)
    for index in range(48):
        y, x = 48 * (index // 6) + 8, 52 * (index % 6) + 6
        image[y : y + 18, x : x + 24] = 90 + 3 * index
    path = tmp_path / "slides" / "slide.npy"
    path.parent.mkdir()
    np.save(path, image)
    return path


@pytest.fixture
def expected(slide: Path, tmp_path: Path, contents: Any) -> dict[str, bytes]:
    """The results of one machine."""
    report = sw.batch(slide, tmp_path / "expected", recipe=RECIPE, workers=1)
    assert (report.images[0].objects or 0) > 30, report.failed
    return contents(tmp_path / "expected")


def make_job(out: Path) -> Job:
    return Job(RECIPE, None, out, "", own_version())


def test_shares_in_any_order(
    slide: Path, tmp_path: Path, expected: Any, tiny_loaded: Any, contents: Any
) -> None:
    job, item = make_job(tmp_path / "out"), WorkItem(slide, "slide")
    large = begin(job, item)
    assert isinstance(large, Shared)
    assert large.parts >= LEAST_PARTS
    shares = list(large.shares())
    assert [part for share in shares for part in share] == list(range(large.parts))
    before = len(tiny_loaded.encoded)
    for share in shares[::-1]:
        assert do_share(job, item, share) is None
    assert len(tiny_loaded.encoded) - before == large.parts
    # A share that was done, and is asked for again after a worker was lost, costs nothing.
    assert do_share(job, item, shares[0]) is None
    done = process(job, item)
    assert done.status == "done", done.reason
    assert len(tiny_loaded.encoded) - before == large.parts
    found = contents(tmp_path / "out")
    assert found == {name: each for name, each in expected.items() if name != "recipe.yaml"}


def test_what_is_small_is_done_at_once(tmp_path: Path, slide: Path) -> None:
    job = make_job(tmp_path / "out")
    in_memory = replace(job, recipe=replace(RECIPE, outputs=Outputs("npy")))
    assert isinstance(begin(in_memory, WorkItem(slide, "slide")), Outcome)
    np.save(slide, np.load(slide)[:100, :100])
    assert isinstance(begin(job, WorkItem(slide, "slide")), Outcome)


def test_a_share_of_a_damaged_image_is_told(tmp_path: Path, slide: Path) -> None:
    job, item = make_job(tmp_path / "out"), WorkItem(slide, "slide")
    slide.write_bytes(b"x")
    told = do_share(job, item, range(4))
    assert isinstance(told, Outcome)
    assert told.status == "failed"


def test_on_a_cluster(
    slide: Path,
    tmp_path: Path,
    expected: Any,
    contents: Any,
    write_images: Callable[..., list[Path]],
) -> None:
    distributed = pytest.importorskip("distributed")
    paths = [*write_images(tmp_path / "images", 3), slide]
    out = tmp_path / "out"
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=False, dashboard_address=None
    ) as cluster:
        report = sw.batch(paths, out, recipe=RECIPE, scheduler=cluster.scheduler_address)
    assert report.counts()["done"] == 4, report.failed
    found = contents(out)
    assert {name: found[name] for name in expected} == expected
    labels = zarr.open_group(out / "slide_labels.zarr", mode="r")["0"][...]
    assert len(np.unique(labels)) > 30
