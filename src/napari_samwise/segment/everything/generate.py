"""Everything in an image: no prompts, from an image to labels."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_samwise.errors import Cancelled, InputError
from napari_samwise.geometry.axes import Axes
from napari_samwise.geometry.boxed_mask import BoxedMask
from napari_samwise.intensity import Intensity
from napari_samwise.model.base import SegmentationModel
from napari_samwise.predictor.predictor import Predictor
from napari_samwise.segment.everything.candidate_store import CandidateStore, MemoryStore
from napari_samwise.segment.everything.choose import Objects, see, suppress
from napari_samwise.segment.everything.options import EverythingOptions
from napari_samwise.segment.everything.paint import paint
from napari_samwise.segment.everything.plan import Plan, store_in
from napari_samwise.segment.everything.table import Table
from napari_samwise.segment.everything.target import Target, opened, read_finished
from napari_samwise.segment.everything.view import View
from napari_samwise.segment.planes import Position
from napari_samwise.segment.volume.link import link_slices

Only = Callable[[Position, Sequence[BoxedMask]], NDArray[np.bool_]]
"""Tells which objects of a plane are wanted, `(N,)` bool; masks are in pixels of the plane."""


@dataclass(frozen=True, slots=True, eq=False)
class Everything:
    """What everything mode found in an image.

    Parameters
    ----------
    labels : array-like
        The image's shape without the channel axis; 0 is background. An int32 ndarray, the ``out``
        that was given, or for a path the zarr array that is there now.
    areas : ndarray
        `(N,)` int64, pixels of each object; their ids are 1 to N.
    options : EverythingOptions
        The thresholds that they passed.
    best_predicted_iou : float or None
        The highest predicted IoU of any mask that was decoded, kept or not; None where no mask
        was, in the mode "distances".
    """

    labels: Any
    areas: NDArray[np.int64]
    options: EverythingOptions
    best_predicted_iou: float | None

    @property
    def count(self) -> int:
        """Number of objects."""
        return len(self.areas)


def segment_everything(
    image: Any,
    model: str | Path | SegmentationModel | Predictor = "nano",
    axes: str | None = None,
    *,
    intensity: Intensity | str = "auto",
    options: EverythingOptions | None = None,
    frame_px: int | None = None,
    out: Any = None,
    workers: int = 1,
    link: str | None = None,
    progress: Callable[[int, int], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> Any:
    """Segment every object of an image without prompts, plane by plane.

    ``nano`` clicks where it sees objects; models of micro-sam, named or with their decoder, tell
    objects apart by distances (Archit et al. 2025); other models click on the grid of the paper
    (Kirillov et al. 2023, appendix B). ``Search.mode`` chooses. Where clicks are made, masks that
    are sure and stable enough are kept, duplicates suppressed; where objects overlap, a pixel
    belongs to the one of higher predicted IoU.

    Planes that are larger than the model sees at once are segmented in overlapping frames of
    several scales. The labels are the same for any number of workers and, but for pixels where a
    model is in doubt, for any size of frames.

    Parameters
    ----------
    image : array-like or list of array-like
        Planes, volumes or series of bool, integer or float; lazy arrays (Dask, Zarr) are read
        plane by plane, and large planes frame by frame. A list of arrays of falling size is a
        multiscale image, the finest level first.
    model : str or Path or SegmentationModel or Predictor
        A name or path for ``load_model``, a loaded model, or a predictor with its store.
    axes : str, optional
        One letter for each axis of the image, such as ``"YX"``, ``"TZYX"`` or ``"YXC"``; guessed
        from the shape by default.
    intensity : Intensity or str
        How values become 8 bits; a policy is resolved once for the whole image.
    options : EverythingOptions, optional
        Where to click and what to keep; by default what suits the model (``default_options``).
    frame_px : int, optional
        Segment planes larger than this in frames of this side, a multiple of 64; by default
        planes larger than the model's ``whole_px``, in frames that suit it.
    out : array-like or str or Path, optional
        Where labels are written, block by block: an array of 32-bit or 64-bit integers, or the
        path of a zarr to be made. For a path, finished frames wait in ``PATH.parts`` meanwhile,
        and a run that was interrupted goes on there.
    workers : int
        So many frames are in flight at once.
    link : str, optional
        An axis, such as ``"Z"``, along which the parts of one object get one id
        (``link_slices``).
    progress : callable, optional
        Called with (done, total) as decoding goes on.
    should_stop : callable, optional
        Asked between batches of clicks.

    Returns
    -------
    array-like
        int32 ndarray of the image's shape without the channel axis, or what ``out`` asks for
        (see ``Everything.labels``); 0 is background. Ids run from 1, plane by plane and by place
        within each. Planes are segmented on their own: without ``link`` an object that continues
        on the next plane has another id there.

    Raises
    ------
    ImageError, ModelNameError, InputError
        If the image, its axes, the model, the options or ``out`` cannot be used.
    Cancelled
        If ``should_stop`` returned True.
    """
    plan = Plan.make(image, model, axes, intensity, options, frame_px)
    return find_everything(
        plan, out=out, workers=workers, link=link, progress=progress, should_stop=should_stop
    ).labels


def find_everything(
    plan: Plan,
    *,
    out: Any = None,
    workers: int = 1,
    link: str | None = None,
    only: Only | None = None,
    progress: Callable[[int, int], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> Everything:
    """Do as ``segment_everything`` with what it resolves, and tell more than the labels.

    Parameters
    ----------
    plan : Plan
        All that the search depends on.
    out, workers, link, progress, should_stop
        As of ``segment_everything``.
    only : callable, optional
        Asked at each plane's end which of its objects are wanted; by default all are.
    """
    if not isinstance(workers, int) or workers < 1:
        raise InputError(f"workers must be a whole number, 1 or more, got {workers}.")
    if link is not None:
        _check_link(link, plan.axes)
    areas: list[NDArray[np.int64]] = [np.zeros(0, dtype=np.int64)]
    best: list[float] = []
    positions = plan.positions
    with opened(out, plan.axes, plan.shape) as target:
        if target.folder is not None:
            plan.claim(target.folder)
        for index, position in enumerate(positions):
            view, store = plan.look(position), _store_for(target, position)
            plan.search(
                view,
                store,
                workers=workers,
                progress=_part_of(progress, index, len(positions)),
                should_stop=should_stop,
            )
            table = Table(store.get, len(view.parts))
            count = sum(map(len, areas))
            objects = _choose(table, view, plan.options)
            if only is not None and len(objects.masks):
                found = (table.mask(index) for index in objects.masks.tolist())
                masks = [mask.boxed(view.plane_size) for mask in found]
                objects = objects.take(only(position, masks))
            areas.append(_write(table, objects, view, target, position, count, should_stop))
            best += [] if table.best_predicted_iou is None else [table.best_predicted_iou]
        if link is not None:
            areas = [link_slices(target.array, plan.axes.spatial, link)]
    labels = read_finished(out, target)
    return Everything(labels, np.concatenate(areas), plan.options, max(best, default=None))


def _check_link(link: str, axes: Axes) -> None:
    """Refuse an axis that is not one from plane to plane, before the work is done."""
    stepped = [name for name in axes.spatial if name not in "YX"]
    if str(link).upper() not in stepped:
        raise InputError(
            f"Objects are linked along an axis from plane to plane, here "
            f"{', '.join(stepped) or 'none'} of {axes.names!r}, got link={link!r}."
        )


def _store_for(target: Target, position: Position) -> CandidateStore:
    if target.folder is None:
        return MemoryStore()
    return store_in(target.folder, position)


def _choose(table: Table, view: View, options: EverythingOptions) -> Objects:
    """Return the objects of a plane."""
    return see(table, suppress(table, options, view.part_areas), options.min_visible)


def _write(
    table: Table,
    objects: Objects,
    view: View,
    target: Target,
    position: Position,
    count: int,
    should_stop: Callable[[], bool] | None,
) -> NDArray[np.int64]:
    """Write the objects of a plane from the id after ``count`` on; return their areas."""
    written = set()
    for region, labels in paint(table, objects, view.plane_size, target.block_px, count + 1):
        if should_stop is not None and should_stop():
            raise Cancelled("Everything mode was stopped; what was finished is kept.")
        target.write(position, region, labels)
        written.add(region)
    target.clear(position, view.plane_size, written)
    return objects.areas


def _part_of(
    progress: Callable[[int, int], None] | None, index: int, planes: int
) -> Callable[[int, int], None] | None:
    """Return the progress of one plane as a part of the whole."""
    if progress is None:
        return None
    report = progress

    def report_plane(done: int, total: int) -> None:
        report(index * total + done, planes * total)

    return report_plane
