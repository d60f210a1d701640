"""One large image on several machines: each searches a share of its parts.

What is found waits in the folder beside the labels, as in a run that was interrupted. When all
shares are done, ``find_everything`` goes on there and has only the labels left to write: they are
those of one machine, because what is found in a part depends on nothing but that part.
"""

from __future__ import annotations

from pathlib import Path

from napari_samwise.segment.everything.candidate_store import CandidateStore
from napari_samwise.segment.everything.found import Found
from napari_samwise.segment.everything.plan import Plan, store_in
from napari_samwise.segment.everything.target import check_zarr_path, parts_folder


def count_parts(plan: Plan) -> int:
    """Return how many parts all planes of an image have; the planes are equal in that.

    Parameters
    ----------
    plan : Plan
        The image and what is done with it.
    """
    positions = plan.positions
    return len(positions) * len(plan.look(positions[0]).parts) if positions else 0


def search_share(plan: Plan, out: Path, share: range, *, workers: int = 1) -> None:
    """Search some of the parts, but those that are done.

    Parameters
    ----------
    plan : Plan
        The image and what is done with it.
    out : Path
        The zarr that ``find_everything`` will write.
    share : range
        Of the parts of all planes, one plane after the other (``count_parts``).
    workers : int
        So many parts are in flight at once.

    Raises
    ------
    InputError
        If the path is none of a zarr, or the folder beside it is that of another run.
    """
    check_zarr_path(out)
    folder = parts_folder(out)
    plan.claim(folder)
    positions = plan.positions
    each = count_parts(plan) // max(1, len(positions))
    for index in range(share.start // each, -(-share.stop // each)):
        first = index * each
        wanted = range(max(share.start - first, 0), min(share.stop - first, each))
        position = positions[index]
        store = _Only(store_in(folder, position), wanted)
        plan.search(plan.look(position), store, workers=workers)


class _Only(CandidateStore):
    """A store in which all parts but some count as done."""

    def __init__(self, store: CandidateStore, wanted: range) -> None:
        self._store = store
        self._wanted = wanted

    def __contains__(self, index: int) -> bool:
        return index not in self._wanted or index in self._store

    def put(self, index: int, found: Found) -> None:
        self._store.put(index, found)

    def get(self, index: int) -> Found:
        return self._store.get(index)
