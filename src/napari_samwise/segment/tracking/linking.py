"""Linking of objects that somebody has labelled on every frame."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_samwise.errors import ImageError, InputError
from napari_samwise.geometry.axes import Axes, parse_axes
from napari_samwise.geometry.boxed_mask import BoxedMask
from napari_samwise.label_ids import as_int32
from napari_samwise.segment.everything.target import Target, opened, read_finished
from napari_samwise.segment.planes import Position
from napari_samwise.segment.tracking.assignment import assign
from napari_samwise.segment.tracking.drift import common_move
from napari_samwise.segment.tracking.history import History
from napari_samwise.segment.tracking.lineage import Lineage, take_back_fleeting
from napari_samwise.segment.tracking.near_moves import near_moves
from napari_samwise.segment.tracking.options import TrackingOptions
from napari_samwise.segment.tracking.owners import Owners, flat_parts
from napari_samwise.segment.tracking.regions import Region, read_regions
from napari_samwise.segment.tracking.sightings import Sightings
from napari_samwise.segment.tracking.tracks import Graph, Tracks
from napari_samwise.segment.tracking.watch import Watch


def link_labels(
    labels: Any,
    axes: str | None = None,
    *,
    scale: Sequence[float] | None = None,
    options: TrackingOptions | None = None,
    out: Any = None,
    progress: Callable[[int, int], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> Tracks:
    """Follow objects through frames that are all labelled; no model is asked.

    Objects of one frame are assigned to those of the next, or a mother to two daughters, by
    overlap, distance and area, after a move that most of them share is taken off; then once more
    by how those nearby have moved. One that is missing on ``max_gap`` frames is found again.
    Pixels stay as they are, only their numbers change.

    Parameters
    ----------
    labels : array-like
        `(T, Y, X)` or `(T, Z, Y, X)` integers, 0 is background; the numbers of one frame need
        mean nothing on the next. Lazy arrays (Dask, Zarr) are read block by block.
    axes : str, optional
        ``"TYX"`` or ``"TZYX"``; by default what the rank says.
    scale : sequence of float, optional
        Size of a pixel along every axis but T, for distances in volumes whose slices are far
        apart.
    options : TrackingOptions, optional
        Of it count ``divisions``, ``max_move``, ``max_gap`` and ``least_daughter_frames``.
    out : str or Path or array-like, optional
        A path that ends in .zarr, or an array of 32-bit or 64-bit integers, where the linked
        labels go frame by frame, in place of what it holds; it may be ``labels`` itself. By
        default a new array in memory.
    progress : callable, optional
        Called with (done, total) frames.
    should_stop : callable, optional
        Asked before each frame.

    Returns
    -------
    Tracks
        Objects of the first frame keep the order of their numbers, from 1 on.

    Raises
    ------
    ImageError
        If these are no labels in time.
    InputError
        If ``scale`` does not fit.
    Cancelled
        If ``should_stop`` returned True.
    """
    source = _check_labels(labels, axes)
    rank = len(source.shape) - 1
    spacing = [1.0] * rank if scale is None else list(scale)
    if len(spacing) != rank or min(spacing) <= 0:
        raise InputError(
            f"scale needs one size above 0 for each of the {rank} axes of a frame, got {spacing}."
        )
    named = Axes("TYX" if rank == 2 else "TZYX")
    watch = Watch("Linking", source.shape[0], progress=progress, should_stop=should_stop)
    with opened(out, named, source.shape) as target:
        sightings, graph = link_into(target, source, spacing, options or TrackingOptions(), watch)
    return Tracks.from_sightings(read_finished(out, target), sightings, graph)


def link_into(
    target: Target, labels: Any, scale: Sequence[float], options: TrackingOptions, watch: Watch
) -> tuple[Sightings, Graph]:
    """Link labels and write them, frame by frame.

    Parameters
    ----------
    target : Target
        Takes the linked labels; may hold ``labels`` itself.
    labels : array-like
        `(T, Y, X)` or `(T, Z, Y, X)` integers.
    scale : sequence of float
        Size of a pixel along every axis but T.
    options : TrackingOptions
        How objects are linked.
    watch : Watch
        Is told of each frame.

    Returns
    -------
    sightings : Sightings
        All objects.
    graph : dict of int to list of int
        Daughter -> mother.
    """
    linker = _Linker(options, scale)
    sightings = Sightings()
    frames, *depth = labels.shape[:-2]
    for t in range(frames):
        watch.check()
        named = linker.step(list(read_regions(labels, (t,)).values()), t)
        painted: dict[Position, list[tuple[BoxedMask, int]]] = {
            (t, *index): [] for index in np.ndindex(*depth)
        }
        for label, region in named.items():
            sightings.add(label, t, region)
            for position, flat in flat_parts(t, region.mask):
                painted[position].append((flat, label))
        for position, objects in painted.items():
            owners = Owners(target, position)
            if target.array is not labels:
                owners.wipe()
            for mask, label in objects:
                owners.give(mask, label)
            owners.flush()
        watch.finish(t, partial(_read_frame, target, t))
    graph = take_back_fleeting(
        sightings, linker.lineage.graph, frames, options.least_daughter_frames
    )
    sightings.repaint(target)
    return sightings, graph


def _read_frame(target: Target, t: int) -> NDArray[np.int32]:
    return as_int32(np.asarray(target.array[t]))


class _Linker:
    """The objects that are being followed."""

    def __init__(self, options: TrackingOptions, scale: Sequence[float]) -> None:
        self.options = options
        self.lineage = Lineage()
        self._scale = scale
        self._histories: list[History] = []
        self._drift = np.zeros(len(scale), dtype=np.int_)

    def step(self, found: list[Region], t: int) -> dict[int, Region]:
        """Give every object of the next frame its id."""
        last = [h for h in self._histories if t - h.frame == 1]
        # Objects are followed where they would be if nothing had moved all of them.
        regions = [region.moved(-self._drift) for region in found]
        moved = common_move(last, regions, t, self.options, self._scale)
        if moved.any():
            self._drift = self._drift + moved
            regions = [region.moved(-moved) for region in regions]
        alive = [h for h in self._histories if t - h.frame <= 1 + self.options.max_gap]
        found_as = self._assign(alive, regions, t)
        named: dict[int, History] = {}
        for row, columns in found_as.items():
            if len(columns) == 1:
                named[columns[0]] = alive[row].seen(regions[columns[0]], t)
                continue
            for column, label in zip(columns, self.lineage.divide(alive[row].label), strict=True):
                named[column] = History.begin(label, regions[column], t)
        for column, region in enumerate(regions):
            if column not in named:
                named[column] = History.begin(self.lineage.new(), region, t)
        mothers = {parents[0] for parents in self.lineage.graph.values()}
        seen = {history.label for history in named.values()}
        waiting = [h for h in alive if h.label not in seen and h.label not in mothers]
        self._histories = [*named.values(), *waiting]
        return {history.label: found[column] for column, history in named.items()}

    def _assign(
        self, alive: list[History], regions: list[Region], t: int
    ) -> dict[int, tuple[int, ...]]:
        """Assign by how each moved before, and once more by how its neighbours have moved."""
        moves = [history.expected_move(t) for history in alive]
        first = assign(alive, regions, moves, t, self.options, self._scale)
        near = near_moves(alive, regions, first, moves, t, self._scale)
        if all(np.array_equal(*pair) for pair in zip(moves, near, strict=True)):
            return first
        return assign(alive, regions, near, t, self.options, self._scale)


def _check_labels(labels: Any, axes: str | None) -> Any:
    """Return integer labels with T first, or say what they are instead."""
    source = labels if hasattr(labels, "shape") else np.asarray(labels)
    names = {3: "TYX", 4: "TZYX"}.get(len(source.shape), "") if axes is None else axes
    if names.upper() not in ("TYX", "TZYX") or len(names) != len(source.shape):
        raise ImageError(
            f"Labels to link need the axes TYX or TZYX, got {names or 'none'!r} for shape "
            f"{tuple(source.shape)}; put time first."
        )
    parse_axes(names)
    if np.dtype(source.dtype).kind not in "iub":
        raise ImageError(f"Labels must be integers, got {source.dtype}; an image is no labels.")
    return source
