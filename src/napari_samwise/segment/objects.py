"""Objects from prompts: an image and what the user said about each object, to labels."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_samwise.errors import Cancelled, PromptError
from napari_samwise.geometry.axes import Axes, infer_axes, parse_axes
from napari_samwise.intensity import Intensity, resolve_intensity
from napari_samwise.intensity.plane import as_array
from napari_samwise.model.base import SegmentationModel
from napari_samwise.predictor.predictor import Predictor
from napari_samwise.prompts import Prompts
from napari_samwise.segment.planes import Position, label_plane, read_plane, split_by_plane

Plan = dict[Position, list[tuple[int, Prompts]]]


def segment(
    image: Any,
    prompts: Mapping[int, Prompts],
    *,
    model: str | Path | SegmentationModel | Predictor = "nano",
    axes: str | None = None,
    intensity: Intensity | str = "auto",
    progress: Callable[[int, int], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> NDArray[np.int32]:
    """Segment prompted objects, in every plane that carries prompts.

    Of each prompt's candidates the one with the highest predicted IoU is taken. Where objects
    overlap, the one that comes first in ``prompts`` keeps its pixels.

    Parameters
    ----------
    image : array-like
        Planes, volumes or series of bool, integer or float; lazy arrays (Dask, Zarr) are read
        plane by plane, and only the planes with prompts.
    prompts : mapping of int to Prompts
        Label id -> the prompts of that object, ``(..., y, x)`` in pixels, one coordinate for each
        axis that is not a channel.
    model : str or Path or SegmentationModel or Predictor
        A name or path for ``load_model``, a loaded model, or a predictor with its store.
    axes : str, optional
        One letter for each axis of the image, such as ``"TZYX"`` or ``"YXC"``; guessed from the
        shape by default.
    intensity : Intensity or str
        How values become 8 bits; a policy is resolved once for the whole image.
    progress : callable, optional
        Called with (done, total), counted in objects on planes.
    should_stop : callable, optional
        Asked before each object on each plane.

    Returns
    -------
    ndarray
        int32, the image's shape without the channel axis; 0 is background.

    Raises
    ------
    ImageError, PromptError, ModelNameError
        If the image, its axes, the prompts or the model cannot be used.
    Cancelled
        If ``should_stop`` returned True.
    """
    source = as_array(image)
    named = infer_axes(source.shape) if axes is None else parse_axes(axes)
    spatial_shape = named.spatial_shape(source.shape)
    if not isinstance(intensity, Intensity):
        rgb = named.channel is not None and source.shape[named.channel] > 1
        intensity = resolve_intensity(source, intensity, rgb=rgb, axes=named)
    plan = _plan(prompts, named, spatial_shape)
    predictor = model if isinstance(model, Predictor) else Predictor(model)

    labels = np.zeros(spatial_shape, dtype=np.int32)
    total = sum(len(objects) for objects in plan.values())
    masks = _decode_plan(source, named, plan, predictor, intensity)
    for done in range(total):
        if should_stop is not None and should_stop():
            raise Cancelled(f"Segmentation was stopped after {done} of {total} masks.")
        position, label, mask = next(masks)
        target = label_plane(labels, named, position)
        target[mask & (target == 0)] = label
        if progress is not None:
            progress(done + 1, total)
    return labels


def _decode_plan(
    image: Any, axes: Axes, plan: Plan, predictor: Predictor, intensity: Intensity
) -> Iterator[tuple[Position, int, NDArray[np.bool_]]]:
    """Yield (position, label, mask `(Y, X)`) one by one; each plane is loaded and encoded once."""
    for position, objects in plan.items():
        plane = read_plane(image, axes, position)
        embedding = predictor.encode(plane, intensity=intensity)
        for label, flat in objects:
            yield position, label, predictor.decode(embedding, flat, keep=1).masks[0]


def _plan(prompts: Mapping[int, Prompts], axes: Axes, spatial_shape: tuple[int, ...]) -> Plan:
    """Return what to decode on each plane, planes in order, objects in the order given."""
    if not isinstance(prompts, Mapping):
        raise PromptError(
            f"Prompts must be a mapping of label id to Prompts, got {type(prompts).__name__}; "
            "write {1: Prompts(points=[(y, x)])}."
        )
    if not prompts:
        raise PromptError("No prompt is given; add at least one object with a point or a box.")
    plan: Plan = {}
    for label, of_object in prompts.items():
        _check_object(label, of_object)
        try:
            planes = split_by_plane(of_object, axes, spatial_shape)
        except PromptError as error:
            raise PromptError(f"Object {label}: {error}") from error
        for position, flat in planes.items():
            plan.setdefault(position, []).append((int(label), flat))
    return dict(sorted(plan.items()))


def _check_object(label: object, of_object: object) -> None:
    """Refuse ids that no int32 label image can hold, and prompts that are none."""
    whole = isinstance(label, int | np.integer) and not isinstance(label, bool)
    if not whole or not 0 < int(label) <= np.iinfo(np.int32).max:  # type: ignore[call-overload]
        raise PromptError(
            f"A label id must be a whole number from 1 to 2147483647, got {label!r}; "
            "0 is the background."
        )
    if not isinstance(of_object, Prompts):
        raise PromptError(
            f"Object {label} needs Prompts, got {type(of_object).__name__}; "
            "write Prompts(points=[(y, x)])."
        )
