"""Write objects as the zip of regions that ImageJ's ROI manager opens."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_samwise.errors import InputError
from napari_samwise.io.label_objects import LabelObject, find_objects, views
from napari_samwise.io.outlines import Ring, trace_outlines

if TYPE_CHECKING:
    from roifile import ImagejRoi

_MOVE_TO, _LINE_TO, _CLOSE = 0.0, 1.0, 4.0
_MAX_PX = 32767
"""ImageJ keeps the corners of a region in 16 bits."""


def write_imagej_rois(path: Path, labels: Any, axes: str) -> int:
    """Write one region for each object on each plane.

    Regions are named by the object's id, and by the plane where there are several. Outlines run
    along the edges of pixels; objects with holes or of several parts become composite regions.

    Parameters
    ----------
    path : Path
        Give a temporary one.
    labels : array
        Integer ids, 0 is background.
    axes : str
        One letter per axis.

    Returns
    -------
    int
        The number of regions.

    Raises
    ------
    InputError
        The planes are larger than ImageJ's regions reach.
    """
    size = max(labels.shape[axes.index(axis)] for axis in "YX")
    if size > _MAX_PX:
        raise InputError(
            f"ImageJ's regions reach up to {_MAX_PX} pixels, and this plane has {size}; "
            "write .geojson instead."
        )
    stepped = [axis for axis in axes if axis not in "YX"]
    count = 0
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for view in views(labels, axes, "YX"):
            place = dict(zip(stepped, view.position, strict=True))
            for found in find_objects(view):
                region = _make_region(found, place)
                archive.writestr(f"{region.name}.roi", region.tobytes())
                count += 1
    return count


def _make_region(found: LabelObject, place: dict[str, int]) -> ImagejRoi:
    from roifile import ROI_TYPE, ImagejRoi

    name = "-".join([f"{found.label:05d}", *(f"{a.lower()}{i:04d}" for a, i in place.items())])
    at = {axis.lower(): index for axis, index in place.items() if axis in "ZT"}
    (y, x) = found.box.offset
    polygons = trace_outlines(found.mask, (y, x))
    rings = list(chain.from_iterable(polygons))
    region = ImagejRoi.frompoints(np.concatenate(rings), name=name, **at)
    if len(rings) == 1:
        region.roitype = ROI_TYPE.TRACED
        return region
    path = _as_path(rings)
    region.roitype = ROI_TYPE.RECT
    region.integer_coordinates = None
    region.n_coordinates = 0
    region.multi_coordinates = path
    region.shape_roi_size = len(path)
    # The box of a composite ends at its last corner, that of a polygon one pixel behind it.
    region.right -= 1
    region.bottom -= 1
    return region


def _as_path(rings: Sequence[Ring]) -> np.ndarray:
    """Return rings as segments of a path of java.awt.geom."""
    parts: list[float] = []
    for ring in rings:
        first, *others = ring.tolist()
        parts += [_MOVE_TO, *first]
        for vertex in others:
            parts += [_LINE_TO, *vertex]
        parts.append(_CLOSE)
    return np.array(parts, dtype=np.float32)
