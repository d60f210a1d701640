"""One image from its file to its results; runs in worker threads and processes."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import TypeVar

from napari_samwise.batch.done_marks import Mark
from napari_samwise.batch.job import Job
from napari_samwise.batch.labelling import MAX_IN_MEMORY_BYTES, label_image
from napari_samwise.batch.outcome import Outcome, Status
from napari_samwise.batch.own_version import own_version
from napari_samwise.batch.results import ZARR_NAME, make_results, output_names, publish
from napari_samwise.batch.work_list import WorkItem
from napari_samwise.errors import ImageError, InputError
from napari_samwise.geometry.axes import Axes
from napari_samwise.io.channels import choose_channel
from napari_samwise.io.image_file import ImageFile
from napari_samwise.io.read import read_image
from napari_samwise.io.write import check_labels_fit

logger = logging.getLogger(__name__)

_INT32_BYTES = 4

T = TypeVar("T")


@dataclass(frozen=True, slots=True, eq=False)
class Opened:
    """An image that is to be done.

    Parameters
    ----------
    key : str
        Of all that its results depend on.
    whole : ImageFile
        With all channels.
    file : ImageFile
        What is segmented.
    folder : Path
        Where its results are made.
    zarr : Path or None
        Where its labels are made on disk; None in memory.
    """

    key: str
    whole: ImageFile
    file: ImageFile
    folder: Path
    zarr: Path | None


def process(job: Job, item: WorkItem) -> Outcome:
    """Do one image, unless it is done; whatever is wrong with it is told and not raised.

    Parameters
    ----------
    job : Job
        What to do.
    item : WorkItem
        The image.
    """
    started = perf_counter()
    return telling(item, lambda: finish(job, item, started))


def telling(item: WorkItem, work: Callable[[], T]) -> T | Outcome:
    """Return what some work on an image gives, or why it cannot be done."""
    started = perf_counter()

    def fail(reason: str, status: Status = "failed") -> Outcome:
        seconds = perf_counter() - started
        one_line = " ".join(reason.split())
        return Outcome(status, item.name, str(item.path), seconds=seconds, reason=one_line)

    try:
        return work()
    except InputError as error:
        return fail(str(error))
    except OSError as error:
        return fail(f"'{item.path}': {error.strerror or error}.")
    except MemoryError:
        return fail(_NO_MEMORY)
    except Exception as error:
        # The boundary of one image: what users' mistakes and full disks raise is named above. What
        # is left is a fault of ours or of a library that reads files, of whatever kind; the other
        # 499 images must not fall with it. It is told as a fault, and logged with its traceback.
        if _is_out_of_memory(error):
            return fail(_NO_MEMORY)
        logger.exception("'%s' failed", item.path)
        return fail(f"napari-samwise failed with {type(error).__name__}: {error}", "fault")


_NO_MEMORY = (
    "There was not enough memory for this image; run it with fewer workers, with smaller frames "
    "(frame_px), or write its labels as ome-zarr."
)


def finish(job: Job, item: WorkItem, started: float) -> Outcome:
    """Do an image, or go on with one; see :func:`process`."""
    opened = open_item(job, item, started)
    if isinstance(opened, Outcome):
        return opened
    names = output_names(item.name, job.recipe.outputs)
    if job.recipe.outputs.labels is not None:
        check_labels_fit(opened.folder / names[0], Axes(opened.file.axes).spatial)
    found = label_image(job, opened.file, opened.zarr)
    make_results(opened.folder, names, found, opened.file, opened.whole)
    mark = Mark(opened.key, str(item.path), dict.fromkeys(names, 0), found.objects)
    publish(job.places, opened.folder, item.name, names, mark)
    return _tell("done", item, mark, started)


def open_item(job: Job, item: WorkItem, started: float) -> Opened | Outcome:
    """Open an image; or tell that it is done already."""
    if own_version() != job.version:
        raise InputError(
            f"This worker has napari-samwise {own_version()}, the batch was started with "
            f"{job.version}; install the same on both."
        )
    if not item.path.exists():
        raise ImageError(f"There is no file at '{item.path}'; check the path.")
    key = job.key_of(item.path)
    places = job.places
    mark = places.marks.find(item.name, key) if job.resume else None
    if mark is not None:
        return _tell("skipped", item, mark, started)
    whole = read_image(item.path, job.recipe.axes)
    file = choose_channel(whole, job.recipe.channel)
    folder = places.workplace(item.name, key)
    return Opened(key, whole, file, folder, _zarr_for(job, file, folder))


def _tell(status: Status, item: WorkItem, mark: Mark, started: float) -> Outcome:
    return Outcome(
        status,
        item.name,
        str(item.path),
        tuple(mark.outputs),
        mark.objects,
        perf_counter() - started,
    )


def _zarr_for(job: Job, file: ImageFile, folder: Path) -> Path | None:
    """Return where labels are made on disk: where they are to be there, or are too large."""
    nbytes = math.prod(Axes(file.axes).spatial_shape(file.data.shape)) * _INT32_BYTES
    on_disk = job.recipe.outputs.labels == "ome-zarr" or nbytes > MAX_IN_MEMORY_BYTES
    return folder / ZARR_NAME if on_disk and job.replay is None else None


def _is_out_of_memory(error: Exception) -> bool:
    """Tell whether torch found no memory: its own error on a GPU, a plain one on a CPU."""
    kinds = {kind.__name__ for kind in type(error).__mro__}
    return "OutOfMemoryError" in kinds or "DefaultCPUAllocator" in str(error)
