"""napari's writers of label layers, by the suffix of the path."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from napari_samwise.errors import InputError, SamwiseError
from napari_samwise.io.export import export_labels
from napari_samwise.io.image_file import ImageFile
from napari_samwise.plugin.layer_files import name_axes, sizes_in
from napari_samwise.plugin.layer_geometry import geometry_of


def write_labels_layer(path: str, data: Any, attributes: Mapping[str, Any]) -> list[str]:
    """Write labels, the polygons or masks of their objects, or measurements.

    Parameters
    ----------
    path : str
        Its suffix says what; see ``export_labels``.
    data : array-like or sequence of arrays
        The labels; of several resolutions the finest is written.
    attributes : mapping
        Of the layer, as napari tells them.

    Returns
    -------
    list of str
        The path that was written.

    Raises
    ------
    SamwiseError
        The format cannot hold these labels, or the place cannot be written to.
    """
    # A multiscale layer gives its levels, whatever kind of sequence they are in.
    labels = data if hasattr(data, "dtype") and not attributes.get("multiscale") else data[0]
    ndim = len(labels.shape)
    axes = name_axes(attributes.get("axis_labels"), ndim)
    scale = attributes.get("scale", (1.0,) * ndim)
    sizes = sizes_in(axes, attributes.get("units"), scale)
    name = str(attributes.get("name", "labels"))
    geometry = geometry_of(attributes, labels.shape)
    file = ImageFile(labels, axes, sizes, name, geometry=geometry)
    try:
        export_labels(Path(path), file)
    except InputError as error:
        # napari takes a ValueError for "this plugin does not write such files".
        raise SamwiseError(str(error)) from error
    return [path]
