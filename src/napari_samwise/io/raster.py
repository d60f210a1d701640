"""Read pictures (PNG, JPEG) and NumPy's own files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from napari_samwise.errors import ImageError
from napari_samwise.io.image_file import Stored

# Pillow's modes whose channels are no grey, RGB or RGBA, and what shows the same picture.
_PLAIN_MODES = {"P": "RGB", "PA": "RGBA", "LA": "L", "La": "L", "CMYK": "RGB", "YCbCr": "RGB"}


def read_raster(path: Path) -> Stored:
    """Read a PNG or JPEG.

    Raises
    ------
    ImageError
        It is none, or damaged.
    """
    try:
        with Image.open(path) as picture:
            mode = _PLAIN_MODES.get(picture.mode)
            pixels = np.asarray(picture.convert(mode) if mode else picture)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise ImageError(
            f"'{path.name}' is not a readable {path.suffix.lower()[1:].upper()} image; "
            "check that the file is whole and of the kind its suffix says."
        ) from error
    return Stored(pixels, "YX" if pixels.ndim == 2 else "YXC")


def read_npy(path: Path) -> Stored:
    """Map a NumPy file into memory.

    Raises
    ------
    ImageError
        It is none, or holds objects.
    """
    try:
        return Stored(np.load(path, mmap_mode="r", allow_pickle=False))
    except (ValueError, EOFError) as error:
        raise ImageError(
            f"'{path.name}' is not a NumPy file of plain numbers; "
            "write it again with numpy.save from an array that has no object dtype."
        ) from error
