"""Searching all parts of a plane, one after the other or several at once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from itertools import islice

from napari_samwise.errors import Cancelled
from napari_samwise.model.base import SegmentationModel
from napari_samwise.segment.everything.candidate_store import CandidateStore
from napari_samwise.segment.everything.found import Found
from napari_samwise.segment.everything.free_memory import give_back
from napari_samwise.segment.everything.options import EverythingOptions
from napari_samwise.segment.everything.search import Report, search_part
from napari_samwise.segment.everything.view import View

STEPS_PER_PART = 100
"""Progress is counted in hundredths of a part."""

_POLL_S = 0.2

Progress = Callable[[int, int], None]
Stop = Callable[[], bool]
Search = Callable[[int, Report, Stop | None], None]
"""Searches one part, by its index."""


def search_view(
    view: View,
    model: SegmentationModel,
    options: EverythingOptions,
    store: CandidateStore,
    *,
    refine: Callable[[Found], Found] | None = None,
    workers: int = 1,
    progress: Progress | None = None,
    should_stop: Stop | None = None,
) -> None:
    """Search the parts of a plane that are not done, and put what is found into a store.

    Parameters
    ----------
    view : View
        The plane.
    model : SegmentationModel
        Decodes.
    options : EverythingOptions
        Where to click and what to keep.
    store : CandidateStore
        What is in it already is not searched again.
    refine : callable, optional
        Applied to what is found in a part before it is put into the store.
    workers : int
        So many parts are in flight at once. What is found does not depend on it.
    progress : callable, optional
        Called with (done, total) from this thread.
    should_stop : callable, optional
        Asked between batches, or every now and then if there are several workers.

    Raises
    ------
    Cancelled
        If ``should_stop`` returned True; what was put into the store stays there.
    """
    waiting = [index for index in range(len(view.parts)) if index not in store]
    done = len(view.parts) - len(waiting)

    def tell(share: float) -> None:
        if progress is not None:
            progress(int((done + share) * STEPS_PER_PART), len(view.parts) * STEPS_PER_PART)

    def search(index: int, report: Report, stop: Stop | None) -> None:
        part = view.parts[index]
        found = search_part(view, part, model, options, report=report, should_stop=stop)
        store.put(index, found if refine is None else refine(found))
        give_back()

    def advance(count: int) -> None:
        nonlocal done
        done += count
        tell(0)

    if workers > 1:
        _search_at_once(search, waiting, workers, advance, should_stop)
        return
    for index in waiting:
        search(index, tell, should_stop)
        done += 1
    tell(0)


def _search_at_once(
    search: Search,
    waiting: Sequence[int],
    workers: int,
    advance: Callable[[int], None],
    should_stop: Stop | None,
) -> None:
    """Search parts in several threads; tell how many were finished since the last time."""
    stopped = threading.Event()
    jobs = iter(waiting)
    with ThreadPoolExecutor(workers) as pool:

        def submit(count: int) -> set[Future[None]]:
            some = islice(jobs, count)
            return {pool.submit(search, index, _ignore, stopped.is_set) for index in some}

        flying = submit(workers)
        try:
            while flying:
                finished, flying = wait(flying, _POLL_S, return_when=FIRST_COMPLETED)
                for job in finished:
                    job.result()
                if should_stop is not None and should_stop():
                    raise Cancelled("Everything mode was stopped; what was finished is kept.")
                flying |= submit(len(finished))
                advance(len(finished))
        finally:
            stopped.set()


def _ignore(share: float) -> None:
    """Take no notice of the progress within a part, of which there are several."""
