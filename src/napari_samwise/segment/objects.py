"""Objects from prompts: an image and what the user said about each object, to labels."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from napari_samwise.errors import Cancelled, PromptError
from napari_samwise.geometry.axes import Axes, infer_axes, parse_axes
from napari_samwise.geometry.boxed_mask import BoxedMask
from napari_samwise.intensity import Intensity, resolve_intensity
from napari_samwise.model.base import SegmentationModel
from napari_samwise.predictor.framed import FramedPlane
from napari_samwise.predictor.framed_mask import FramedMask
from napari_samwise.predictor.plane_source import PlaneSource, as_levels
from napari_samwise.predictor.predictor import Predictor
from napari_samwise.prompts import Prompts
from napari_samwise.segment.everything.target import opened, read_finished
from napari_samwise.segment.paint_object import paint
from napari_samwise.segment.planes import Position, read_plane, split_by_plane

Plan = dict[Position, list[tuple[int, Prompts]]]
Decode = Callable[[Prompts], BoxedMask | FramedMask]


def segment(
    image: Any,
    prompts: Mapping[int, Prompts],
    *,
    model: str | Path | SegmentationModel | Predictor = "nano",
    axes: str | None = None,
    intensity: Intensity | str = "auto",
    frame_px: int | None = None,
    out: Any = None,
    progress: Callable[[int, int], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> Any:
    """Segment prompted objects, in every plane that carries prompts.

    Of each prompt's candidates the one with the highest predicted IoU is taken. Where objects
    overlap, the one that comes first in ``prompts`` keeps its pixels.

    Planes too large for the model to see at once are encoded in overlapping frames, only where
    prompts need them, and are never read whole.

    Parameters
    ----------
    image : array-like or list of array-like
        Planes, volumes or series of bool, integer or float; lazy arrays (Dask, Zarr) are read
        plane by plane, and only the planes with prompts. A list of arrays of falling size is a
        multiscale image, the finest level first.
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
    frame_px : int, optional
        Side of a frame, a multiple of 64; with it every plane is encoded in frames, by default
        those whose longest side exceeds ``model.whole_px``.
    out : str or Path or array-like, optional
        A path that ends in .zarr, where labels are written, or an integer array (Zarr, a memory
        map) to write into, of which only the boxes around objects are touched; what it holds
        keeps its pixels. By default a new array in memory.
    progress : callable, optional
        Called with (done, total), counted in objects on planes.
    should_stop : callable, optional
        Asked before each object on each plane, and before each frame.

    Returns
    -------
    ndarray or array-like
        int32, the image's shape without the channel axis; 0 is background. The array given as
        ``out``, or the zarr at that path.

    Raises
    ------
    ImageError, PromptError, ModelNameError, InputError
        If the image, its axes, the prompts, the model, the frames or ``out`` cannot be used.
    Cancelled
        If ``should_stop`` returned True.
    """
    levels = as_levels(image)
    source = levels[0]
    named = infer_axes(source.shape) if axes is None else parse_axes(axes)
    spatial_shape = named.spatial_shape(source.shape)
    if not isinstance(intensity, Intensity):
        rgb = named.channel is not None and source.shape[named.channel] > 1
        intensity = resolve_intensity(source, intensity, rgb=rgb, axes=named)
    plan = _plan(prompts, named, spatial_shape)
    predictor = model if isinstance(model, Predictor) else Predictor(model)

    total = sum(len(objects) for objects in plan.values())
    reader = _Reader(levels, named, predictor, intensity, frame_px, should_stop)
    with opened(out, named, spatial_shape) as target:
        for done, (position, label, mask) in enumerate(reader.decode(plan), 1):
            paint(target, position, mask, label)
            if progress is not None:
                progress(done, total)
    return read_finished(out, target)


@dataclass(frozen=True, slots=True, eq=False)
class _Reader:
    """How planes are read and encoded; the fields are the parameters of ``segment``."""

    levels: Sequence[Any]
    axes: Axes
    predictor: Predictor
    intensity: Intensity
    frame_px: int | None
    should_stop: Callable[[], bool] | None

    def decode(self, plan: Plan) -> Iterator[tuple[Position, int, BoxedMask | FramedMask]]:
        """Yield (position, label, mask) one by one; each plane is opened once."""
        total, done = sum(len(objects) for objects in plan.values()), 0
        for position, objects in plan.items():
            decode: Decode | None = None
            for label, flat in objects:
                if self.should_stop is not None and self.should_stop():
                    raise Cancelled(f"Segmentation was stopped after {done} of {total} masks.")
                decode = decode or self._open(position)
                try:
                    mask = decode(flat)
                except PromptError as error:
                    raise PromptError(f"Object {label}: {error}") from error
                yield position, label, mask
                done += 1

    def _open(self, position: Position) -> Decode:
        """Return what decodes prompts on one plane: read whole, or in frames."""
        shape = self.axes.spatial_shape(self.levels[0].shape)
        longest = max(shape[axis] for axis in self.axes.plane)
        if self.frame_px is None and longest <= self.predictor.model.whole_px:
            plane = read_plane(self.levels[0], self.axes, position)
            embedding = self.predictor.encode(plane, intensity=self.intensity)
            return lambda prompts: BoxedMask.from_mask(
                self.predictor.decode(embedding, prompts, keep=1).masks[0]
            )
        source = PlaneSource(self.levels, self.axes, position)
        framed = FramedPlane(self.predictor, source, self.intensity, frame_px=self.frame_px)
        stop = self.should_stop
        return lambda prompts: framed.decode(prompts, keep=1, should_stop=stop).outlines[0]


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
        check_object(label, of_object)
        try:
            planes = split_by_plane(of_object, axes, spatial_shape)
        except PromptError as error:
            raise PromptError(f"Object {label}: {error}") from error
        for position, flat in planes.items():
            plan.setdefault(position, []).append((int(label), flat))
    return dict(sorted(plan.items()))


def check_object(label: object, of_object: object) -> None:
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
