"""Showing an object in the viewer: its slice, its place, its label."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from napari_samwise.geometry.roi import Roi
from napari_samwise.plugin.stacks.scene import show_slice, to_viewer
from napari_samwise.plugin.view import position_on

if TYPE_CHECKING:
    from napari.components import ViewerModel
    from napari.layers import Labels


def show_object(viewer: ViewerModel, layer: Labels, box: Roi) -> None:
    """Move the sliders to slices of an object, and the camera if it is not all in view.

    Parameters
    ----------
    viewer : ViewerModel
        The viewer.
    layer : Labels
        The layer that the object is in.
    box : Roi
        Where it lies in the layer's data.
    """
    missing = viewer.dims.ndim - layer.ndim
    displayed = [axis - missing for axis in viewer.dims.displayed if axis >= missing]
    hidden = [axis for axis in range(layer.ndim) if axis not in displayed]
    here = np.rint(layer.world_to_data(position_on(layer, viewer.dims)))
    for axis in hidden:
        if not box.offset[axis] <= here[axis] < box.end[axis]:
            show_slice(viewer, layer, axis, box.offset[axis] + box.shape[axis] // 2)
    if not _is_in_view(layer, box, displayed):
        middle = np.add(box.offset, np.subtract(box.shape, 1) / 2)
        # Since napari 0.9 the camera belongs to the scene.
        camera = getattr(viewer, "scene", viewer).camera
        camera.center = tuple(to_viewer(layer, viewer.dims, middle)[displayed])


def _is_in_view(layer: Labels, box: Roi, displayed: Sequence[int]) -> bool:
    """Tell whether the canvas shows the whole box."""
    first, last = np.asarray(layer.corner_pixels, dtype=np.float64)[:, list(displayed)]
    if layer.multiscale:
        factors = np.asarray(layer.downsample_factors[layer.data_level])[list(displayed)]
        first, last = first * factors, (last + 1) * factors - 1
    offset, end = (np.asarray(each)[list(displayed)] for each in (box.offset, box.end))
    return bool(np.all(first <= offset) and np.all(end - 1 <= last))
