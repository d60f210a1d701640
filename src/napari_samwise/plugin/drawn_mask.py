"""Masks that the user draws, as coarse as their size asks for."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from napari_samwise.geometry.roi import Roi
from napari_samwise.plugin.outline import Outline
from napari_samwise.plugin.plane import Plane
from napari_samwise.predictor.drawn_mask import DrawnMask

MAX_SIDE = 2048
"""Cells that a drawn mask has along a side at most; a plane that is encoded whole is no longer."""


def fill_outlines(
    outlines: Sequence[Outline], plane: Plane, size: tuple[int, int]
) -> DrawnMask | None:
    """Return what closed shapes enclose together, None if that is no pixel of the plane.

    Parameters
    ----------
    outlines : sequence of Outline
        All in one plane.
    plane : Plane
        That plane.
    size : tuple of int
        `(Y, X)` of the plane in pixels.
    """
    corners = [outline.extent(plane) for outline in outlines]
    if not corners:
        return None
    low = np.floor(np.min([first for first, _ in corners], axis=0)).astype(int)
    high = np.ceil(np.max([last for _, last in corners], axis=0)).astype(int) + 1
    box = Roi.from_bounds(low.tolist(), high.tolist()).intersect(Roi((0, 0), size))
    if box.is_empty:
        return None
    step = 1 << max(0, math.ceil(math.log2(max(box.shape) / MAX_SIDE)))
    cells = (-(-box.shape[0] // step), -(-box.shape[1] // step))
    offset = (box.offset[0], box.offset[1])
    inside = np.zeros(cells, dtype=np.bool_)
    for outline in outlines:
        inside |= outline.fill(plane, offset, step, cells)
    return DrawnMask(inside, offset, step) if inside.any() else None
