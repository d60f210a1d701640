"""Where labels go: an array in memory, an array that the user brought, or a new zarr on disk."""

from __future__ import annotations

import errno
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_samwise.atomic import put_folder
from napari_samwise.errors import InputError
from napari_samwise.file_lock import is_taken
from napari_samwise.geometry.axes import Axes
from napari_samwise.geometry.roi import Roi
from napari_samwise.segment.planes import Position

_BLOCK_PX = 1024
_CHUNK_PX = 512
ZARR_SUFFIX = ".zarr"
PARTS_SUFFIX = ".parts"
_FULL = {errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)}
_UNFINISHED = "labels.zarr"
_LOCK = "lock"


@dataclass(frozen=True, slots=True)
class Target:
    """What labels are written into, block by block.

    Parameters
    ----------
    array : array-like
        Integer, of the image's shape without the channel axis.
    axes : Axes
        Names of the image's axes.
    is_empty : bool
        Whether it holds nothing but zeros, so that empty blocks need not be written.
    folder : Path or None
        Where parts that are done are kept; None for memory.
    """

    array: Any
    axes: Axes
    is_empty: bool
    folder: Path | None

    @property
    def block_px(self) -> int:
        """Side of the blocks: whole chunks, so that each chunk is written once."""
        chunks = getattr(self.array, "chunks", None)
        if not isinstance(chunks, tuple) or not all(isinstance(side, int) for side in chunks):
            return _BLOCK_PX
        side = int(np.lcm(*(chunks[axis] for axis in self.axes.plane)))
        return side * max(1, round(_BLOCK_PX / side))

    def write(self, position: Position, region: Roi, labels: NDArray[np.int32]) -> None:
        """Write a block `region.shape` of the plane at a position."""
        steps = iter(position)
        places = dict(zip("YX", region.slices, strict=True))
        index = tuple(places[n] if n in places else next(steps) for n in self.axes.spatial)
        y, x = self.axes.plane
        self.array[index] = labels if y < x else labels.T

    def clear(self, position: Position, plane_size: tuple[int, int], written: set[Roi]) -> None:
        """Empty the blocks of a plane that nothing was written into."""
        if self.is_empty:
            return
        side = self.block_px
        for corner in product(*(range(0, extent, side) for extent in plane_size)):
            block = Roi(corner, (side, side)).intersect(Roi((0, 0), plane_size))
            if block not in written:
                self.write(position, block, np.zeros(block.shape, dtype=np.int32))


@contextmanager
def opened(out: Any, axes: Axes, shape: Sequence[int]) -> Iterator[Target]:
    """Open what labels are written into.

    A new zarr lies in a folder beside its place, ``NAME.zarr.parts``, until all of it is written;
    what is finished when the block ends in an error stays there for the next time.

    Parameters
    ----------
    out : None, str, Path or array-like
        None makes an array in memory, a path that ends in .zarr a zarr on disk; into anything else
        labels are written.
    axes : Axes
        Names of the image's axes.
    shape : sequence of int
        Of the labels.

    Raises
    ------
    InputError
        If the array does not have that shape or no integers, the path is none of a zarr or
        cannot be written, or another run writes to it.
    """
    if out is None:
        yield Target(np.zeros(tuple(shape), dtype=np.int32), axes, True, None)
    elif isinstance(out, str | Path):
        path = Path(out)
        check_zarr_path(path)
        parts = parts_folder(path)
        with _owned(parts, path), _told_if_full(path):
            yield Target(_create(parts / _UNFINISHED, axes, shape), axes, True, parts)
            put_folder(parts / _UNFINISHED, path)
        shutil.rmtree(parts)
    else:
        _check_array(out, shape)
        if isinstance(out, np.ndarray) and not isinstance(out, np.memmap):
            yield Target(out, axes, False, None)
            return
        with tempfile.TemporaryDirectory(prefix="napari-samwise-") as folder:
            yield Target(out, axes, False, Path(folder))


@contextmanager
def _told_if_full(path: Path) -> Iterator[None]:
    """Say of a disk that is full what to do; other errors may be those of the image."""
    try:
        yield
    except OSError as error:
        if error.errno not in _FULL:
            raise
        raise InputError(
            f"'{path}' cannot be written: {error.strerror}; make room, and run it again to go on."
        ) from error


@contextmanager
def _owned(parts: Path, path: Path) -> Iterator[None]:
    """Keep the folder of a run to this one: two would empty each other's labels.

    Workers that only search shares of the parts need not own it.
    """
    try:
        parts.mkdir(exist_ok=True)
        lock = (parts / _LOCK).open("ab")
    except OSError as error:
        raise InputError(
            f"'{path}' cannot be written: {error.strerror or error}; choose another place."
        ) from error
    with lock as stream:
        if is_taken(stream):
            raise InputError(
                f"Another run writes to '{path}'; wait for it, or choose another name."
            )
        yield


def parts_folder(path: Path) -> Path:
    """Return the folder in which the parts of a zarr wait until it is finished."""
    return path.with_name(path.name + PARTS_SUFFIX)


def check_zarr_path(path: Path) -> None:
    """Refuse a path that no zarr can be written to, before the work is done.

    Raises
    ------
    InputError
        The suffix is another one, the folder does not exist, or something else is there.
    """
    if path.suffix.lower() != ZARR_SUFFIX:
        raise InputError(
            f"Labels on disk are a folder that ends in {ZARR_SUFFIX}, got '{path.name}'; change "
            "its suffix, or write the array that is returned."
        )
    if not path.absolute().parent.is_dir():
        raise InputError(f"There is no folder '{path.parent}'; make it, or choose another.")
    if path.exists() and not _holds_labels(path):
        raise InputError(f"'{path}' is there and holds no labels; choose another name.")


def read_finished(out: Any, target: Target) -> Any:
    """Return the labels: of a path, the zarr that lies there now."""
    if not isinstance(out, str | Path):
        return target.array
    import zarr

    return zarr.open_array(str(out), mode="r")


def _holds_labels(path: Path) -> bool:
    """Tell whether a folder is an array of labels or a multiscale label image."""
    import zarr

    try:
        node = zarr.open(str(path), mode="r")
    except (OSError, ValueError):
        return False
    if isinstance(node, zarr.Array):
        return np.dtype(node.dtype) == np.int32
    attributes = dict(node.attrs)
    told = attributes.get("ome", attributes)
    return isinstance(told, dict) and "image-label" in told


def _create(path: Path, axes: Axes, shape: Sequence[int]) -> Any:
    import zarr

    plane = [min(_CHUNK_PX, shape[axis]) for axis in axes.plane]
    chunks = [1] * len(shape)
    for axis, side in zip(axes.plane, plane, strict=True):
        chunks[axis] = side
    return zarr.create_array(
        store=str(path),
        shape=tuple(shape),
        chunks=tuple(chunks),
        dtype="int32",
        fill_value=0,
        dimension_names=[name.lower() for name in axes.spatial],
        overwrite=True,
    )


def _check_array(out: Any, shape: Sequence[int]) -> None:
    if isinstance(out, np.ndarray) and not out.flags.writeable:
        raise InputError("The array for the labels is read-only; give one that can be written to.")
    found = getattr(out, "shape", None)
    if found is None or tuple(found) != tuple(shape):
        raise InputError(
            f"The array for the labels must have the shape {tuple(shape)}, got {found}; a channel "
            "axis has no place in it."
        )
    if np.dtype(out.dtype).kind not in "iu" or np.dtype(out.dtype).itemsize < 4:
        raise InputError(
            f"The array for the labels must hold 32-bit or 64-bit integers, got {out.dtype}."
        )
