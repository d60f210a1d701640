"""Write objects as polygons in GeoJSON, as QuPath opens them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from napari_samwise.io.label_objects import LabelObject, find_objects, views
from napari_samwise.io.outlines import Ring, trace_outlines


def write_geojson(path: Path, labels: Any, axes: str) -> int:
    """Write one feature for each object on each plane.

    Coordinates are (x, y) in pixels of the image at full resolution, along the edges of pixels;
    the first pixel spans 0 to 1. The plane is told as QuPath does.

    Parameters
    ----------
    path : Path
        Written as it goes; give a temporary one.
    labels : array
        Integer ids, 0 is background.
    axes : str
        One letter per axis.

    Returns
    -------
    int
        The number of features.
    """
    count = 0
    with path.open("w", encoding="utf-8") as stream:
        stream.write('{"type": "FeatureCollection", "features": [')
        for feature in _features(labels, axes):
            stream.write((",\n" if count else "\n") + json.dumps(feature))
            count += 1
        stream.write("\n]}\n")
    return count


def _features(labels: Any, axes: str) -> Iterator[dict[str, Any]]:
    stepped = [axis for axis in axes if axis not in "YX"]
    for view in views(labels, axes, "YX"):
        for found in find_objects(view):
            yield _feature(found, dict(zip(stepped, found.position, strict=True)))


def _feature(found: LabelObject, place: dict[str, int]) -> dict[str, Any]:
    (y, x) = found.box.offset
    polygons = [[_close(ring) for ring in p] for p in trace_outlines(found.mask, (y, x))]
    geometry: dict[str, Any] = (
        {"type": "Polygon", "coordinates": polygons[0]}
        if len(polygons) == 1
        else {"type": "MultiPolygon", "coordinates": polygons}
    )
    if place:
        geometry["plane"] = {"c": -1, "z": place.get("Z", 0), "t": place.get("T", 0)}
    return {
        "type": "Feature",
        "geometry": geometry,
        "properties": {
            "objectType": "annotation",
            "name": str(found.label),
            "label": found.label,
            **{axis.lower(): index for axis, index in place.items()},
        },
    }


def _close(ring: Ring) -> list[list[int]]:
    vertices: list[list[int]] = ring.tolist()
    return [*vertices, vertices[0]]
