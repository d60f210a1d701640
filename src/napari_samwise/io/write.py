"""Write label images that keep axes, pixel size and geometry, and pictures; whole or not at all."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from napari_samwise.atomic import replacing
from napari_samwise.errors import InputError
from napari_samwise.io.label_formats import write_label_tiff, write_npy, write_png, write_tiff
from napari_samwise.io.medical import MEDICAL_SUFFIXES, check_volume, write_volume
from napari_samwise.io.ome_zarr_metadata import OmeZarrVersion
from napari_samwise.io.suffix import is_zarr, kind_suffix
from napari_samwise.io.volume_geometry import VolumeGeometry

_ZARR, _PNG = ".zarr", ".png"
_WRITERS: dict[str, Callable[[Path, np.ndarray, str, tuple[float, ...] | None], None]] = {
    ".tif": write_label_tiff,
    ".tiff": write_label_tiff,
    ".npy": write_npy,
    _PNG: write_png,
}

LABEL_SUFFIXES = (*_WRITERS, _ZARR, *MEDICAL_SUFFIXES)
"""What label images are written as."""


def write_labels(
    path: str | Path,
    labels: Any,
    axes: str,
    scale: tuple[float, ...] | None = None,
    *,
    geometry: VolumeGeometry | None = None,
    ome_zarr: OmeZarrVersion = "0.5",
) -> None:
    """Write a label image, whole or not at all.

    Parameters
    ----------
    path : str or Path
        Ends in .tif or .tiff (OME-TIFF, zlib, every rank), .zarr (OME-Zarr with levels), .nii,
        .nii.gz, .nrrd or .mha, .npy, or .png (two axes, ids up to 65535, written as 16-bit
        grey). ``image.zarr/labels/name`` puts the labels into an OME-Zarr image.
    labels : array
        Integer ids, 0 is background.
    axes : str
        One letter per axis of ``labels``, e.g. ``"ZYX"``.
    scale : tuple of float, optional
        Pixel size along every axis, micrometres, of T seconds; PNG and NumPy do not keep it.
    geometry : VolumeGeometry, optional
        Of the image, for the medical formats.
    ome_zarr : str
        Version of OME-Zarr; within an image that of the image.

    Raises
    ------
    InputError
        The suffix is unknown, the format cannot hold these labels, or the place cannot be
        written to.
    """
    path = Path(path)
    check_labels_path(path)
    if len(axes) != len(labels.shape):
        raise InputError(
            f"Labels of shape {labels.shape} need one letter per axis; got axes '{axes}'."
        )
    check_labels_fit(path, axes)
    suffix = kind_suffix(path)
    if suffix == _ZARR or _is_inside_image(path):
        from napari_samwise.io.ome_zarr_labels import write_zarr_labels

        write_zarr_labels(path, labels, axes, scale, version=ome_zarr)
        return
    whole = np.asarray(labels)
    with replacing(path) as temporary:
        if suffix in MEDICAL_SUFFIXES:
            write_volume(temporary, whole, axes, scale, geometry)
        else:
            _WRITERS[suffix](temporary, whole, axes, scale)


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
        write_tiff(temporary, image, axes, None)


def write_picture(path: Path, picture: np.ndarray) -> None:
    """Write a `(Y, X, 3)` uint8 picture as PNG.

    Raises
    ------
    InputError
        The place cannot be written to.
    """
    with replacing(path) as temporary:
        Image.fromarray(picture).save(temporary)


def check_labels_path(path: str | Path, image: str | Path | None = None) -> None:
    """Refuse a path that labels cannot be written to, before the work is done.

    Parameters
    ----------
    path : str or Path
        Where labels are to go.
    image : str or Path, optional
        What they are made of.

    Raises
    ------
    InputError
        The suffix is unknown, the folder does not exist, or an image would be replaced.
    """
    path = Path(path)
    if image is not None and path.exists() and Path(image).exists() and path.samefile(image):
        raise InputError(f"'{path}' is the image itself; choose another name for its labels.")
    inside = _is_inside_image(path)
    if path.exists() and (inside or kind_suffix(path) == _ZARR):
        from napari_samwise.io.ome_zarr_labels import holds_labels

        if not holds_labels(path):
            raise InputError(f"'{path}' is there and is no label image; choose another name.")
    if inside:
        return
    if kind_suffix(path) not in LABEL_SUFFIXES:
        raise InputError(
            f"Labels are written as {', '.join(LABEL_SUFFIXES)}; got '{path.name}': change its "
            "suffix."
        )
    if not path.parent.is_dir():
        raise InputError(f"There is no folder '{path.parent}'; make it, or choose another.")


def check_labels_fit(path: str | Path, axes: str) -> None:
    """Refuse a path whose format cannot hold labels of such axes, before the work is done.

    Parameters
    ----------
    path : str or Path
        As for ``check_labels_path``.
    axes : str
        One letter per axis of the labels.

    Raises
    ------
    InputError
        The format holds other axes, or its library is missing.
    """
    path = Path(path)
    suffix = kind_suffix(path)
    if suffix in MEDICAL_SUFFIXES:
        check_volume(path, axes)
    elif suffix == _PNG and len(axes) != 2:
        raise InputError(f"'{path.name}' can hold the axes YX, got '{axes}'; write a .tif instead.")


def _is_inside_image(path: Path) -> bool:
    """Tell whether a path is a label image ``image.zarr/labels/name`` of an image that exists."""
    return path.parent.name == "labels" and is_zarr(path.parent.parent)
