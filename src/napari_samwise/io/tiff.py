"""Read TIFF, OME-TIFF, ImageJ TIFF and slides with their axes, levels and pixel size."""

from __future__ import annotations

import struct
import weakref
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import tifffile

from napari_samwise.errors import ImageError
from napari_samwise.io.image_file import Stored
from napari_samwise.io.pixel_size import pixel_size_um
from napari_samwise.io.stored_array import StoredArray
from napari_samwise.io.unnamed_axes import may_be_channels

# tifffile's letters that mean what one of ours means.
_RENAMED = {"S": "C"}
# Names for the leading axes of a stack whose file does not name them, innermost first.
_STACK_AXES = "ZT"
_UNNAMED = "QI"
_MAX_IN_MEMORY = 2**27
"""Bytes up to which a compressed image is decoded at once: reading it twice would cost more."""


def read_tiff(path: Path) -> Stored:
    """Read the first series of a TIFF, with its coarser levels if it is a pyramid.

    Uncompressed data are memory-mapped; compressed ones are decoded into memory if they are
    small, and else block by block as they are asked for.

    Raises
    ------
    ImageError
        The file is no TIFF, is cut off, or is damaged.
    """
    try:
        return _read(path)
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


def _read(path: Path) -> Stored:
    file = tifffile.TiffFile(path)
    keep_open = False
    try:
        if not file.series:
            raise ImageError(f"'{path.name}' is a TIFF file without an image in it.")
        series = file.series[0]
        axes = name_axes(series.axes)
        sizes = pixel_size_um(file)
        if _is_ambiguous(series):
            axes = None
        if len(series.levels) == 1 and _may_be_mapped(series):
            return Stored(_map(path, series), axes, sizes)
        if len(series.levels) == 1 and series.nbytes <= _MAX_IN_MEMORY:
            return Stored(np.asarray(series.asarray()), axes, sizes)
        keep_open = True
        owner = _OpenFile()
        weakref.finalize(owner, file.close)
        count = len(series.levels)
        data, *coarser = (_open_level(series, path.name, i, owner) for i in range(count))
        return Stored(data, axes, sizes, tuple(a for a in coarser if a.ndim == data.ndim))
    finally:
        if not keep_open:
            file.close()


def _is_ambiguous(series: tifffile.TiffPageSeries) -> bool:
    """Tell whether an axis without a name is so short that it may hold channels."""
    unnamed = (n for n, axis in zip(series.shape, series.axes, strict=True) if axis in _UNNAMED)
    return any(may_be_channels(n) for n in unnamed)


def _may_be_mapped(series: tifffile.TiffPageSeries) -> bool:
    return series.dataoffset is not None and bool(series.keyframe.is_memmappable)


def _map(path: Path, series: tifffile.TiffPageSeries) -> np.ndarray:
    return np.memmap(
        path,
        dtype=series.dtype.newbyteorder(series.keyframe.parent.byteorder),
        mode="r",
        offset=series.dataoffset,
        shape=series.shape,
    )


class _OpenFile:
    """Lives as long as a level of a file that is read lazily; then the file is closed."""


def _open_level(
    series: tifffile.TiffPageSeries, name: str, level: int, owner: _OpenFile
) -> StoredArray:
    # Only large files need zarr, which takes a while to import.
    import zarr

    array: Any = zarr.open_array(series.aszarr(level=level), mode="r")
    return StoredArray(array, name, owner=owner)


def _one_line(error: Exception) -> str:
    return str(error).strip().split("\n")[0].rstrip(".")
