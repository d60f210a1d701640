"""Read an image file by its suffix."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
from PIL import Image

from napari_samwise.errors import ImageError
from napari_samwise.geometry.axes import Axes, infer_axes, parse_axes
from napari_samwise.io.image_file import ImageFile
from napari_samwise.io.tiff import read_tiff

# Pixels, axes and micrometres by axis, the last two only where the file tells them.
_Stored = tuple[np.ndarray, str | None, Mapping[str, float] | None]

# Pillow's modes whose channels are no grey, RGB or RGBA, and what shows the same picture.
_PLAIN_MODES = {"P": "RGB", "PA": "RGBA", "LA": "L", "La": "L", "CMYK": "RGB", "YCbCr": "RGB"}


def read_image(path: str | Path, axes: str | None = None) -> ImageFile:
    """Read a TIFF, PNG, JPEG or NumPy file.

    Parameters
    ----------
    path : str or Path
        A file that ends in .tif, .tiff, .png, .jpg, .jpeg or .npy.
    axes : str, optional
        One letter per axis, e.g. ``"TZYX"``; by default what the file says, else a guess from
        the shape.

    Returns
    -------
    ImageFile
        The pixels, the axes' names and the pixel size.

    Raises
    ------
    ImageError
        There is no such file, it is not what its suffix says, or its axes are unclear.
    """
    path = Path(path)
    if not path.exists():
        raise ImageError(f"There is no file at '{path}'; check the path.")
    if path.is_dir():
        raise ImageError(f"'{path}' is a folder; give the path of one image in it.")
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        known = ", ".join(_READERS)
        raise ImageError(
            f"'{path.name}' has the suffix '{path.suffix}', but images are read from {known}; "
            "save it as one of these."
        )
    try:
        data, stored_axes, sizes = reader(path)
    except OSError as error:
        raise ImageError(f"'{path}' cannot be read: {error.strerror or error}.") from error
    if data.size == 0:
        raise ImageError(f"'{path.name}' holds no pixels: its shape is {data.shape}.")
    named = _choose_axes(data.shape, axes, stored_axes)
    scale = None if sizes is None else tuple(sizes.get(name, 1.0) for name in named.spatial)
    return ImageFile(data, named.names, scale, path.name)


def _choose_axes(shape: tuple[int, ...], asked: str | None, stored: str | None) -> Axes:
    """Return the user's axes, else the file's, else a guess from the shape."""
    if asked is None and stored is None:
        return infer_axes(shape)
    axes = parse_axes(asked or stored or "")
    # Any number of channels can be read; what the encoder takes is checked where it is chosen.
    if axes.ndim != len(shape):
        axes.validate(shape)
    return axes


def _read_raster(path: Path) -> _Stored:
    try:
        with Image.open(path) as picture:
            mode = _PLAIN_MODES.get(picture.mode)
            return np.asarray(picture.convert(mode) if mode else picture), None, None
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise ImageError(
            f"'{path.name}' is not a readable {path.suffix.lower()[1:].upper()} image; "
            "check that the file is whole and of the kind its suffix says."
        ) from error


def _read_npy(path: Path) -> _Stored:
    try:
        return np.load(path, mmap_mode="r", allow_pickle=False), None, None
    except (ValueError, EOFError) as error:
        raise ImageError(
            f"'{path.name}' is not a NumPy file of plain numbers; "
            "write it again with numpy.save from an array that has no object dtype."
        ) from error


_READERS: dict[str, Callable[[Path], _Stored]] = {
    ".tif": read_tiff,
    ".tiff": read_tiff,
    ".png": _read_raster,
    ".jpg": _read_raster,
    ".jpeg": _read_raster,
    ".npy": _read_npy,
}
