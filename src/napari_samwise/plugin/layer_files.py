"""Layers as the functions that write files take them: axes by letter, sizes in micrometres."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_samwise.geometry.axes import Axes
from napari_samwise.io.export import export_labels
from napari_samwise.io.image_file import ImageFile
from napari_samwise.io.medical import MEDICAL_SUFFIXES
from napari_samwise.io.read import read_image
from napari_samwise.io.suffix import kind_suffix
from napari_samwise.io.units import in_micrometres, in_seconds
from napari_samwise.io.volume_geometry import VolumeGeometry
from napari_samwise.plugin.counted import counted
from napari_samwise.plugin.source_file import file_of
from napari_samwise.plugin.stacks.scene import voxel_sizes

if TYPE_CHECKING:
    from napari.layers import Image, Labels

# Of layers whose axes have no names, see ``infer_axes``; Q is any other axis, as in TIFF.
_USUAL = "VPQTZYX"


def labels_file(layer: Labels, labels: Any = None) -> ImageFile:
    """Return a label layer as a file of labels.

    Parameters
    ----------
    layer : Labels
        The layer.
    labels : array-like, optional
        Its pixels; by default the layer's finest level.
    """
    if labels is None:
        labels = layer.data[0] if layer.multiscale else layer.data
    axes = name_axes(layer.axis_labels, layer.ndim)
    return ImageFile(labels, axes, sizes_in(axes, layer.units, voxel_sizes(layer)), layer.name)


def image_file(layer: Image) -> ImageFile:
    """Return an image layer as an image file, its colours as axis ``C``."""
    data, *coarser = layer.data if layer.multiscale else [layer.data]
    axes = name_axes(layer.axis_labels, layer.ndim)
    scale = sizes_in(axes, layer.units, voxel_sizes(layer))
    path = file_of(layer)
    name = layer.name if path is None else path.name
    return ImageFile(data, axes + "C" * bool(layer.rgb), scale, name, tuple(coarser))


def name_axes(axis_labels: Sequence[str] | None, ndim: int) -> str:
    """Return one letter for each axis of a layer.

    Parameters
    ----------
    axis_labels : sequence of str or None
        What the layer calls them; used if each is a letter of its own, with Y and X among them.
        C becomes Q, since labels have no channels.
    ndim : int
        Number of axes.
    """
    names = "".join(axis_labels or ()).upper().replace("C", "Q")
    is_named = len(names) == ndim == len(set(names)) and names.isascii() and names.isalpha()
    return names if is_named and {"Y", "X"} <= set(names) else _USUAL[-ndim:]


def sizes_in(
    axes: str, units: Sequence[object] | None, scale: Sequence[float]
) -> tuple[float, ...] | None:
    """Return pixel sizes in micrometres, of T in seconds; None if no axis has a unit of length.

    Parameters
    ----------
    axes : str
        One letter per axis.
    units : sequence or None
        Of the layer; an axis without one has size 1.
    scale : sequence of float
        Pixel size in these units.
    """
    factors = [
        in_seconds(unit) if axis == "T" else in_micrometres(unit)
        for axis, unit in zip(axes, units or ("pixel",) * len(axes), strict=True)
    ]
    if all(f is None for f, axis in zip(factors, axes, strict=True) if axis in "ZYX"):
        return None
    return tuple(
        1.0 if factor is None else abs(float(size)) * factor
        for factor, size in zip(factors, scale, strict=True)
    )


def geometry_for(source: Path | None, target: Path) -> VolumeGeometry | None:
    """Return where an image lies in the patient, for a target that can keep it.

    Parameters
    ----------
    source : Path or None
        The image's file, which is read once more.
    target : Path
        What is to be written.

    Raises
    ------
    ImageError
        If the file cannot be read any more.
    """
    if source is None or kind_suffix(target) not in MEDICAL_SUFFIXES:
        return None
    has_one = source.is_dir() or kind_suffix(source) in (*MEDICAL_SUFFIXES, ".mhd", ".dcm")
    return read_image(source).geometry if has_one else None


def write_objects(
    path: Path, labels: ImageFile, image: ImageFile | None, source: Path | None
) -> str:
    """Write labels, or what the suffix of the path says of them, and say so in a sentence.

    Parameters
    ----------
    path : Path
        See ``export_labels``.
    labels : ImageFile
        The labels.
    image : ImageFile or None
        The image that they belong to, of the same shape but for its colours.
    source : Path or None
        The file of the image.

    Raises
    ------
    InputError
        The format is unknown or cannot hold them, or the place cannot be written to.
    """
    # Labels that the user has chosen may have other names for the same axes.
    axes = labels.axes if image is None else Axes(image.axes).spatial
    placed = replace(labels, axes=axes, geometry=geometry_for(source, path))
    count = export_labels(path, placed, image)
    return f"{'Labels' if count is None else counted(count)} written to {path}."


def snapshot(labels: Any) -> Any:
    """Return labels to be read in a worker: a copy if they are in memory and go on changing."""
    return labels.copy() if isinstance(labels, np.ndarray) else labels
