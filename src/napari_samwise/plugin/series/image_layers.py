"""The layers of an image that was read from a file: its channels and its objects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_samwise.geometry.axes import Axes
from napari_samwise.io.image_file import ImageFile
from napari_samwise.plugin.labels import layer_data
from napari_samwise.plugin.layer_geometry import note_geometry
from napari_samwise.plugin.layers import TRANSFORM
from napari_samwise.plugin.objects_layer import make_table
from napari_samwise.plugin.overview_layer import overview_levels
from napari_samwise.plugin.roles import Role, mark
from napari_samwise.plugin.segmented_object import SegmentedObject
from napari_samwise.plugin.series.opened import Channel, Opened
from napari_samwise.plugin.source_file import note_file

if TYPE_CHECKING:
    from napari.components import ViewerModel
    from napari.layers import Image

_UNITS = {"Z": "um", "Y": "um", "X": "um", "T": "s"}


def add_layers(viewer: ViewerModel, opened: Opened) -> list[Image]:
    """Show every channel of an image as a layer, and return these."""
    images = [make_layer(opened, index) for index in range(len(opened.channels))]
    for image in images:
        viewer.add_layer(image)
    return images


def add_objects(
    viewer: ViewerModel, image: Image, labels: Any, objects: Mapping[int, SegmentedObject]
) -> None:
    """Show labels as the objects of an image, which a workspace will find and write into.

    Parameters
    ----------
    viewer : ViewerModel
        Where the image is.
    image : Image
        Its layer.
    labels : array-like
        Of the image's shape.
    objects : mapping of int to SegmentedObject
        What is known of them.
    """
    from napari.layers import Labels

    transform = {name: getattr(image, name) for name in TRANSFORM}
    layer = Labels(
        layer_data(labels),
        name=Role.OBJECTS.value,
        features=make_table(objects),
        opacity=0.6,
        **transform,
    )
    mark(layer, Role.OBJECTS, image)
    viewer.add_layer(layer)


def make_layer(opened: Opened, index: int = 0) -> Image:
    """Return an image layer with the axes and the pixel size of the file, and its path."""
    image = show_channel(opened.file, opened.channels, index)
    note_file(image, opened.path, index if len(opened.channels) > 1 else None)
    return image


def show_channel(file: ImageFile, channels: Sequence[Channel], index: int = 0) -> Image:
    """Return an image layer of one channel, with the axes and the pixel size of the image."""
    from napari.layers import Image

    channel, count = channels[index], len(channels)
    axes = Axes(file.axes).spatial
    levels = _levels(channel, axes)
    image = Image(
        levels if len(levels) > 1 else levels[0],
        name=file.name if count == 1 else f"{file.name}, channel {index}",
        rgb=channel.rgb,
        multiscale=len(levels) > 1,
        contrast_limits=channel.limits,
        axis_labels=tuple(axes.lower()),
        blending="translucent" if index == 0 else "additive",
        **_transform(file.scale, axes),
    )
    note_geometry(image, file.geometry, channel.source.shape)
    return image


def _levels(channel: Channel, axes: str) -> list[Any]:
    """Return the levels to show; a large plane on disk that has one gets coarser ones."""
    data = channel.levels[0]
    if len(channel.levels) > 1 or isinstance(data, np.ndarray) or len(axes) > 2:
        return list(channel.levels)
    return overview_levels(data, rgb=channel.rgb)


def _transform(scale: tuple[float, ...] | None, axes: str) -> dict[str, Any]:
    if scale is None:
        return {}
    # An axis of which nobody told the size has size 1 and no unit.
    units = tuple(_UNITS.get(name, "pixel") for name in axes)
    return {"scale": scale, "units": units}
