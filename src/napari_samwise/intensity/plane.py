"""Which arrays are images at all."""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_samwise.errors import ImageError

MIN_SIDE = 16


def validate_plane(image: Any) -> tuple[NDArray[Any], bool]:
    """Check one plane and load it.

    Parameters
    ----------
    image : array-like
        `(Y, X)` grey, `(Y, X, 3)` RGB or `(Y, X, 4)` RGBA; bool, integer or float; at least 16
        pixels on each side. Lazy arrays (Dask, Zarr) are loaded.

    Returns
    -------
    plane : ndarray
        The same values; the array itself where it already was one.
    rgb : bool
        Whether the last axis holds channels.

    Raises
    ------
    ImageError
        If it is none of these.
    """
    source = as_array(image)
    shape = tuple(int(n) for n in source.shape)
    rank = len(shape)
    rgb = rank == 3 and shape[-1] in (3, 4)
    if rank != 2 and not rgb:
        raise ImageError(
            f"A plane must have shape (Y, X), (Y, X, 3) or (Y, X, 4), got an array of rank {rank} "
            f"(shape {shape}); take one plane, or name the axes in segment(..., axes=)."
        )
    check_values(source)
    if min(shape[:2]) < MIN_SIDE:
        raise ImageError(
            f"A plane must have at least {MIN_SIDE} x {MIN_SIDE} pixels, got {shape[0]} x "
            f"{shape[1]}; crop less or enlarge the image."
        )
    return np.asarray(source), rgb


def as_array(image: Any) -> Any:
    """Return something with shape, NumPy dtype and slicing; lazy arrays are not loaded.

    Raises
    ------
    ImageError
        If it is no array at all, a path, a ragged sequence, or an array that is not in main memory.
    """
    if isinstance(image, str | PathLike):
        raise ImageError(
            f"An image must be an array, got the path {str(image)!r}; read the file first, for "
            "example with napari_samwise.io.read.read_image."
        )
    if image is None or isinstance(image, bytes | Mapping):
        raise ImageError(f"An image must be an array, got {type(image).__name__}.")
    if hasattr(image, "shape") and isinstance(getattr(image, "dtype", None), np.dtype):
        if not all(isinstance(side, int | np.integer) for side in image.shape):
            raise ImageError(
                f"The shape of an image must be known, got {image.shape}; of a dask array call "
                "compute_chunk_sizes() first."
            )
        return image
    try:
        return np.asarray(image)
    # A tensor of torch that needs gradients, or lies elsewhere, raises a RuntimeError.
    except (TypeError, ValueError, RuntimeError) as error:
        raise ImageError(
            f"An image must be a regular array in main memory, got a {type(image).__name__} that "
            "NumPy cannot read; convert it to a NumPy array first."
        ) from error


def check_values(source: Any) -> None:
    """Refuse an array without pixels, or whose values have no brightness.

    Parameters
    ----------
    source : array
        As :func:`as_array` returns it.

    Raises
    ------
    ImageError
        If it is empty, or the dtype is complex, text, dates, objects or a record.
    """
    if 0 in source.shape:
        raise ImageError(f"An image must have pixels, got an empty array of shape {source.shape}.")
    if source.dtype.kind == "c":
        raise ImageError(
            f"An image must have real values, got {source.dtype}; "
            "take np.abs(image) or its phase first."
        )
    if source.dtype.kind not in "biuf":
        raise ImageError(
            f"An image must be of bool, integer or float values, got dtype {source.dtype}; "
            "convert it with astype first."
        )
