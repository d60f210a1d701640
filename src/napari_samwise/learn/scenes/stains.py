"""Absorbing dyes: what colour a density of stain has."""

from __future__ import annotations

import torch
from torch import Tensor

from napari_samwise.learn.scenes.draw import Draw

# Optical densities in R, G, B (Ruifrok & Johnston 2001; the last four after the same manner).
HAEMATOXYLIN = (0.65, 0.70, 0.29)
EOSIN = (0.07, 0.99, 0.11)
DIAMINOBENZIDINE = (0.27, 0.57, 0.78)
PHLOXINE = (0.12, 0.72, 0.36)
AZURE = (0.60, 0.75, 0.25)
CRESYL_VIOLET = (0.68, 0.72, 0.12)
LIGHT_GREEN = (0.85, 0.28, 0.42)


def dye(draw: Draw, densities: tuple[float, float, float], vary: float = 0.15) -> Tensor:
    """Return `(3,)` optical densities of a stain as one laboratory has it: a little off."""
    return torch.tensor(densities, device=draw.device) * (1 + vary * draw.normal(3)).clamp(0.3, 2)


def absorb(light: Tensor, *stains: tuple[Tensor, Tensor]) -> Tensor:
    """Send light through stains (Beer-Lambert).

    Parameters
    ----------
    light : Tensor
        `(3,)` float32, the colour of the empty slide.
    *stains : tuple of Tensor
        `(Y, X)` amounts, and the `(3,)` optical densities of one unit of them; amounts below 0
        count as 0.

    Returns
    -------
    Tensor
        `(3, Y, X)` float32, 0 to the light's level.
    """
    passed = light[:, None, None]
    for amount, colour in stains:
        passed = passed * torch.exp(-colour[:, None, None] * amount.clamp(min=0))
    return passed


def lamp(draw: Draw) -> Tensor:
    """Return `(3,)` float32, the colour of light through an empty slide: nearly white."""
    return draw.number(0.82, 1.0) * (1 + draw.number(0, 0.05) * draw.normal(3)).clamp(0.85, 1.08)
