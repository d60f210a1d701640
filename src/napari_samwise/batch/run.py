"""Many images with one recipe: the public function."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Any

from napari_samwise.batch.job import Job, Replay
from napari_samwise.batch.log import BatchLog
from napari_samwise.batch.model_identity import identify_model
from napari_samwise.batch.outcome import Outcome
from napari_samwise.batch.own_version import own_version
from napari_samwise.batch.places import Places
from napari_samwise.batch.process import process
from napari_samwise.batch.recipe import Recipe
from napari_samwise.batch.recipe_file import to_plain
from napari_samwise.batch.report import BatchReport
from napari_samwise.batch.work_list import WorkItem, WorkList, find_work
from napari_samwise.errors import InputError
from napari_samwise.file_lock import is_taken
from napari_samwise.journal.reader import read_journal

_MOST_WORKERS = 4
Progress = Callable[[int, int], None]


def batch(
    inputs: str | Path | Sequence[str | Path],
    out: str | Path,
    *,
    recipe: Recipe | str | Path | None = None,
    replay: str | Path | None = None,
    axes: str | None = None,
    workers: int | None = None,
    processes: bool = False,
    scheduler: str | None = None,
    resume: bool = True,
    progress: Progress | None = None,
) -> BatchReport:
    """Do the same with many images, here or on a cluster.

    An image that cannot be done is told in the report and does not stop the others. Results appear
    whole or not at all. A run that was interrupted, however, goes on where it was if it is started
    again: an image is done anew only if it, the recipe, the weights or the version of this package
    has changed, or a result of it was removed. Results do not depend on where and in what order
    they are made.

    Parameters
    ----------
    inputs : str or Path or sequence of these
        Images, folders of images, OME-Zarr images, or patterns such as ``"plate/*/*.tif"``.
    out : str or Path
        Folder of the results, made if need be; with ``report.json`` and ``log.jsonl``.
    recipe : Recipe or str or Path, optional
        What to do, or the YAML file that says it; by default everything mode of ``nano``.
    replay : str or Path, optional
        A journal to replay on every image; of the recipe then only model, device, axes, channel
        and outputs count.
    axes : str, optional
        One letter for each axis of the images, instead of those of the recipe.
    workers : int, optional
        Images in flight at most, which bounds the memory; by default 4 or as many as there are
        cores. A cluster has workers of its own.
    processes : bool
        Worker processes instead of threads: quicker for small images, but each loads the model. In
        a script, call this under ``if __name__ == "__main__":``.
    scheduler : str, optional
        Address of a running ``dask.distributed`` scheduler, such as ``"tcp://10.0.0.1:8786"``;
        its workers must see the same files.
    resume : bool
        Whether what is done already is left alone.
    progress : callable, optional
        Called in this thread with (done, total) in images.

    Returns
    -------
    BatchReport

    Raises
    ------
    InputError
        If there is nothing to do, the recipe, journal or model cannot be used, or the folder is
        used by another batch. Never for what is wrong with one image.
    """
    asked = _as_recipe(recipe)
    if axes is not None:
        asked = replace(asked, axes=axes)
    if workers is not None and (not isinstance(workers, int) or workers < 1):
        raise InputError(f"workers must be a whole number, 1 or more, got {workers}.")
    places = Places(Path(out).expanduser().absolute())
    job = _make_job(asked, replay, places.out, resume)
    work = find_work(inputs, places.out, places.marks.names())
    with _owned(places), BatchLog(places.log) as log:
        asked.save(places.recipe)
        run = _Run(job, work, log, progress)
        report = run.run(workers, processes, scheduler)
        report.save(places.report)
        shutil.rmtree(places.unfinished, ignore_errors=True)
        log.write("run_finished", seconds=round(report.seconds, 3), **report.counts())
    return report


class _Run:
    """One run of a batch."""

    def __init__(self, job: Job, work: WorkList, log: BatchLog, progress: Progress | None) -> None:
        self._job = job
        self._work = work
        self._log = log
        self._progress = progress
        self._outcomes: dict[str, Outcome] = {}

    def run(self, workers: int | None, processes: bool, scheduler: str | None) -> BatchReport:
        started = perf_counter()
        items = self._work.items
        run = _describe(self._job, workers, processes, scheduler)
        self._log.write("run_started", images=len(items), ignored=self._work.ignored, **run)
        if self._progress is not None:
            self._progress(0, len(items))
        if scheduler is not None:
            from napari_samwise.batch.cluster import run_on_cluster

            run_on_cluster(scheduler, self._job, items, self._tell)
        else:
            self._run_here(items, workers, processes)
        outcomes = tuple(self._outcomes[item.name] for item in items)
        out, seconds = self._job.out, perf_counter() - started
        return BatchReport(out, outcomes, self._work.ignored, seconds, run)

    def _run_here(self, items: Sequence[WorkItem], workers: int | None, processes: bool) -> None:
        from napari_samwise.batch import local

        count = min(_MOST_WORKERS, local.usable_cores()) if workers is None else workers
        at_once = min(count, len(items))
        job = replace(
            self._job,
            threads=max(1, local.torch_threads() // at_once),
            frame_workers=max(1, count // len(items)),
        )
        run = local.run_in_processes if processes else local.run_in_threads
        run(partial(process, job), items, self._tell, at_once)

    def _tell(self, outcome: Outcome) -> None:
        self._outcomes[outcome.name] = outcome
        self._log.write(f"image_{outcome.status}", **outcome.to_json())
        if self._progress is not None:
            self._progress(len(self._outcomes), len(self._work.items))


def _as_recipe(recipe: Recipe | str | Path | None) -> Recipe:
    if isinstance(recipe, str | Path):
        return Recipe.load(recipe)
    if not isinstance(recipe, Recipe | None):
        raise InputError(f"recipe must be a Recipe or its file, got {type(recipe).__name__}.")
    return Recipe() if recipe is None else recipe


def _make_job(recipe: Recipe, replay: str | Path | None, out: Path, resume: bool) -> Job:
    """Check what can be checked before the work begins."""
    version = own_version()
    journal = None
    if replay is not None:
        path = Path(replay).expanduser().absolute()
        read_journal(path)
        digest = hashlib.blake2b(path.read_bytes(), digest_size=20).hexdigest()
        journal = Replay(path, digest)
    job = Job(recipe, journal, out, "", version, resume)
    return job if job.weights is None else replace(job, identity=identify_model(job.weights))


def _describe(
    job: Job, workers: int | None, processes: bool, scheduler: str | None
) -> dict[str, Any]:
    return {
        "version": job.version,
        "recipe": to_plain(job.recipe),
        "replay": None if job.replay is None else str(job.replay.path),
        "workers": workers,
        "processes": processes,
        "scheduler": scheduler,
    }


@contextmanager
def _owned(places: Places) -> Iterator[None]:
    """Make the folder of results, and keep other batches away from it.

    Raises
    ------
    InputError
        If it cannot be made or written to, or another batch uses it.
    """
    try:
        places.own.mkdir(parents=True, exist_ok=True)
        stream = places.lock.open("ab")
    except OSError as error:
        raise InputError(
            f"'{places.out}' cannot be written: {error.strerror or error}; choose another folder."
        ) from error
    with stream:
        if is_taken(stream):
            raise InputError(
                f"Another batch writes to '{places.out}'; wait for it, or choose another folder."
            )
        yield
