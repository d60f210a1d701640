"""Where objects too large for memory are kept: an OME-Zarr of its own for each image."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from napari_samwise.home import data_folder
from napari_samwise.plugin.label_chunks import DTYPE, chunk_shape

_AXES = {"t": "time", "z": "space", "y": "space", "x": "space"}


def default_folder() -> Path:
    """Return where objects go that are kept on disk; see ``data_folder``."""
    return data_folder("objects")


def new_path(folder: Path, image_name: str) -> Path:
    """Return a path in the folder that nothing has yet, named after an image and the time."""
    stem = re.sub(r"[^\w.-]+", "-", image_name).strip("-.")[:60] or "image"
    stem = f"{stem}-{datetime.now():%Y%m%d-%H%M%S}"
    path, count = folder / f"{stem}.zarr", 1
    while path.exists():
        count += 1
        path = folder / f"{stem}-{count}.zarr"
    return path


def make_arrays(
    path: Path, shapes: Sequence[tuple[int, ...]], scale: Sequence[float]
) -> Sequence[Any]:
    """Make an OME-Zarr (version 0.5) of labels, all background, with one array a level.

    Parameters
    ----------
    path : Path
        Of the folder to make.
    shapes : sequence of tuple of int
        Of the levels.
    scale : sequence of float
        Size of a pixel of the finest level along each axis.

    Raises
    ------
    OSError
        If it cannot be written.
    """
    import zarr

    path.parent.mkdir(parents=True, exist_ok=True)
    attributes = _describe(shapes, scale)
    group = zarr.create_group(path, attributes=attributes)
    return [
        group.create_array(
            str(level), shape=shape, chunks=chunk_shape(len(shape)), dtype=DTYPE, fill_value=0
        )
        for level, shape in enumerate(shapes)
    ]


def _describe(shapes: Sequence[tuple[int, ...]], scale: Sequence[float]) -> dict[str, Any]:
    """Return the attributes of the group; none where the axes have no name in OME-Zarr."""
    ndim = len(shapes[0])
    if ndim > len(_AXES):
        return {}
    names = list(_AXES)[-ndim:]
    datasets = []
    for level, shape in enumerate(shapes):
        factors = [round(n / m) for n, m in zip(shapes[0], shape, strict=True)]
        sizes = [float(s) * f for s, f in zip(scale, factors, strict=True)]
        transform = {"type": "scale", "scale": sizes}
        datasets.append({"path": str(level), "coordinateTransformations": [transform]})
    axes = [{"name": name, "type": _AXES[name]} for name in names]
    multiscale = {"name": "objects", "axes": axes, "datasets": datasets}
    return {"ome": {"version": "0.5", "multiscales": [multiscale], "image-label": {}}}
