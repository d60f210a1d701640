"""Objects carried through a movie: an image in time, and where they start, to tracks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_samwise.errors import ImageError, InputError
from napari_samwise.geometry.axes import Axes, infer_axes, parse_axes
from napari_samwise.intensity import Intensity
from napari_samwise.model.base import SegmentationModel
from napari_samwise.predictor.plane_source import as_levels
from napari_samwise.predictor.predictor import Predictor
from napari_samwise.prompts import Prompts
from napari_samwise.segment.everything.generate import segment_everything
from napari_samwise.segment.everything.target import Target, opened, read_finished
from napari_samwise.segment.tracking.carrier import Carrier
from napari_samwise.segment.tracking.lineage import Lineage, take_back_fleeting
from napari_samwise.segment.tracking.linking import link_into
from napari_samwise.segment.tracking.options import TrackingOptions
from napari_samwise.segment.tracking.owners import Owners
from napari_samwise.segment.tracking.sightings import Sightings
from napari_samwise.segment.tracking.starts import Starts, read_starts
from napari_samwise.segment.tracking.tracks import Graph, Tracks
from napari_samwise.segment.tracking.view import Movie
from napari_samwise.segment.tracking.watch import Watch

Found = tuple[Sightings, Graph]
OnFrame = Callable[[int, NDArray[np.int32]], None]


def track(
    image: Any,
    start: Mapping[int, Prompts] | Any | None = None,
    model: str | Path | SegmentationModel | Predictor = "nano",
    axes: str | None = None,
    *,
    intensity: Intensity | str = "auto",
    options: TrackingOptions | None = None,
    out: Any = None,
    on_frame: OnFrame | None = None,
    progress: Callable[[int, int], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> Tracks:
    """Follow objects through a movie from prompts or labels, with their divisions.

    On each frame an object is prompted with its last mask, moved to where it has probably gone;
    what the model offers is judged by predicted IoU, overlap and area. A pixel belongs to one
    object. An object given on several frames goes on from each of them, and divides on none
    before the last. Without a start, everything mode labels each frame and ``link_labels`` links
    them; volumes are labelled slice by slice, linked along Z, and then in time.

    Parameters
    ----------
    image : array-like or list of array-like
        `(T, Y, X)`, or with a channel axis anywhere; without a start also `(T, Z, Y, X)`. Lazy
        arrays (Dask, Zarr) are read plane by plane; planes whose longest side exceeds
        ``model.whole_px`` are encoded in frames where the objects are, and are not read at once.
        A list of arrays of falling size is a multiscale movie, the finest first.
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
    out : str or Path or array-like, optional
        A path that ends in .zarr, or an array of 32-bit or 64-bit integers (Zarr, a memory map),
        where labels go frame by frame as they are found, in place of what it holds. By default a
        new array in memory.
    on_frame : callable, optional
        Called with a frame's index and its labels `(Y, X)`, of volumes `(Z, Y, X)`, when they are
        found.
    progress : callable, optional
        Called with (done, total).
    should_stop : callable, optional
        Asked before each object and each frame of a plane.

    Returns
    -------
    Tracks
        Labels of the movie's shape without channels in which an object keeps its id, the graph of
        divisions, and a table. The labels are the array given as ``out``, or the zarr there.

    Raises
    ------
    ImageError, PromptError, InputError, ModelNameError
        If the image, its axes, the start, the model or ``out`` cannot be used.
    Cancelled
        If ``should_stop`` returned True.
    """
    levels = as_levels(image)
    named = time_axes(levels[0].shape, axes, with_volumes=start is None)
    shape = named.spatial_shape(levels[0].shape)
    chosen = TrackingOptions() if options is None else options
    if not isinstance(chosen, TrackingOptions):
        raise InputError(
            f"options must be TrackingOptions, got {type(chosen).__name__}; write "
            "TrackingOptions(max_gap=2)."
        )
    frames = shape[0]
    if start is None:
        watch = Watch("Linking", frames, on_frame=on_frame, should_stop=should_stop)

        def find(target: Target) -> Found:
            segment_everything(
                levels,
                model,
                named.names,
                intensity=intensity,
                out=target.array,
                link="Z" if "Z" in named.names else None,
                progress=progress,
                should_stop=should_stop,
            )
            return link_into(target, target.array, [1.0] * (len(shape) - 1), chosen, watch)

    else:
        starts = read_starts(start, (frames, shape[1], shape[2]))
        movie = Movie.open(levels, named, model, intensity, should_stop)
        passes = _passes(starts, chosen, frames)
        watch = Watch(
            "Tracking",
            sum(len(each.order) for each in passes),
            on_frame=on_frame,
            progress=progress,
            should_stop=should_stop,
        )

        def find(target: Target) -> Found:
            return _follow(movie, passes, max(starts.labels), target, watch)

    with opened(out, Axes(named.spatial), shape) as target:
        sightings, graph = find(target)
    return Tracks.from_sightings(read_finished(out, target), sightings, graph)


def time_axes(shape: tuple[int, ...], axes: str | None, *, with_volumes: bool = False) -> Axes:
    """Return the axes of a movie; a single stack axis that nobody named is time.

    Parameters
    ----------
    shape : tuple of int
        Of the image.
    axes : str or None
        What the user says they are.
    with_volumes : bool
        Whether frames may be volumes.

    Raises
    ------
    ImageError
        If they are not T, Y and X in this order, with or without channels and, where volumes
        can be taken, with Z.
    """
    named = infer_axes(shape) if axes is None else parse_axes(axes)
    if axes is None and named.spatial == "ZYX":
        named = Axes(named.names.replace("Z", "T"))
    named.validate(shape)
    if named.spatial == "TZYX" and not with_volumes:
        raise ImageError(
            "Objects that are given are carried through time in planes, got axes 'TZYX'; give no "
            "start to find and link everything, track one slice, or link labels of volumes with "
            "link_labels."
        )
    if named.spatial not in ("TYX", "TZYX"):
        raise ImageError(
            f"A movie needs the axes T, Y and X in this order, got {named.names!r} for shape "
            f"{tuple(shape)}; name them with axes='TYX'."
        )
    return named


@dataclass(frozen=True, slots=True)
class _Pass:
    """Once through the movie: which frames in which order, what is given, and how it is carried."""

    order: range
    starts: Starts
    options: TrackingOptions


def _passes(starts: Starts, options: TrackingOptions, frames: int) -> list[_Pass]:
    """Forward from the first start, then backward from the last of the first starts, if asked."""
    firsts = starts.first_frames
    begin = 0 if options.new_objects else min(firsts.values())
    passes = [_Pass(range(begin, frames), starts, options)]
    if options.backward:
        by_frame = {
            frame: {label: objects[label] for label in objects if firsts[label] == frame}
            for frame, objects in starts.by_frame.items()
        }
        alone = replace(options, divisions=False, new_objects=False)
        passes.append(_Pass(range(max(firsts.values()), -1, -1), Starts(by_frame), alone))
    return passes


def _follow(
    movie: Movie, passes: Sequence[_Pass], taken: int, target: Target, watch: Watch
) -> Found:
    """Carry objects through the movie and write each frame as it is found.

    Parameters
    ----------
    movie : Movie
        What is looked at.
    passes : sequence of _Pass
        At least one.
    taken : int
        The highest id that is in use.
    target : Target
        Takes the labels.
    watch : Watch
        Is told of each frame.
    """
    frames = movie.shape[0]
    for frame in range(frames):
        Owners(target, (frame,)).wipe()
    sightings, lineage = Sightings(), Lineage(taken)
    for each in passes:
        carrier = Carrier(movie, each.starts, sightings, lineage, each.options, watch.check)
        for frame in each.order:
            watch.check()
            owners = Owners(target, (frame,))
            carrier.step(frame, owners)
            owners.flush()
            watch.finish(frame, owners.whole)
    least = passes[0].options.least_daughter_frames
    graph = take_back_fleeting(sightings, lineage.graph, frames, least)
    sightings.repaint(target)
    return sightings, graph
