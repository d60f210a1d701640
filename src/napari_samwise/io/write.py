"""Write label images that keep axes and pixel size, and pictures; whole or not at all."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import tifffile
from PIL import Image

from napari_samwise.errors import InputError
from napari_samwise.io.atomic import replacing

_UINT16_MAX = np.iinfo(np.uint16).max


def write_labels(
    path: str | Path,
    labels: np.ndarray,
    axes: str,
    scale: tuple[float, ...] | None = None,
) -> None:
    """Write a label image, whole or not at all.

    Parameters
    ----------
    path : str or Path
        Ends in .tif or .tiff (OME-TIFF, zlib, every rank), .npy, or .png (two axes, ids up to
        65535, written as 16-bit grey).
    labels : ndarray
        Integer ids, 0 is background.
    axes : str
        One letter per axis of ``labels``, e.g. ``"ZYX"``.
    scale : tuple of float, optional
        Pixel size along every axis, micrometres; kept by TIFF alone.

    Raises
    ------
    InputError
        The suffix is unknown, a PNG cannot hold these labels, or the place cannot be written to.
    """
    path = Path(path)
    check_labels_path(path)
    if len(axes) != labels.ndim:
        raise InputError(
            f"Labels of shape {labels.shape} need one letter per axis; got axes '{axes}'."
        )
    with replacing(path) as temporary:
        _WRITERS[path.suffix.lower()](temporary, labels, axes, scale)


def write_image(path: Path, image: np.ndarray, axes: str) -> None:
    """Write a grey image as OME-TIFF.

    Parameters
    ----------
    path : Path
        Ends in .tif.
    image : ndarray
        Integer or float.
    axes : str
        One letter per axis, without ``C``.

    Raises
    ------
    InputError
        The place cannot be written to.
    """
    with replacing(path) as temporary:
        _write_tiff(temporary, image, axes, None)


def write_picture(path: Path, picture: np.ndarray) -> None:
    """Write a `(Y, X, 3)` uint8 picture as PNG.

    Raises
    ------
    InputError
        The place cannot be written to.
    """
    with replacing(path) as temporary:
        Image.fromarray(picture).save(temporary)


def check_labels_path(path: str | Path) -> None:
    """Refuse a path that labels cannot be written to, before the work is done.

    Raises
    ------
    InputError
        The suffix is unknown or the folder does not exist.
    """
    path = Path(path)
    if path.suffix.lower() not in _WRITERS:
        raise InputError(
            f"Labels are written as {', '.join(_WRITERS)}; got '{path.name}': change its suffix."
        )
    if not path.parent.is_dir():
        raise InputError(f"There is no folder '{path.parent}'; make it, or choose another.")


def _write_tiff(path: Path, array: np.ndarray, axes: str, scale: tuple[float, ...] | None) -> None:
    metadata: dict[str, object] = {"axes": axes}
    for letter, size in zip(axes, scale or (), strict=False):
        if letter in "ZYX":
            metadata[f"PhysicalSize{letter}"] = size
            metadata[f"PhysicalSize{letter}Unit"] = "µm"
    # Without a photometric, tifffile takes an axis of length 3 for colours.
    tifffile.imwrite(
        path, array, ome=True, compression="zlib", photometric="minisblack", metadata=metadata
    )


def _write_npy(path: Path, labels: np.ndarray, axes: str, scale: tuple[float, ...] | None) -> None:
    np.save(path, labels, allow_pickle=False)


def _write_png(path: Path, labels: np.ndarray, axes: str, scale: tuple[float, ...] | None) -> None:
    if labels.ndim != 2 or labels.max(initial=0) > _UINT16_MAX:
        raise InputError(
            f"A PNG holds two axes and ids up to {_UINT16_MAX}; got axes '{axes}' and ids up to "
            f"{labels.max(initial=0)}: write a .tif instead."
        )
    Image.fromarray(labels.astype(np.uint16)).save(path)


_WRITERS: dict[str, Callable[[Path, np.ndarray, str, tuple[float, ...] | None], None]] = {
    ".tif": _write_tiff,
    ".tiff": _write_tiff,
    ".npy": _write_npy,
    ".png": _write_png,
}
