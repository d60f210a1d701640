"""From what a user gives to slices that can be loaded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from napari_samwise.geometry.axes import infer_axes, parse_axes
from napari_samwise.intensity import Intensity, resolve_intensity
from napari_samwise.intensity.mapping import MINMAX_PER_TILE
from napari_samwise.model.base import SegmentationModel
from napari_samwise.predictor.plane_source import as_levels
from napari_samwise.predictor.predictor import Predictor
from napari_samwise.segment.volume.orientation import turn_axes
from napari_samwise.segment.volume.slices import SliceStack


@dataclass(frozen=True, slots=True, eq=False)
class OpenStack:
    """A stack, and what its axis is called in the image.

    Parameters
    ----------
    stack : SliceStack
        The slices.
    along : str
        The axis from slice to slice, as the image names it.
    """

    stack: SliceStack
    along: str


def open_stack(
    image: Any,
    model: str | Path | SegmentationModel | Predictor,
    axes: str | None,
    along: str,
    intensity: Intensity | str,
    should_stop: Callable[[], bool] | None,
) -> OpenStack:
    """Prepare an image for going through it slice by slice; see ``segment_volume``.

    Raises
    ------
    ImageError, ModelNameError
        If the image, its axes or the model cannot be used.
    """
    levels = as_levels(image)
    source = levels[0]
    named = infer_axes(source.shape) if axes is None else parse_axes(axes)
    named.validate(source.shape)
    turned = turn_axes(named, along)
    if not isinstance(intensity, Intensity):
        rgb = named.channel is not None and source.shape[named.channel] > 1
        intensity = resolve_intensity(source, intensity, rgb=rgb, axes=named)
    grey = intensity
    if intensity.policy == MINMAX_PER_TILE:
        grey = resolve_intensity(source, "auto", rgb=intensity.rgb, axes=named)
    letter = along.upper()
    axis = named.spatial.index(letter)
    predictor = model if isinstance(model, Predictor) else Predictor(model)
    step_axis = turned.leading.index(axis)
    stack = SliceStack(levels, turned, step_axis, predictor, intensity, grey, should_stop)
    return OpenStack(stack, letter)
