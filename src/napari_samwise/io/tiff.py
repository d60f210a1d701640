"""Read TIFF, OME-TIFF and ImageJ TIFF with their axes."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import tifffile

from napari_samwise.errors import ImageError
from napari_samwise.io.pixel_size import pixel_size_um

# tifffile's letters that mean what one of ours means.
_RENAMED = {"S": "C"}
# Names for the leading axes of a stack whose file does not name them, innermost first.
_STACK_AXES = "ZT"


def read_tiff(path: Path) -> tuple[np.ndarray, str | None, Mapping[str, float] | None]:
    """Read the first series of a TIFF at full resolution.

    Uncompressed data are memory-mapped, the rest is decoded into memory.

    Returns
    -------
    data : ndarray
        As stored, axes of length one dropped.
    axes : str or None
        One letter per axis of ``data``; None where the file's axes cannot be named.
    sizes : mapping of str to float or None
        Micrometres per pixel by axis, as far as the file tells them.

    Raises
    ------
    ImageError
        The file is no TIFF, is cut off, or is damaged.
    """
    try:
        with tifffile.TiffFile(path) as file:
            if not file.series:
                raise ImageError(f"'{path.name}' is a TIFF file without an image in it.")
            series = file.series[0]
            return _read_series(path, series), name_axes(series.axes), pixel_size_um(file)
    except ImageError:
        raise
    except (tifffile.TiffFileError, struct.error, zlib.error, EOFError) as error:
        raise ImageError(
            f"'{path.name}' is not a readable TIFF file; "
            "check that it is whole and of the kind its suffix says."
        ) from error
    # A damaged file surfaces as whatever its first wrong number breaks in the decoders.
    except (ValueError, KeyError, IndexError, TypeError, RuntimeError) as error:
        raise ImageError(
            f"'{path.name}' cannot be decoded as TIFF ({_one_line(error)}); "
            "save it again as a plain TIFF."
        ) from error


def name_axes(stored: str) -> str | None:
    """Turn tifffile's axis letters into ours.

    ``S`` (samples) becomes ``C``; leading axes that the file does not name become ``Z``, then
    ``T``, counted from the plane outwards.

    Returns
    -------
    str or None
        None where that leaves an axis without a name of its own.
    """
    letters = [_RENAMED.get(letter, letter) for letter in stored]
    free = [letter for letter in _STACK_AXES if letter not in letters]
    for i in reversed(range(len(letters))):
        if letters[i] not in "TZCYX":
            if not free:
                return None
            letters[i] = free.pop(0)
    named = "".join(letters)
    unique = len(set(named)) == len(named)
    return named if unique and {"Y", "X"} <= set(named) else None


def _read_series(path: Path, series: tifffile.TiffPageSeries) -> np.ndarray:
    if series.dataoffset is not None and series.keyframe.is_memmappable:
        return np.memmap(
            path,
            dtype=series.dtype.newbyteorder(series.keyframe.parent.byteorder),
            mode="r",
            offset=series.dataoffset,
            shape=series.shape,
        )
    return np.asarray(series.asarray())


def _one_line(error: Exception) -> str:
    return str(error).strip().split("\n")[0].rstrip(".")
