"""Label arrays of any kind: in memory, in chunks on disk, or the user's own."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_samwise.errors import Cancelled, InputError
from napari_samwise.plugin.label_chunks import ChunkedLabels
from napari_samwise.plugin.label_folder import make_arrays
from napari_samwise.plugin.label_pyramid import LabelPyramid
from napari_samwise.plugin.plane_limits import fits_memory

if TYPE_CHECKING:
    from collections.abc import Sequence

    from napari.layers import Labels

_BLOCK_PX = 2048
_NO_BRUSH = "napari's brush cannot paint in them."


def new_labels(shape: tuple[int, ...], path: Path, scale: Sequence[float]) -> Any:
    """Return labels that are all background: in memory if they fit there, else behind a path.

    Nothing is written before there is an object.
    """
    if fits_memory(shape):
        # napari maps 8- and 16-bit labels to colours on the GPU, and wider ones slowly before it.
        return np.zeros(shape, dtype=np.uint16)
    return ChunkedLabels(shape, lambda shapes: make_arrays(path, shapes, scale), path)


def labels_of(layer: Labels) -> Any:
    """Return what objects are written into, for a layer that shows it.

    Raises
    ------
    InputError
        If the layer's data cannot be written to.
    """
    levels = list(layer.data) if layer.multiscale else [layer.data]
    owner = getattr(levels[0], "owner", None)
    if isinstance(owner, LabelPyramid):
        return owner
    writeable = [_is_writeable(level) for level in levels]
    if not all(writeable):
        raise InputError(
            f"The data of layer '{layer.name}' ({type(levels[0]).__name__}) cannot be written to; "
            "choose labels in memory, in a zarr array or in a memory map opened for writing."
        )
    return LabelPyramid(levels) if layer.multiscale else levels[0]


def is_shown_by(labels: Any, layer: Labels) -> bool:
    """Tell whether a layer shows these labels."""
    if isinstance(labels, LabelPyramid):
        return bool(layer.multiscale) and layer.data[0] is labels.levels[0]
    return layer.data is labels


def layer_data(labels: Any) -> Any:
    """Return what a layer that shows these labels has for data."""
    return list(labels.levels) if isinstance(labels, LabelPyramid) else labels


def find_highest(labels: Any) -> int | None:
    """Return the highest label, None if all of a large array had to be read for it."""
    if isinstance(labels, ChunkedLabels):
        return labels.highest
    if 0 in labels.shape:
        return 0
    if type(labels) is np.ndarray or math.prod(labels.shape) <= _BLOCK_PX**2:
        return int(np.max(np.asarray(labels[...])))
    return None


def read_highest(labels: Any, should_stop: Callable[[], bool]) -> int:
    """Read labels of any size block by block and return the highest.

    Raises
    ------
    Cancelled
        If ``should_stop`` returned True.
    """
    shape = tuple(labels.shape)
    sides = (*[1] * (len(shape) - 2), _BLOCK_PX, _BLOCK_PX)
    spans = [range(0, n, side) for n, side in zip(shape, sides, strict=True)]
    highest = 0
    for corner in product(*spans):
        if should_stop():
            raise Cancelled("Reading the labels was stopped.")
        index = tuple(slice(at, at + side) for at, side in zip(corner, sides, strict=True))
        highest = max(highest, int(np.max(np.asarray(labels[index]))))
    return highest


def describe_labels(labels: Any) -> str:
    """Say what is special about labels that are not one array in memory; else nothing."""
    is_pyramid = isinstance(labels, LabelPyramid)
    if isinstance(labels, ChunkedLabels):
        place = "on disk" if labels.path is None else f"in {labels.path}"
        return f"Objects are kept {place}; {_NO_BRUSH}"
    return f"Objects have several resolutions; {_NO_BRUSH}" if is_pyramid else ""


def check_disk(labels: Any) -> None:
    """Say if what was changed earlier could not be written to disk; that is tried again.

    Raises
    ------
    InputError
        If so.
    """
    if isinstance(labels, ChunkedLabels):
        labels.chunks.check()


def is_blank(labels: Any) -> bool:
    """Tell whether there is no label at all, as far as that is known without reading much."""
    if isinstance(labels, ChunkedLabels):
        return labels.chunks.is_blank
    return type(labels) is np.ndarray and not labels.any()


def widen(labels: Any, label: int) -> Any:
    """Return labels that can hold an id; in memory others if these cannot.

    Raises
    ------
    InputError
        If these cannot and are not in memory.
    """
    highest = np.iinfo(labels.dtype).max
    if label <= highest:
        return labels
    if type(labels) is np.ndarray:
        return labels.astype(np.int32)
    raise InputError(
        f"The labels layer holds ids up to {highest}, of dtype {labels.dtype}; "
        "choose one of a wider dtype for the objects."
    )


def _is_writeable(array: Any) -> bool:
    if isinstance(array, np.ndarray):
        return bool(array.flags.writeable)
    # Dask takes assignments too, but keeps them for itself.
    is_lazy = hasattr(array, "dask") or getattr(array, "read_only", False)
    return hasattr(array, "__setitem__") and not is_lazy
