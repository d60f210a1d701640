"""One writer for each format that holds a label image as one file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import tifffile
from PIL import Image

from napari_samwise.errors import InputError

_UINT16_MAX = np.iinfo(np.uint16).max


def write_tiff(path: Path, array: np.ndarray, axes: str, scale: tuple[float, ...] | None) -> None:
    """Write an OME-TIFF, compressed, with pixel size; a BigTIFF where it must be one."""
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
        path, array, ome=True, compression="zlib", photometric="minisblack", metadata=metadata
    )


def write_npy(path: Path, labels: np.ndarray, axes: str, scale: tuple[float, ...] | None) -> None:
    """Write NumPy's own format, which keeps neither axes nor pixel size."""
    np.save(path, labels, allow_pickle=False)


def write_png(path: Path, labels: np.ndarray, axes: str, scale: tuple[float, ...] | None) -> None:
    """Write `(Y, X)` as 16-bit grey.

    Raises
    ------
    InputError
        Ids do not fit.
    """
    if labels.max(initial=0) > _UINT16_MAX:
        raise InputError(
            f"A PNG holds ids up to {_UINT16_MAX}, got {labels.max()}; write a .tif instead."
        )
    Image.fromarray(labels.astype(np.uint16)).save(path)
