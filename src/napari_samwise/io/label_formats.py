"""One writer for each format that holds a label image as one file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import tifffile
from PIL import Image

from napari_samwise.label_ids import fit_ids

_OME_TYPES = (np.uint8, np.uint16, np.int32, np.uint32)
"""Integers of OME-TIFF, which has none of 64 bits; of equal width first what we make."""
_CLASSIC_BYTES = 2**32 - 2**25
"""What a TIFF that is no BigTIFF holds, with room for its metadata."""


def write_tiff(path: Path, array: np.ndarray, axes: str, scale: tuple[float, ...] | None) -> None:
    """Write an OME-TIFF, compressed, with pixel size.

    It is a BigTIFF where it would have to be one if nothing could be compressed.
    """
    metadata: dict[str, object] = {"axes": axes}
    for letter, size in zip(axes, scale or (), strict=False):
        if letter in "ZYX":
            metadata[f"PhysicalSize{letter}"] = size
            metadata[f"PhysicalSize{letter}Unit"] = "µm"
        # A time step of 1 stands for one that nobody told.
        elif letter == "T" and size != 1:
            metadata["TimeIncrement"] = size
            metadata["TimeIncrementUnit"] = "s"
    # Without a photometric, tifffile takes an axis of length 3 for colours.
    tifffile.imwrite(
        path,
        array,
        ome=True,
        # With compression tifffile does not choose by itself.
        bigtiff=array.nbytes > _CLASSIC_BYTES,
        compression="zlib",
        photometric="minisblack",
        metadata=metadata,
    )


def write_label_tiff(
    path: Path, labels: np.ndarray, axes: str, scale: tuple[float, ...] | None
) -> None:
    """Write labels as OME-TIFF, those of 64 bits in the smallest type that holds their ids.

    Raises
    ------
    InputError
        An id is negative, or too large for 32 bits.
    """
    types = _OME_TYPES if labels.dtype.itemsize > 4 else (labels.dtype,)
    write_tiff(path, fit_ids(labels, types, holder="A TIFF holds"), axes, scale)


def write_npy(path: Path, labels: np.ndarray, axes: str, scale: tuple[float, ...] | None) -> None:
    """Write NumPy's own format, which keeps neither axes nor pixel size.

    Raises
    ------
    InputError
        An id is negative.
    """
    np.save(path, fit_ids(labels, (labels.dtype,)), allow_pickle=False)


def write_png(path: Path, labels: np.ndarray, axes: str, scale: tuple[float, ...] | None) -> None:
    """Write `(Y, X)` as 16-bit grey.

    Raises
    ------
    InputError
        An id is negative or does not fit.
    """
    advice = "renumber them, or write a .tif instead"
    fitting = fit_ids(labels, (np.uint16,), holder="A PNG holds", advice=advice)
    Image.fromarray(fitting).save(path)
