"""How transparent things show: phase contrast and differential interference contrast."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from napari_samwise.learn.scenes.fields import blur


def phase_contrast(phase: Tensor, halo_px: float, gain: float) -> Tensor:
    """Image a phase object through positive phase contrast.

    The phase ring also passes low frequencies of the object, which are thereby subtracted from it:
    hence the bright halo around thick things and the shade-off inside them (Yin, Kanade & Chen
    2012). What is very thick turns bright again, because intensity is periodic in phase.

    Parameters
    ----------
    phase : Tensor
        `(Y, X)` float32: 0 is medium, 1 an ordinary cell, 10 a rounded one.
    halo_px : float
        Reach of the halo.
    gain : float
        Contrast of an ordinary cell, about 0.1 to 0.5.

    Returns
    -------
    Tensor
        `(Y, X)` float32 about 0.5.
    """
    near, far = blur(phase, halo_px), blur(phase, 3 * halo_px)
    seen = phase - 0.7 * near - 0.2 * far
    dark = torch.sin(seen.clamp(max=2.4) * 1.6) * (seen > 0) + seen.clamp(max=0) * 2.5
    return 0.5 - gain * dark


def interference_contrast(phase: Tensor, direction: float, gain: float) -> Tensor:
    """Image a phase object through differential interference contrast: lit from one side.

    Parameters
    ----------
    phase : Tensor
        `(Y, X)` float32, 0 is medium.
    direction : float
        Of the shear, in radians.
    gain : float
        Grey levels for a slope of 1 per pixel.

    Returns
    -------
    Tensor
        `(Y, X)` float32 about 0.5.
    """
    rows, columns = torch.gradient(phase)
    slope = math.sin(direction) * rows + math.cos(direction) * columns
    return 0.5 + 0.45 * torch.tanh(gain * slope)
