"""Linking of objects that somebody has labelled on every frame."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_samwise.errors import Cancelled, ImageError, InputError
from napari_samwise.geometry.axes import parse_axes
from napari_samwise.segment.tracking.assignment import assign
from napari_samwise.segment.tracking.history import History
from napari_samwise.segment.tracking.lineage import Lineage, take_back_fleeting
from napari_samwise.segment.tracking.options import TrackingOptions
from napari_samwise.segment.tracking.pairs import best_pair
from napari_samwise.segment.tracking.regions import Region, regions_of
from napari_samwise.segment.tracking.tracks import Tracks


def link_labels(
    labels: Any,
    axes: str | None = None,
    *,
    scale: Sequence[float] | None = None,
    options: TrackingOptions | None = None,
    progress: Callable[[int, int], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> Tracks:
    """Follow objects through frames that are all labelled; no model is asked.

    Objects of one frame are assigned to those of the next by overlap, distance and area; one that
    is missing on ``max_gap`` frames is found again; a mother and two objects around where she was
    are a division. Pixels stay as they are, only their numbers change.

    Parameters
    ----------
    labels : array-like
        `(T, Y, X)` or `(T, Z, Y, X)` integers, 0 is background; the numbers of one frame need
        mean nothing on the next.
    axes : str, optional
        ``"TYX"`` or ``"TZYX"``; by default what the rank says.
    scale : sequence of float, optional
        Size of a pixel along every axis but T, for distances in volumes whose slices are far
        apart.
    options : TrackingOptions, optional
        Of it count ``divisions``, ``max_move``, ``max_gap`` and ``least_daughter_frames``.
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
    spacing = [1.0] * (source.ndim - 1) if scale is None else list(scale)
    if len(spacing) != source.ndim - 1 or min(spacing) <= 0:
        raise InputError(
            f"scale needs one size above 0 for each of the {source.ndim - 1} axes of a frame, "
            f"got {spacing}."
        )
    linker = _Linker(TrackingOptions() if options is None else options, spacing)
    linked = np.zeros(source.shape, dtype=np.int32)
    for t in range(len(source)):
        if should_stop is not None and should_stop():
            raise Cancelled(f"Linking was stopped after {t} of {len(source)} frames.")
        for label, region in linker.step(np.asarray(source[t]), t).items():
            linked[t][region.mask.roi.slices][region.mask.inside] = label
        if progress is not None:
            progress(t + 1, len(source))
    graph, _ = take_back_fleeting(
        linked, linker.lineage.graph, linker.options.least_daughter_frames
    )
    return Tracks.from_labels(linked, graph)


class _Linker:
    """The objects that are being followed."""

    def __init__(self, options: TrackingOptions, scale: Sequence[float]) -> None:
        self.options = options
        self.lineage = Lineage()
        self._scale = scale
        self._histories: list[History] = []

    def step(self, frame: NDArray[np.integer], t: int) -> dict[int, Region]:
        """Give every object of the next frame its id."""
        regions = list(regions_of(frame).values())
        alive = [h for h in self._histories if t - h.frame <= 1 + self.options.max_gap]
        links = assign(alive, regions, t, self.options, self._scale)
        born = self._find_daughters(alive, regions, links, t) if self.options.divisions else {}
        named: dict[int, History] = {}
        for row, history in enumerate(alive):
            if row in links:
                named[links[row]] = history.seen(regions[links[row]], t)
        for column, label in born.items():
            named[column] = History.begin(label, regions[column], t)
        for column, region in enumerate(regions):
            if column not in named:
                named[column] = History.begin(self.lineage.new(), region, t)
        mothers = {parents[0] for parents in self.lineage.graph.values()}
        seen = {history.label for history in named.values()}
        waiting = [h for h in alive if h.label not in seen and h.label not in mothers]
        self._histories = [*named.values(), *waiting]
        return {history.label: regions[column] for column, history in named.items()}

    def _find_daughters(
        self, alive: list[History], regions: list[Region], links: dict[int, int], t: int
    ) -> dict[int, int]:
        """Find divisions among objects that are new; their links are taken out of ``links``.

        Returns region -> id of a daughter.
        """
        free = set(range(len(regions))) - set(links.values())
        found = []
        for row, history in enumerate(alive):
            if t - history.frame != 1 or not free:
                continue
            own = [links[row]] if row in links else []
            reach = self.options.reach(history.region.diameter(self._scale))
            near = own + [
                c for c in sorted(free) if history.region.distance(regions[c], self._scale) <= reach
            ]
            area = max(history.area, history.region.area)
            pair = best_pair(history.region, [regions[c] for c in near], area, self._scale)
            # Two that are new do not end a mother who goes on.
            if pair is not None and (not own or near[pair[1]] == own[0]):
                found.append((pair[0], row, near[pair[1]], near[pair[2]]))
        born: dict[int, int] = {}
        for _, row, first, second in sorted(found, reverse=True):
            if first in born or second in born:
                continue
            links.pop(row, None)
            born[first], born[second] = self.lineage.divide(alive[row].label)
        return born


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
