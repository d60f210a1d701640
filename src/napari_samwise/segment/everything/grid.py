"""Grids of clicks over a plane."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from napari_samwise.geometry.roi import Roi
from napari_samwise.model.proposals import Clicks


def grid_clicks(image_size: tuple[int, int], points_per_side: int) -> Clicks:
    """Click in the middle of every cell of a regular grid, row by row.

    Parameters
    ----------
    image_size : tuple of int
        `(Y, X)` of the plane or crop.
    points_per_side : int
        The grid has this number squared.
    """
    centres = (np.arange(points_per_side) + 0.5) / points_per_side
    # Of a side of n pixels, the outer edges are at -0.5 and n - 0.5.
    y, x = (centres * side - 0.5 for side in image_size)
    return _mesh(y, x)


def grid_in_plane(region: Roi, spacing_px: float) -> Clicks:
    """Return the points in a region of a square grid that begins where the plane does.

    Parameters
    ----------
    region : Roi
        `(Y, X)` pixels of the plane.
    spacing_px : float
        Distance of neighbouring points.
    """
    sides = []
    for start, end in zip(region.offset, region.end, strict=True):
        centres = (np.arange(start // spacing_px, end // spacing_px + 1) + 0.5) * spacing_px
        sides.append(centres[(centres >= start) & (centres < end)] - 0.5)
    return _mesh(*sides)


def _mesh(y: NDArray[np.float64], x: NDArray[np.float64]) -> Clicks:
    return Clicks(np.stack(np.meshgrid(y, x, indexing="ij"), axis=-1).reshape(-1, 2))
