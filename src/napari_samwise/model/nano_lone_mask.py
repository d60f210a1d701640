"""A mask that comes without a click or a box, and the click that stands in for one."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage as ndi
from torch import Tensor

from napari_samwise.model.nano_levels import Pyramid
from napari_samwise.prompts import INCLUDE, Prompts

_CELL_PX = 2
_MOST_CELLS_A_SIDE = 128


def add_missing_click(prompts: Prompts, earlier: Tensor | None, pyramid: Pyramid) -> Prompts:
    """Add a click in the depth of a mask that comes alone.

    In training a mask always follows a click or a box; without either its object is lost halfway.

    Parameters
    ----------
    prompts : Prompts
        The prompts.
    earlier : Tensor, optional
        `(h, w)` float32, the mask prompt (``earlier_logits``).
    pyramid : Pyramid
        The pyramid of the plane.

    Returns
    -------
    Prompts
        The same ones where something else says what is included, or the mask has no inside.
    """
    if earlier is None or prompts.has_include or prompts.box is not None:
        return prompts
    inside = (earlier > 0).cpu().numpy()
    if not inside.any():
        return prompts
    cell_edges = (_deepest_cell(inside) + 0.5) * _CELL_PX
    point = cell_edges / pyramid.scale(0) - 0.5
    # The last cell reaches beyond a plane of odd size.
    point = np.minimum(point, np.array(pyramid.image_size) - 1)
    return prompts.replace(
        points=np.concatenate([prompts.points, point[None]]),
        labels=np.append(prompts.labels, INCLUDE),
    )


def _deepest_cell(inside: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return (row, column) of the cell farthest from the border of a mask, nearly so if large."""
    found = ndi.find_objects(inside.astype(np.uint8))[0]
    part = inside[found]
    step = math.ceil(max(part.shape) / _MOST_CELLS_A_SIDE)
    thinned = part[::step, ::step]
    if not thinned.any():
        step, thinned = 1, part
    depth = ndi.distance_transform_edt(np.pad(thinned, 1))[1:-1, 1:-1]
    place = np.unravel_index(int(depth.argmax()), depth.shape)
    return np.array([at * step + side.start for at, side in zip(place, found, strict=True)])
