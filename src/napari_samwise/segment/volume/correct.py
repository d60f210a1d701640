"""A correction on one slice, carried as far as it matters and no farther."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_samwise.errors import Cancelled, ImageError, PromptError
from napari_samwise.geometry.boxed_mask import BoxedMask
from napari_samwise.intensity import Intensity
from napari_samwise.model.base import SegmentationModel
from napari_samwise.predictor.predictor import Predictor
from napari_samwise.prompts import Prompts
from napari_samwise.segment.volume.appearance import Appearance
from napari_samwise.segment.volume.carrying import Carrying, OnSlice, Watch, find_anchor
from napari_samwise.segment.volume.course import Anchor, Course
from napari_samwise.segment.volume.ending import Ending
from napari_samwise.segment.volume.found import Found
from napari_samwise.segment.volume.opened_slice import Slice
from napari_samwise.segment.volume.orientation import slice_distance
from napari_samwise.segment.volume.patch import Correction, Patch
from napari_samwise.segment.volume.plan import check_barriers
from napari_samwise.segment.volume.result import Volume
from napari_samwise.segment.volume.slices import SliceStack
from napari_samwise.segment.volume.stack import open_stack
from napari_samwise.whole_numbers import check_whole


def correct_volume(
    image: Any,
    volume: Volume,
    label: int,
    corrections: Mapping[int, Correction],
    *,
    model: str | Path | SegmentationModel | Predictor = "nano",
    axes: str | None = None,
    barriers: Iterable[int] = (),
    ending: Ending | None = None,
    intensity: Intensity | str = "auto",
    scale: tuple[float, ...] | None = None,
    on_slice: OnSlice | None = None,
    progress: Callable[[int, int], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> Volume:
    """Correct an object on some slices, and carry the correction to the slices it concerns.

    In each direction that is as far as the nearest trusted slice, one with prompts or an earlier
    correction, with which it is fused; where there is none, as far as something changes.

    Parameters
    ----------
    image : array-like
        What ``segment_volume`` was given.
    volume : Volume
        What it returned. Its labels are changed in place.
    label : int
        The object.
    corrections : mapping of int to Prompts or ndarray
        Slice -> two-dimensional prompts, which refine the mask that is there; or the right mask
        itself, `(Y, X)` bool, such as was painted.
    barriers : iterable of int
        Slices that the object does not enter.
    model, axes, ending, intensity, scale, on_slice, progress, should_stop
        See ``segment_volume``.

    Returns
    -------
    Volume
        With the same labels array.

    Raises
    ------
    PromptError
        If the volume has no such object, or a correction cannot be used.
    ImageError, ModelNameError
        If the image, its axes or the model cannot be used.
    """
    if not isinstance(volume, Volume):
        raise PromptError(
            f"What is corrected is a Volume that segment_volume returned, got "
            f"{type(volume).__name__}."
        )
    stack = open_stack(image, model, axes, volume.along, intensity, should_stop).stack
    if stack.spatial_shape != volume.labels.shape:
        raise ImageError(
            f"The image must be that of the volume, of shape {volume.labels.shape}, got "
            f"{stack.spatial_shape}."
        )
    barred = check_barriers(barriers, stack.count)
    corrections = _check(volume, label, corrections, barred, stack)
    patch = Patch(stack, volume.labels, label, volume.rest[label])
    try:
        anchors = _find_anchors(patch, corrections, volume.trusted[label])
    except Cancelled:
        return replace(volume, complete=False)
    first, last = min(anchors), max(anchors)
    shut = barred
    if first not in corrections:
        shut |= {first - 1}
    if last not in corrections:
        shut |= {last + 1}
    course = Course(label, volume.rest[label], anchors, shut)
    confidence = dict(volume.confidence[label])
    carrying = Carrying(
        stack=stack,
        labels=volume.labels,
        rank={label: 0},
        ending=ending or Ending(),
        slice_distance=slice_distance(scale, stack.axes, stack.axes.leading[stack.step_axis]),
        watch=Watch(on_slice, progress, should_stop),
        confidence={label: confidence},
    )

    def report(course: Course, index: int, found: Found, is_final: bool) -> bool:
        differs = not is_final or patch.replace(index, found)
        carrying.tell(course, index, found, is_final)
        return differs or course.gap_around(index) is not None

    for index in corrections:
        report(course, index, anchors[index].found, True)
    complete = carrying.carry([course], report)
    if complete:
        ends = patch.beyond(confidence, first in corrections, last in corrections)
        for index in ends | {at for at in confidence if _is_shut_off(at, first, last, barred)}:
            patch.erase(index)
            del confidence[index]
    return replace(
        volume,
        confidence={**volume.confidence, **carrying.sorted_confidence()},
        trusted={**volume.trusted, label: volume.trusted[label] | frozenset(corrections)},
        complete=complete,
    )


def _find_anchors(
    patch: Patch, corrections: Mapping[int, Correction], trusted: frozenset[int]
) -> dict[int, Anchor]:
    """Return what is known: the corrections, and the trusted slices between and beside them."""
    others = {at for at in trusted - set(corrections) if patch.mask(at).area}
    low = max((at for at in others if at < min(corrections)), default=min(corrections))
    high = min((at for at in others if at > max(corrections)), default=max(corrections))
    anchors = {}
    for index in sorted(set(corrections) | {at for at in others if low <= at <= high}):
        here = patch.stack.load(patch.rest, index)
        correction = corrections.get(index)
        if isinstance(correction, Prompts):
            anchors[index] = _refine(here, patch.mask(index), correction, index)
            continue
        mask = patch.mask(index) if correction is None else BoxedMask.from_mask(correction)
        found = Found(mask, 1.0, 1.0, "prompted")
        anchors[index] = Anchor(found, Appearance.of(here, mask))
    return anchors


def _refine(here: Slice, earlier: BoxedMask, correction: Prompts, index: int) -> Anchor:
    """Decode a correction together with the mask that it corrects."""
    is_refined = correction.mask is None and earlier.area > 0
    anchor = find_anchor(here, correction, earlier if is_refined else None)
    if anchor is None:
        raise PromptError(
            f"The model finds nothing on slice {index} for this correction; "
            "give another point, or the mask itself."
        )
    return anchor


def _is_shut_off(index: int, first: int, last: int, barriers: frozenset[int]) -> bool:
    """Tell whether a barrier lies between a slice and all that is known."""
    return any(index <= at < first or last < at <= index for at in barriers)


def _check(
    volume: Volume,
    label: int,
    corrections: Mapping[int, Correction],
    barriers: frozenset[int],
    stack: SliceStack,
) -> dict[int, Correction]:
    """Return the corrections by whole numbers, masks as arrays, if all of them can be used."""
    if label not in volume.confidence:
        raise PromptError(
            f"The volume has no object {label!r}; it has {sorted(volume.confidence)}."
        )
    if not isinstance(corrections, Mapping) or not corrections:
        raise PromptError("No correction is given; write {slice: Prompts(points=[(y, x)])}.")
    if barriers & set(corrections):
        raise PromptError(
            f"There are both a correction and a barrier on {sorted(barriers & set(corrections))}; "
            "a barrier is a slice that the object does not enter."
        )
    checked: dict[int, Correction] = {}
    for at, correction in corrections.items():
        index = check_whole("A slice", at, 0, error=PromptError)
        if index >= stack.count:
            raise PromptError(f"There is no slice {index}; the slices are 0 to {stack.count - 1}.")
        if isinstance(correction, Prompts):
            correction.check_inside(stack.slice_size)
            checked[index] = correction
        else:
            checked[index] = _check_mask(correction, index, stack.slice_size)
    return checked


def _check_mask(mask: Any, index: int, size: tuple[int, int]) -> NDArray[np.bool_]:
    """Return a mask as an array; numbers would be taken for indices later."""
    inside = np.asarray(mask)
    if inside.dtype != bool:
        raise PromptError(
            f"The correction of slice {index} must be Prompts or a bool mask, got "
            f"{type(mask).__name__} of {inside.dtype}; write mask > 0."
        )
    if inside.shape != size or not inside.any():
        raise PromptError(
            f"A mask for slice {index} must have the slice's size {size} and an inside, got "
            f"{inside.shape} with {int(np.count_nonzero(inside))} pixels."
        )
    return inside
