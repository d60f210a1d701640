"""Read an image by what its name says it is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from napari_samwise.errors import ImageError
from napari_samwise.geometry.axes import Axes, parse_axes
from napari_samwise.io.image_file import ImageFile, Stored
from napari_samwise.io.medical import (
    MEDICAL_SUFFIXES,
    is_dicom_folder,
    read_dicom_series,
    read_volume,
)
from napari_samwise.io.raster import read_npy, read_raster
from napari_samwise.io.suffix import is_zarr, kind_suffix
from napari_samwise.io.tiff import read_tiff
from napari_samwise.io.unnamed_axes import guess_axes


def read_image(path: str | Path, axes: str | None = None) -> ImageFile:
    """Open an image; large ones are read only where they are sliced.

    Parameters
    ----------
    path : str or Path
        A TIFF, PNG, JPEG, NumPy, NIfTI, NRRD, MetaImage or DICOM file, or a folder that is an
        OME-Zarr image or a DICOM series.
    axes : str, optional
        One letter per axis, e.g. ``"TZYX"``; by default what the file says, else a guess from
        the shape where only one is likely.

    Returns
    -------
    ImageFile
        The pixels, the axes' names, the pixel size, and coarser levels where there are any.

    Raises
    ------
    ImageError
        There is no such file, it is not what its suffix says, or its axes are unclear.
    """
    path = Path(path)
    if not path.exists():
        raise ImageError(f"There is no file at '{path}'; check the path.")
    try:
        stored = _choose_reader(path)(path)
    except OSError as error:
        raise ImageError(f"'{path}' cannot be read: {error.strerror or error}.") from error
    shape = tuple(stored.data.shape)
    if 0 in shape:
        raise ImageError(f"'{path.name}' holds no pixels: its shape is {shape}.")
    named = _choose_axes(shape, axes, stored.axes, path.name)
    sizes = stored.sizes
    scale = None if sizes is None else tuple(sizes.get(name, 1.0) for name in named.spatial)
    # A user who renames the axes of a volume says that they are not the patient's.
    geometry = stored.geometry if named.names == stored.axes else None
    return ImageFile(stored.data, named.names, scale, path.name, stored.coarser, geometry)


def is_image(path: Path) -> bool:
    """Tell by its name, or of a folder by what it holds, whether a path is one image."""
    if not path.is_dir():
        return kind_suffix(path) in _READERS
    return is_zarr(path) or is_dicom_folder(path)


def _choose_reader(path: Path) -> Callable[[Path], Stored]:
    if path.is_dir():
        return _choose_folder_reader(path)
    reader = _READERS.get(kind_suffix(path))
    if reader is None:
        known = ", ".join(IMAGE_SUFFIXES)
        kind = f"the suffix '{path.suffix}'" if path.suffix else "no suffix"
        raise ImageError(
            f"'{path.name}' has {kind}, but images are read from {known}, OME-Zarr and DICOM "
            "folders; save it as one of these."
        )
    return reader


def _choose_folder_reader(path: Path) -> Callable[[Path], Stored]:
    if is_zarr(path):
        # Zarr takes a while to import, and most images are files.
        from napari_samwise.io.ome_zarr_read import read_ome_zarr

        return read_ome_zarr
    if is_dicom_folder(path):
        return read_dicom_series
    raise ImageError(
        f"'{path}' is a folder, and neither an OME-Zarr image nor a DICOM series; "
        "give the path of one image in it."
    )


def _choose_axes(shape: tuple[int, ...], asked: str | None, stored: str | None, name: str) -> Axes:
    """Return the user's axes, else the file's, else a guess from the shape."""
    if asked is None and stored is None:
        return guess_axes(shape, name)
    axes = parse_axes(asked or stored or "")
    # Any number of channels can be read; what the encoder takes is checked where it is chosen.
    if axes.ndim != len(shape):
        axes.validate(shape)
    return axes


_READERS: dict[str, Callable[[Path], Stored]] = {
    **dict.fromkeys((".tif", ".tiff", ".btf", ".tf8", ".svs", ".ndpi"), read_tiff),
    **dict.fromkeys((".png", ".jpg", ".jpeg"), read_raster),
    ".npy": read_npy,
    **dict.fromkeys((*MEDICAL_SUFFIXES, ".mhd", ".dcm"), read_volume),
}

IMAGE_SUFFIXES = tuple(_READERS)
"""What the files that are read end in, in lower case."""
