"""X-ray film: everything in the beam adds to the shadow, so that outlines lie over one another."""

from __future__ import annotations

import torch
from torch import Tensor

from napari_samwise.learn.scenes.draw import Draw
from napari_samwise.learn.scenes.fields import blur, fractal_noise, grid


def tube(away: Tensor, width: Tensor | float, wall: float = 0.35) -> Tensor:
    """Return the shadow of a hollow bone at a distance from its axis: dark rims, a paler middle."""
    share = (away / width).square()
    marrow = (share / (1 - wall) ** 2).clamp(max=1)
    return (1 - share).clamp(min=0).sqrt() - 0.7 * (1 - wall) * (1 - marrow).sqrt()


def film(draw: Draw, shadow: Tensor) -> Tensor:
    """Return `(Y, X)`, about 0 to 1 and bones bright, the picture of an attenuation.

    Scatter, sharpening, the fine structure of tissue, gamma and sometimes a marker are added.
    """
    size = shadow.shape[0]
    shadow = shadow + draw.number(0, 0.03) * fractal_noise(draw, size, draw.number(1.2, 2.4))
    shadow = blur(shadow, draw.number(0.3, 1.5))
    scatter = blur(shadow, size * draw.number(0.06, 0.2))
    shadow = torch.lerp(shadow, scatter, draw.number(-0.4, 0.4))  # below 0: sharpened by software
    ends = torch.tensor([0.005, 0.998], device=shadow.device)
    low, high = torch.quantile(shadow.flatten()[::7], ends).tolist()
    light: Tensor = ((shadow - low) / (high - low + 1e-6)).clamp(0, 1.2) ** draw.log_number(
        0.7, 1.5
    )
    if draw.chance(0.12):
        y, x = grid(size, draw.device) / size
        letter = (y > 0.04) & (y < 0.09) & (x < 0.1) & (torch.sin(x * 250).abs() > 0.6)
        light = torch.where(letter, draw.number(0.7, 1.0), light)
    return light
