"""One large image on several workers of a cluster, each with a share of its frames."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from time import perf_counter

from napari_samwise.batch.job import Job
from napari_samwise.batch.labelling import make_plan
from napari_samwise.batch.outcome import Outcome
from napari_samwise.batch.process import finish, open_item, telling
from napari_samwise.batch.work_list import WorkItem

LEAST_PARTS = 16
"""Images of fewer parts are not worth the trouble."""
_PARTS_PER_SHARE = 8


@dataclass(frozen=True, slots=True)
class Shared:
    """An image that is large enough to be shared.

    Parameters
    ----------
    parts : int
        Frames or planes that are encoded on their own.
    """

    parts: int

    def shares(self) -> Iterator[range]:
        """Yield the parts of each share."""
        for start in range(0, self.parts, _PARTS_PER_SHARE):
            yield range(start, min(start + _PARTS_PER_SHARE, self.parts))


def begin(job: Job, item: WorkItem) -> Outcome | Shared:
    """Do an image, or tell that it is so large that workers should share it.

    Large are those whose labels are made on disk.
    """
    started = perf_counter()
    return telling(item, lambda: _begin(job, item, started))


def do_share(job: Job, item: WorkItem, share: range) -> Outcome | None:
    """Search some parts of an image; what is wrong with it is told and not raised."""
    return telling(item, lambda: _search(job, item, share))


def _begin(job: Job, item: WorkItem, started: float) -> Outcome | Shared:
    opened = open_item(job, item, started)
    if isinstance(opened, Outcome):
        return opened
    if opened.zarr is not None:
        from napari_samwise.segment.everything.share import count_parts

        parts = count_parts(make_plan(job, opened.file))
        if parts >= LEAST_PARTS:
            return Shared(parts)
    return finish(job, item, started)


def _search(job: Job, item: WorkItem, share: range) -> Outcome | None:
    from napari_samwise.segment.everything.share import search_share

    opened = open_item(job, item, perf_counter())
    if isinstance(opened, Outcome) or opened.zarr is None:
        return None
    search_share(make_plan(job, opened.file), opened.zarr, share, workers=job.frame_workers)
    return None
