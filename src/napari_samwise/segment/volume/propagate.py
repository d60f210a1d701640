"""Objects in a volume from prompts on a few slices."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_samwise.intensity import Intensity
from napari_samwise.model.base import SegmentationModel
from napari_samwise.predictor.predictor import Predictor
from napari_samwise.prompts import Prompts
from napari_samwise.segment.volume.carrying import Carrying, OnSlice, Watch
from napari_samwise.segment.volume.ending import Ending
from napari_samwise.segment.volume.orientation import slice_distance
from napari_samwise.segment.volume.plan import Barriers, plan_objects
from napari_samwise.segment.volume.result import Volume
from napari_samwise.segment.volume.stack import open_stack

Scale = tuple[float, ...]


def segment_volume(
    image: Any,
    prompts: Mapping[int, Prompts],
    *,
    model: str | Path | SegmentationModel | Predictor = "nano",
    axes: str | None = None,
    along: str = "Z",
    barriers: Barriers | None = None,
    ending: Ending | None = None,
    intensity: Intensity | str = "auto",
    scale: Scale | None = None,
    on_slice: OnSlice | None = None,
    progress: Callable[[int, int], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> Volume:
    """Segment objects of a volume, each prompted on one slice or on several.

    From every prompted slice an object is carried to the next ones in both directions: a click
    into the core of the last mask, and of the model's candidates the one that the model is sure
    of and that overlaps most. It ends where its place no longer looks like it (``Ending``), at a
    barrier, or with the volume. Between two prompted slices both directions go through and are
    fused by signed distance, weighted by how near each prompted slice is.

    Parameters
    ----------
    image : array-like or list of array-like
        A volume, or a series of volumes or planes, of bool, integer or float; lazy arrays (Dask,
        Zarr) are read slice by slice, and only as far as the objects reach. Slices whose longest
        side exceeds ``model.whole_px`` are encoded in frames where the objects are, and are not
        read at once. A list of arrays of falling size is a multiscale image, the finest first.
    prompts : mapping of int to Prompts
        Label id -> prompts ``(..., y, x)`` in pixels, one coordinate for each axis that is not a
        channel. A box reaches through all slices between its corners. All prompts of one object
        lie at one place on axes other than ``along`` and the slices' own, such as one time point.
        Where objects overlap, the one that comes first keeps its pixels.
    model : str or Path or SegmentationModel or Predictor
        A name or path for ``load_model``, a loaded model, or a predictor with its store.
    axes : str, optional
        One letter for each axis of the image, such as ``"TZYX"``; guessed from the shape by
        default.
    along : str
        The axis from slice to slice. ``"Z"`` carries through planes of Y and X, ``"Y"`` through
        planes of Z and X, ``"X"`` through planes of Z and Y, ``"T"`` through time.
    barriers : mapping of int to iterable of int, optional
        Label -> slices that the object does not enter.
    ending : Ending, optional
        When an object ends.
    intensity : Intensity or str
        How values become 8 bits; a policy is resolved once for the whole image.
    scale : tuple of float, optional
        Size of a voxel along every axis but the channels, in any one unit.
    on_slice : callable, optional
        Called with (label, slice, mask `(Y, X)` bool, confidence) for all that is found, as it is
        found; for a slice between two prompted ones a second time when both directions have met.
    progress : callable, optional
        Called with (done, total), counted in slices to go through.
    should_stop : callable, optional
        Asked before each slice and each frame; if it returns True, what was found so far is
        returned.

    Returns
    -------
    Volume

    Raises
    ------
    ImageError, PromptError, ModelNameError
        If the image, its axes, the prompts or the model cannot be used.
    """
    opened = open_stack(image, model, axes, along, intensity, should_stop)
    stack = opened.stack
    plans = plan_objects(prompts, stack.axes, stack.step_axis, stack.spatial_shape, barriers or {})
    labels: NDArray[np.int32] = np.zeros(stack.spatial_shape, dtype=np.int32)
    carrying = Carrying(
        stack=stack,
        labels=labels,
        rank={plan.label: rank for rank, plan in enumerate(plans)},
        ending=ending or Ending(),
        slice_distance=slice_distance(scale, stack.axes, stack.axes.leading[stack.step_axis]),
        watch=Watch(on_slice, progress, should_stop),
    )
    complete = carrying.everything(plans)
    trusted = {plan.label: frozenset(plan.prompts) for plan in plans}
    rest = {plan.label: plan.rest for plan in plans}
    return Volume(labels, carrying.sorted_confidence(), trusted, rest, opened.along, complete)
