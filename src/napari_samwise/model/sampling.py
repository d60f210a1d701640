"""Interpolation at any places of a map, the same on every device."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F


def sample_bilinear(values: Tensor, places: Tensor) -> Tensor:
    """Interpolate maps; beyond the centres of their outermost cells they go on as there.

    That is ``grid_sample`` with ``padding_mode="border"``, which Apple's GPUs have only since torch
    2.11. There is nothing to pad where no place lies beyond those centres.

    Parameters
    ----------
    values : Tensor
        `(N, C, h, w)` float32.
    places : Tensor
        `(N, H, W, 2)` float32, (x, y) as ``grid_sample`` wants them, from -1 to 1 over the outer
        edges of the map.

    Returns
    -------
    Tensor
        `(N, C, H, W)` float32.
    """
    height, width = values.shape[-2:]
    x, y = places.unbind(-1)
    inside = torch.stack([_between_centres(x, width), _between_centres(y, height)], -1)
    return F.grid_sample(values, inside, mode="bilinear", align_corners=False)


def _between_centres(place: Tensor, cells: int) -> Tensor:
    outermost = 1 - 1 / cells
    return place.clamp(-outermost, outermost)
