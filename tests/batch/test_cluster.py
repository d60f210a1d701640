"""A real scheduler and two workers, started by their own commands."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import napari_samwise as sw
from napari_samwise.batch import cluster as cluster_module
from napari_samwise.batch.recipe import Outputs, Recipe
from napari_samwise.errors import InputError

pytest.importorskip("distributed")

DASK = Path(sys.executable).with_name("dask")
RECIPE = Recipe(outputs=Outputs("tif", "csv"))


@dataclass(frozen=True)
class Cluster:
    """A running cluster."""

    address: str
    workers: list[subprocess.Popen[bytes]]


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    """Start a scheduler and two workers, and end them."""
    told = tmp_path / "scheduler.json"
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    words = ["--no-dashboard", "--scheduler-file", str(told)]
    log = (tmp_path / "dask.log").open("wb")

    def start(*command: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [str(DASK), *command, *words], env=environment, stdout=log, stderr=log, cwd=tmp_path
        )

    running = [start("scheduler", "--host", "127.0.0.1", "--port", "0")]
    try:
        deadline = time.monotonic() + 60
        while not told.exists() or not told.read_text().endswith("}"):
            assert time.monotonic() < deadline, (tmp_path / "dask.log").read_text()
            time.sleep(0.05)
        address = json.loads(told.read_text())["address"]
        # Without its nanny a worker that is killed stays dead.
        running += [start("worker", "--nthreads", "1", "--no-nanny") for _ in range(2)]
        yield Cluster(address, running[1:])
    finally:
        for process in running:
            process.kill()
        for process in running:
            process.wait()
        log.close()


def test_same_bits_and_one_worker_killed_in_mid_run(
    tmp_path: Path, write_images: Callable[..., list[Path]], contents: Any, cluster: Cluster
) -> None:
    paths = write_images(tmp_path / "images", 8)
    bad = tmp_path / "images" / "bad.tif"
    bad.write_text("no image")
    here, there = tmp_path / "here", tmp_path / "there"
    one = sw.batch([*paths, bad], here, recipe=RECIPE, workers=1)
    assert one.counts()["done"] == 8

    def kill_one(done: int, total: int) -> None:
        if done == 2:
            cluster.workers[0].send_signal(signal.SIGKILL)

    report = sw.batch(
        [*paths, bad], there, recipe=RECIPE, scheduler=cluster.address, progress=kill_one
    )
    assert cluster.workers[0].wait(10) != 0
    assert report.counts() == one.counts()
    assert "not a readable TIFF" in str(report.failed[0].reason)
    assert contents(here) == contents(there)
    again = sw.batch([*paths, bad], there, recipe=RECIPE, scheduler=cluster.address)
    assert again.counts()["skipped"] == 8


def test_nobody_answers(
    tmp_path: Path, write_images: Callable[..., list[Path]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster_module, "_CONNECT_S", 1)
    paths = write_images(tmp_path / "images", 1)
    with pytest.raises(InputError, match=r"No scheduler answers at 'tcp://127\.0\.0\.1:9'"):
        sw.batch(paths, tmp_path / "out", scheduler="tcp://127.0.0.1:9")
    with pytest.raises(InputError, match="No scheduler answers at 'nonsense://x'"):
        sw.batch(paths, tmp_path / "out", scheduler="nonsense://x")


@pytest.mark.parametrize(
    "address", ["foo", "", "127.0.0.1:9", "nonsense://x", "tcp://", "tcp://h:x"]
)
def test_what_is_no_address_is_refused_in_one_line(tmp_path: Path, address: str) -> None:
    """Without what a half-made client has to say at its end."""
    (tmp_path / "a.npy").write_bytes(b"")
    script = Path(sys.executable).with_name("napari-samwise")
    words = [script, "batch", tmp_path / "a.npy", "--out", tmp_path / "out", "--scheduler", address]
    ended = subprocess.run(words, capture_output=True, text=True, check=False, timeout=120)
    assert ended.returncode == 2
    assert ended.stderr.startswith(f"Error: No scheduler answers at '{address}'; start one")
    assert ended.stderr.count("\n") == 1
