"""napari's readers: images that it does not read itself, and journals of Samwise."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from napari_samwise.io.read import is_image
from napari_samwise.io.suffix import is_zarr
from napari_samwise.plugin.journal_layers import read_journal_layers
from napari_samwise.plugin.layers import TRANSFORM
from napari_samwise.plugin.series.image_layers import make_layer
from napari_samwise.plugin.series.opened import open_image

LayerData = tuple[Any, dict[str, Any], str]
Read = Callable[[Any], list[LayerData]]


def get_image_reader(path: str | list[str]) -> Read | None:
    """Return a reader for OME-Zarr, medical images and DICOM folders; None for anything else.

    Parameters
    ----------
    path : str or list of str
        What is to be opened; several are not stacked.
    """
    if isinstance(path, list) or not Path(path).exists() or not is_image(Path(path)):
        return None
    return read_image_layers


def get_journal_reader(path: str | list[str]) -> Read | None:
    """Return a reader for a journal."""
    return None if isinstance(path, list) else read_journal_layers


def read_image_layers(path: str) -> list[LayerData]:
    """Open an image lazily: each channel a layer, with axes, pixel size and units of the file.

    Raises
    ------
    ImageError
        It cannot be read, or its axes are unclear.
    """
    opened = open_image(Path(path))
    layers = [make_layer(opened, index) for index in range(len(opened.channels))]
    tuples = [layer.as_layer_data_tuple() for layer in layers]
    if is_zarr(Path(path)) and _holds_labels(Path(path)):
        return [_as_labels(*each) for each in tuples]
    return tuples


def _holds_labels(path: Path) -> bool:
    # Zarr takes a while to import.
    from napari_samwise.io.ome_zarr_labels import holds_labels

    return holds_labels(path)


def _as_labels(data: Any, attributes: dict[str, Any], kind: str) -> LayerData:
    kept = {key: attributes[key] for key in ("name", *TRANSFORM, "metadata", "multiscale")}
    return data, kept, "labels"
