"""Objects carried through a movie: an image in time, and where they start, to tracks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_samwise.errors import Cancelled, ImageError
from napari_samwise.geometry.axes import Axes, infer_axes, parse_axes
from napari_samwise.intensity import Intensity, resolve_intensity
from napari_samwise.intensity.plane import as_array
from napari_samwise.model.base import SegmentationModel
from napari_samwise.predictor.predictor import Predictor
from napari_samwise.prompts import Prompts
from napari_samwise.segment.everything.generate import segment_everything
from napari_samwise.segment.tracking.carrier import Carrier
from napari_samwise.segment.tracking.lineage import Lineage, take_back_fleeting
from napari_samwise.segment.tracking.linking import link_labels
from napari_samwise.segment.tracking.options import TrackingOptions
from napari_samwise.segment.tracking.starts import Starts, read_starts
from napari_samwise.segment.tracking.tracks import Tracks
from napari_samwise.segment.tracking.view import Movie


def track(
    image: Any,
    start: Mapping[int, Prompts] | Any | None = None,
    model: str | Path | SegmentationModel | Predictor = "nano",
    axes: str | None = None,
    *,
    intensity: Intensity | str = "auto",
    options: TrackingOptions | None = None,
    on_frame: Callable[[int, NDArray[np.int32]], None] | None = None,
    progress: Callable[[int, int], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> Tracks:
    """Follow objects through a movie from prompts or labels, with their divisions.

    On each frame an object is prompted with its last mask, moved to where it has probably gone;
    what the model offers is judged by predicted IoU, overlap and area. A pixel belongs to one
    object. An object given on several frames goes on from each of them. Without a start,
    everything mode labels each frame and ``link_labels`` links them.

    Parameters
    ----------
    image : array-like
        `(T, Y, X)`, or with a channel axis anywhere; lazy arrays (Dask, Zarr) are read frame by
        frame.
    start : mapping of int to Prompts, or array-like, optional
        Id -> prompts ``(t, y, x)`` on one or more frames; or integer labels `(T, Y, X)` with
        frames of zeros where nothing is given, or `(Y, X)`, the labels of the first frame.
    model : str or Path or SegmentationModel or Predictor
        A name or path for ``load_model``, a loaded model, or a predictor with its store.
    axes : str, optional
        Such as ``"TYX"`` or ``"TYXC"``; by default the stack's axis is time.
    intensity : Intensity or str
        How values become 8 bits; a policy is resolved once for the movie.
    options : TrackingOptions, optional
        Divisions, going backward, new objects, and how far objects move.
    on_frame : callable, optional
        Called with a frame's index and its labels `(Y, X)` when they are found.
    progress : callable, optional
        Called with (done, total) frames.
    should_stop : callable, optional
        Asked before each frame.

    Returns
    -------
    Tracks
        Labels `(T, Y, X)` in which an object keeps its id, the graph of divisions, and a table.

    Raises
    ------
    ImageError, PromptError, InputError, ModelNameError
        If the image, its axes, the start or the model cannot be used.
    Cancelled
        If ``should_stop`` returned True.
    """
    source = as_array(image)
    named = time_axes(source.shape, axes)
    if not isinstance(intensity, Intensity):
        rgb = named.channel is not None and source.shape[named.channel] > 1
        intensity = resolve_intensity(source, intensity, rgb=rgb, axes=named)
    chosen = TrackingOptions() if options is None else options
    if start is None:
        found = segment_everything(
            source,
            model,
            named.names,
            intensity=intensity,
            progress=progress,
            should_stop=should_stop,
        )
        return link_labels(found, options=chosen)
    shape = named.spatial_shape(source.shape)
    starts = read_starts(start, (shape[0], shape[1], shape[2]))
    predictor = model if isinstance(model, Predictor) else Predictor(model)
    movie = Movie(source, named, predictor, intensity)
    return _follow(movie, starts, chosen, _Watch(on_frame, progress, should_stop))


def time_axes(shape: tuple[int, ...], axes: str | None) -> Axes:
    """Return the axes of a movie of planes; a single stack axis that nobody named is time.

    Raises
    ------
    ImageError
        If they are not T, Y and X in this order, with or without channels.
    """
    named = infer_axes(shape) if axes is None else parse_axes(axes)
    if axes is None and named.spatial == "ZYX":
        named = Axes(named.names.replace("Z", "T"))
    if named.spatial == "TZYX":
        raise ImageError(
            "Objects are carried through time in planes, got axes 'TZYX'; segment each volume and "
            "link them with link_labels, or track one slice."
        )
    if named.spatial != "TYX":
        raise ImageError(
            f"A movie needs the axes T, Y and X in this order, got {named.names!r} for shape "
            f"{tuple(shape)}; name them with axes='TYX'."
        )
    named.validate(shape)
    return named


class _Watch:
    """Those who look on: told of each frame, and asked whether to go on."""

    def __init__(
        self,
        on_frame: Callable[[int, NDArray[np.int32]], None] | None,
        progress: Callable[[int, int], None] | None,
        should_stop: Callable[[], bool] | None,
    ) -> None:
        self._on_frame = on_frame
        self._progress = progress
        self._should_stop = should_stop

    def before(self, done: int, total: int) -> None:
        if self._should_stop is not None and self._should_stop():
            raise Cancelled(f"Tracking was stopped after {done} of {total} frames.")

    def after(self, done: int, total: int, frame: int, labels: NDArray[np.int32]) -> None:
        if self._on_frame is not None:
            self._on_frame(frame, labels)
        if self._progress is not None:
            self._progress(done, total)


def _follow(movie: Movie, starts: Starts, options: TrackingOptions, watch: _Watch) -> Tracks:
    """Carry objects forward, and then backward if asked."""
    labels = np.zeros(movie.shape, dtype=np.int32)
    lineage = Lineage(max(starts.labels))
    predicted_iou: dict[tuple[int, int], float] = {}
    frames = len(labels)
    firsts = starts.first_frames
    # Forward from the first start, then backward from the last of the first starts.
    passes = [(range(0 if options.new_objects else min(firsts.values()), frames), starts, options)]
    if options.backward:
        by_frame = {
            frame: {label: objects[label] for label in objects if firsts[label] == frame}
            for frame, objects in starts.by_frame.items()
        }
        alone = replace(options, divisions=False, new_objects=False)
        passes.append((range(max(firsts.values()), -1, -1), Starts(by_frame), alone))
    total, done = sum(len(order) for order, _, _ in passes), 0
    for order, given, how in passes:
        carrier = Carrier(movie, given, labels, lineage, how)
        for frame in order:
            watch.before(done, total)
            carrier.step(frame)
            done += 1
            watch.after(done, total, frame, labels[frame])
        predicted_iou |= carrier.predicted_iou
    graph, renamed = take_back_fleeting(labels, lineage.graph, options.least_daughter_frames)
    scores = {(renamed.get(label, label), t): score for (label, t), score in predicted_iou.items()}
    return Tracks.from_labels(labels, graph, scores)
