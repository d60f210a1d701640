"""Outlines of a mask along the edges of its pixels: filling them gives the mask back exactly."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

_RIGHT, _DOWN, _LEFT, _UP = range(4)
_STEPS = ((1, 0), (0, 1), (-1, 0), (0, -1))
# From a vertex, in which direction the pixel lies that has the edge on its border.
_PIXEL_OF_EDGE = ((0, 0), (-1, 0), (-1, -1), (0, -1))

Ring = NDArray[np.int64]


def trace_outlines(mask: NDArray[np.bool_], offset: tuple[int, int] = (0, 0)) -> list[list[Ring]]:
    """Return the polygons of a mask, with their holes.

    Pixels that touch at a corner alone belong to different polygons, so every ring is simple,
    as the OGC's simple features and GeoJSON (RFC 7946) ask.

    Parameters
    ----------
    mask : ndarray
        `(Y, X)` bool.
    offset : tuple of int
        (y, x) of its first pixel.

    Returns
    -------
    list of list of ndarray
        For each polygon its outer ring and its holes, `(N, 2)` each: (x, y) corners of pixels,
        where pixel (0, 0) spans 0 to 1; not closed. The area of an outer ring is positive with
        y downwards, that of a hole negative.
    """
    from scipy.ndimage import label

    padded = np.pad(mask, 1)
    parts, count = label(padded)
    shift = np.array(offset[::-1]) - 1
    polygons: list[list[Ring]] = [[] for _ in range(count)]
    for ring in _trace_rings(padded):
        corners = _corners(ring)
        is_outer = _signed_area(corners) > 0
        of_part = polygons[parts[_pixel_inside(ring)] - 1]
        of_part.insert(0 if is_outer else len(of_part), corners + shift)
    return polygons


def _trace_rings(padded: NDArray[np.bool_]) -> list[Ring]:
    """Return all rings vertex by vertex, the mask on the right hand."""
    edges = _edges(padded)
    rings: list[Ring] = []
    for x, y, direction in sorted(edges):
        path: list[tuple[int, int]] = []
        places: dict[tuple[int, int], int] = {}
        while True:
            if (x, y) in places:
                # Where a ring touches itself it is cut in two.
                first = places[x, y]
                rings.append(np.array(path[first:], dtype=np.int64))
                for vertex in path[first:]:
                    del places[vertex]
                del path[first:]
            turns = (direction + 1, direction, direction + 3)
            taken = next((t % 4 for t in turns if (x, y, t % 4) in edges), None)
            if taken is None:
                break
            direction = taken
            edges.remove((x, y, direction))
            places[x, y] = len(path)
            path.append((x, y))
            x, y = x + _STEPS[direction][0], y + _STEPS[direction][1]
    return rings


def _edges(padded: NDArray[np.bool_]) -> set[tuple[int, int, int]]:
    """Return (x, y, direction) of each edge between the mask and the rest, from its start."""
    inside = padded[1:-1, 1:-1]
    neighbours = {
        _RIGHT: (padded[:-2, 1:-1], (0, 0)),
        _DOWN: (padded[1:-1, 2:], (1, 0)),
        _LEFT: (padded[2:, 1:-1], (1, 1)),
        _UP: (padded[1:-1, :-2], (0, 1)),
    }
    edges: set[tuple[int, int, int]] = set()
    for direction, (beside, (dx, dy)) in neighbours.items():
        rows, columns = np.nonzero(inside & ~beside)
        xs, ys = (columns + 1 + dx).tolist(), (rows + 1 + dy).tolist()
        edges.update((x, y, direction) for x, y in zip(xs, ys, strict=True))
    return edges


def _pixel_inside(ring: Ring) -> tuple[int, int]:
    """Return (y, x) of the pixel of the mask at the first edge of a ring."""
    (x, y), step = ring[0], tuple((ring[1] - ring[0]).tolist())
    dx, dy = _PIXEL_OF_EDGE[_STEPS.index(step)]
    return int(y) + dy, int(x) + dx


def _corners(ring: Ring) -> Ring:
    """Keep the vertices where the direction changes."""
    before, after = ring - np.roll(ring, 1, axis=0), np.roll(ring, -1, axis=0) - ring
    turns: NDArray[np.bool_] = (before != after).any(axis=1)
    return np.asarray(ring[turns])


def _signed_area(ring: NDArray[Any]) -> float:
    x, y = ring[:, 0], ring[:, 1]
    return float((x * np.roll(y, -1) - y * np.roll(x, -1)).sum() / 2)
