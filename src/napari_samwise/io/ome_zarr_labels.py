"""Write labels as OME-Zarr, whole or block by block, with coarser levels."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import zarr

from napari_samwise.atomic import replacing_folder
from napari_samwise.errors import InputError
from napari_samwise.io.ome_zarr_metadata import (
    ZARR_FORMATS,
    OmeZarrVersion,
    check_axes,
    label_attributes,
)
from napari_samwise.io.suffix import is_zarr
from napari_samwise.label_ids import as_int32

CHUNK_PX = 1024
"""Sides of a chunk; write blocks that begin and end at multiples of it, one writer each."""

_TOP_PX = 512


@contextmanager
def writing_labels(
    path: Path,
    shape: Sequence[int],
    axes: str,
    scale: Sequence[float] | None = None,
    *,
    version: OmeZarrVersion = "0.5",
) -> Iterator[zarr.Array[Any]]:
    """Give an array on disk to be filled with labels; it becomes a multiscale label image.

    The coarser levels and the metadata are written when the block ends well. Until then nothing
    is at `path`, or what was there before. A path `image.zarr/labels/name` lists the labels with
    the image.

    Parameters
    ----------
    path : Path
        A folder that does not exist, or holds labels that are to be replaced.
    shape : sequence of int
        Of the labels.
    axes : str
        One letter per axis, in the order of OME-Zarr.
    scale : sequence of float, optional
        Pixel size along every axis, micrometres.
    version : str
        Of OME-Zarr.

    Yields
    ------
    zarr.Array
        int32, zero; chunks of 1 x ... x 1024 x 1024.

    Raises
    ------
    InputError
        The axes are in another order, something else is at `path`, or it cannot be written.
    """
    check_axes(axes)
    within = _image_around(path)
    if within is not None:
        version = _version_of(within)
        zarr.open_group(path.parent, mode="a", zarr_format=ZARR_FORMATS[version])
    with replacing_folder(path, holds_labels) as folder:
        zarr.open_group(folder, mode="w", zarr_format=ZARR_FORMATS[version])
        finest = _create_level(folder, 0, shape, axes)
        yield finest
        source = None if within is None else "../../"
        _finish(folder, finest, axes, scale, path.stem, source)
    if within is not None:
        _list_labels(path.parent, path.name)


def make_multiscale(path: Path, axes: str, scale: Sequence[float] | None = None) -> None:
    """Turn a Zarr array of labels into a multiscale label image at the same path.

    The array is moved, not copied.

    Parameters
    ----------
    path : Path
        The array.
    axes, scale
        See :func:`writing_labels`.

    Raises
    ------
    InputError
        The axes are in another order, there is no array, or the place cannot be written to.
    """
    check_axes(axes)
    array = zarr.open(path, mode="r")
    if not isinstance(array, zarr.Array):
        raise InputError(f"'{path}' is no Zarr array of labels; write its finest level first.")
    with replacing_folder(path, lambda _: True, old_as="0") as folder:
        zarr.open_group(folder, mode="w", zarr_format=array.metadata.zarr_format)
        _finish(folder, array, axes, scale, path.stem, None)


def _finish(
    folder: Path,
    finest: zarr.Array[Any],
    axes: str,
    scale: Sequence[float] | None,
    name: str,
    source: str | None,
) -> None:
    """Add coarser levels and metadata to a group.

    A level takes every second pixel of the level before it along Y and X.
    """
    steps = [1]
    level = finest
    while max(level.shape[axes.index(axis)] for axis in "YX") > _TOP_PX:
        level = _halve(folder, level, len(steps), axes)
        steps.append(2 * steps[-1])
    group = zarr.open_group(folder, mode="a")
    version: OmeZarrVersion = "0.4" if group.metadata.zarr_format == 2 else "0.5"
    group.attrs.update(label_attributes(axes, scale, steps, name, version, source))


def write_zarr_labels(
    path: Path,
    labels: np.ndarray,
    axes: str,
    scale: Sequence[float] | None = None,
    *,
    version: OmeZarrVersion = "0.5",
) -> None:
    """Write labels that are in memory, or lazy; see :func:`writing_labels`.

    Raises
    ------
    InputError
        As of that, or an id is negative or too large.
    """
    with writing_labels(path, labels.shape, axes, scale, version=version) as array:
        for block in _blocks(array.shape, array.chunks):
            array[block] = as_int32(np.asarray(labels[block]))


def _create_level(folder: Path, level: int, shape: Sequence[int], axes: str) -> zarr.Array[Any]:
    group = zarr.open_group(folder, mode="a")
    old = group.metadata.zarr_format == 2
    return zarr.create_array(
        store=str(folder / str(level)),
        shape=tuple(shape),
        dtype="int32",
        chunks=tuple(
            min(CHUNK_PX, n) if a in "YX" else 1 for n, a in zip(shape, axes, strict=True)
        ),
        fill_value=0,
        zarr_format=group.metadata.zarr_format,
        dimension_names=None if old else [a.lower() for a in axes],
        chunk_key_encoding={"name": "v2" if old else "default", "separator": "/"},
        overwrite=True,
    )


def _halve(folder: Path, source: zarr.Array[Any], level: int, axes: str) -> zarr.Array[Any]:
    shape = [-(-n // 2) if a in "YX" else n for n, a in zip(source.shape, axes, strict=True)]
    target = _create_level(folder, level, shape, axes)
    for block in _blocks(target.shape, target.chunks):
        doubled = tuple(
            slice(2 * s.start, 2 * s.stop, 2) if a in "YX" else s
            for s, a in zip(block, axes, strict=True)
        )
        target[block] = source[doubled]
    return target


def _blocks(shape: Sequence[int], chunks: Sequence[int]) -> Iterator[tuple[slice, ...]]:
    starts = (range(0, n, chunk) for n, chunk in zip(shape, chunks, strict=True))
    for corner in itertools.product(*starts):
        yield tuple(
            slice(at, min(at + chunk, n))
            for at, chunk, n in zip(corner, chunks, shape, strict=True)
        )


def holds_labels(path: Path) -> bool:
    """Tell whether a path is a label image of OME-Zarr: only that may be replaced by another.

    An array of labels is one too: a run that is stopped before it gave them levels leaves that.
    """
    if not path.is_dir() or not is_zarr(path):
        return False
    node = zarr.open(path, mode="r")
    if isinstance(node, zarr.Array):
        return np.dtype(node.dtype) == np.int32
    attributes: dict[str, Any] = node.attrs.asdict()
    return "image-label" in attributes.get("ome", attributes)


def _image_around(path: Path) -> Path | None:
    """Return the image of `image/labels/name`, None where there is none."""
    image = path.parent.parent
    return image if path.parent.name == "labels" and is_zarr(image) else None


def _version_of(image: Path) -> OmeZarrVersion:
    return "0.4" if zarr.open_group(image, mode="r").metadata.zarr_format == 2 else "0.5"


def _list_labels(folder: Path, name: str) -> None:
    """Name a label image in the group that holds it."""
    group = zarr.open_group(folder, mode="a")
    attributes: dict[str, Any] = group.attrs.asdict()
    if group.metadata.zarr_format == 2:
        names = attributes.get("labels", [])
        group.attrs["labels"] = sorted({*names, name})
        return
    ome = attributes.get("ome", {})
    names = sorted({*ome.get("labels", []), name})
    group.attrs["ome"] = {"version": "0.5", **ome, "labels": names}
