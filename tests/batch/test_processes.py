"""Worker processes: the same bits as threads, and one that is ended by the system is no end."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest

import napari_samwise as sw
from napari_samwise.batch.local import run_in_processes
from napari_samwise.batch.outcome import Outcome
from napari_samwise.batch.recipe import Outputs, Recipe
from napari_samwise.batch.work_list import WorkItem


@dataclass(frozen=True)
class EndsOn:
    """Kills its own process when it gets a certain image."""

    name: str

    def __call__(self, item: WorkItem) -> Outcome:
        if item.name == self.name:
            os.kill(os.getpid(), signal.SIGKILL)
        return Outcome("done", item.name, str(item.path))


def test_same_bits_as_threads(
    tmp_path: Path, write_images: Callable[..., list[Path]], contents: Any
) -> None:
    paths = write_images(tmp_path / "images", 5)
    bad = tmp_path / "images" / "bad.png"
    bad.write_bytes(b"x")
    recipe = Recipe(outputs=Outputs("tif", "csv"))
    threads = sw.batch([*paths, bad], tmp_path / "threads", recipe=recipe)
    processes = sw.batch(
        [*paths, bad], tmp_path / "processes", recipe=recipe, processes=True, workers=2
    )
    assert threads.counts() == processes.counts()
    assert contents(tmp_path / "threads") == contents(tmp_path / "processes")


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system ends processes otherwise")
def test_the_image_to_blame_is_found() -> None:
    items = [WorkItem(Path(f"/{n}.tif"), f"{n}") for n in range(5)]
    told: list[Outcome] = []
    # Sent by value: a worker process cannot import a test module.
    import cloudpickle

    cloudpickle.register_pickle_by_value(__import__(__name__, fromlist=["EndsOn"]))
    run_in_processes(partial(EndsOn("3")), items, told.append, 2)
    assert sorted(each.name for each in told) == ["0", "1", "2", "3", "4"]
    failed = [each for each in told if each.status == "failed"]
    assert [each.name for each in failed] == ["3"]
    assert "ended by the system" in str(failed[0].reason)
