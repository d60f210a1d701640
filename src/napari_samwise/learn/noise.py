"""Smooth noise, as shading varies over a picture."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage as ndi

FloatImage = NDArray[np.float32]


def smooth_noise(rng: np.random.Generator, size: int, scale_px: float) -> FloatImage:
    """Return `(size, size)` noise of zero mean and unit spread, smooth over ``scale_px``."""
    nodes = max(3, int(size / scale_px) + 3)
    coarse = rng.standard_normal((nodes, nodes)).astype(np.float32)
    order = 1 if scale_px < 3 else 3
    fine = ndi.zoom(coarse, (size + 1) / (nodes - 1), order=order, mode="nearest")[:size, :size]
    standardised: FloatImage = (fine - fine.mean()) / (fine.std() + 1e-6)
    return standardised
