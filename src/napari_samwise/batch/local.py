"""A batch on this machine: a Dask graph with one task an image, in threads or processes."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from typing import Any

import dask
import dask.multiprocessing
import dask.threaded
from dask.callbacks import Callback

from napari_samwise.batch.at_hand import AT_HAND, share_cores
from napari_samwise.batch.outcome import Outcome
from napari_samwise.batch.work_list import WorkItem

Work = Callable[[WorkItem], Outcome]
Tell = Callable[[Outcome], None]

_KEY = "samwise-batch-"
_ENDED = (
    "The process that worked on this image was ended by the system, most likely for want of "
    "memory; run it with fewer workers, or write its labels as ome-zarr."
)


def usable_cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def run_in_threads(work: Work, items: Sequence[WorkItem], tell: Tell, workers: int) -> None:
    """Do the images in threads of this process, as many at once as there are workers.

    Parameters
    ----------
    work : callable
        Does one image, and raises nothing.
    items : sequence of WorkItem
        The images.
    tell : callable
        Called in this thread with what became of each image, as soon as that is known.
    workers : int
        Images in flight at most.
    """
    graph = _graph(work, items)
    with _torch_threads_as_before(), ThreadPoolExecutor(workers) as pool, _Watch(graph, tell):
        try:
            dask.threaded.get(graph, list(graph), pool=pool, chunksize=1)
        finally:
            AT_HAND.forget()


def run_in_processes(work: Work, items: Sequence[WorkItem], tell: Tell, workers: int) -> None:
    """Do the images in processes, each of which loads the model once; see ``run_in_threads``.

    A process that the system ends takes its pool with it. The images that were in flight are
    then done one by one, so that the one to blame is found, and the others in a new pool.
    """
    waiting = list(items)
    while waiting:
        told, suspects = _run_pool(work, waiting, tell, workers)
        for item in suspects:
            again, _ = _run_pool(work, [item], tell, 1)
            if not again:
                tell(Outcome("failed", item.name, str(item.path), reason=_ENDED))
        waiting = [item for item in waiting if item not in told and item not in suspects]


def _run_pool(
    work: Work, items: Sequence[WorkItem], tell: Tell, workers: int
) -> tuple[set[WorkItem], list[WorkItem]]:
    """Return the images that were told, and those that were in flight when the pool broke."""
    graph = _graph(work, items)
    by_key = dict(zip(graph, items, strict=True))
    watch = _Watch(graph, tell)
    # A fresh interpreter: a fork of one that runs torch may wait forever for a lost thread.
    spawn = multiprocessing.get_context("spawn")
    try:
        with ProcessPoolExecutor(workers, mp_context=spawn) as pool, watch:
            dask.multiprocessing.get(
                graph, list(graph), pool=pool, chunksize=1, optimize_graph=False
            )
    except BrokenProcessPool:
        flying = [by_key[key] for key in watch.started if key not in watch.finished]
    else:
        flying = []
    return {by_key[key] for key in watch.finished}, flying


class _Watch(Callback):  # type: ignore[misc]  # Dask's classes are Any.
    """Tells of every image as it is done."""

    def __init__(self, graph: dict[str, Any], tell: Tell) -> None:
        super().__init__()
        self._keys = frozenset(graph)
        self._tell = tell
        self.started: list[str] = []
        self.finished: set[str] = set()

    def _pretask(self, key: str, dsk: Any, state: Any) -> None:
        # Callbacks hear of every graph that runs in this process.
        if key in self._keys:
            self.started.append(key)

    def _posttask(self, key: str, result: Any, dsk: Any, state: Any, worker_id: Any) -> None:
        if key in self._keys:
            self.finished.add(key)
            self._tell(result)


def _graph(work: Work, items: Sequence[WorkItem]) -> dict[str, Any]:
    """Return a graph of one task an image; the results are small, labels go to files."""
    run = dask.base.tokenize(os.urandom(8))
    return {f"{_KEY}{run}-{index:07d}": (work, item) for index, item in enumerate(items)}


def torch_threads() -> int:
    """Return how many threads torch uses for one operation, as the user or torch chose."""
    import torch

    return torch.get_num_threads()


@contextmanager
def _torch_threads_as_before() -> Iterator[None]:
    before = torch_threads()
    try:
        yield
    finally:
        share_cores(before)
