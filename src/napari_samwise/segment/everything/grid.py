"""A grid of clicks over a plane."""

from __future__ import annotations

import numpy as np

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
    return Clicks(np.stack(np.meshgrid(y, x, indexing="ij"), axis=-1).reshape(-1, 2))
