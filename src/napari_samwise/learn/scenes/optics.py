"""What an instrument does to a picture: blur, shading, noise, saturation, stripes, JPEG."""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage as ndi

from napari_samwise.learn.scenes.shapes import FloatImage, log_uniform, smooth_noise


def expose(rng: np.random.Generator, image: FloatImage) -> NDArray[np.uint8]:
    """Image a clean picture through random optics.

    Parameters
    ----------
    rng : Generator
        Source of every choice.
    image : ndarray
        `(Y, X)` or `(Y, X, 3)` float32, nominally 0 to 1.

    Returns
    -------
    ndarray
        `(Y, X, 3)` uint8; grey pictures have three equal channels.
    """
    colour = image if image.ndim == 3 else image[..., None]
    size = colour.shape[0]
    sigma = rng.uniform(0.3, 1.2) if rng.random() < 0.6 else rng.uniform(1.2, 3.0)
    colour = ndi.gaussian_filter(colour, (sigma, sigma, 0))
    if rng.random() < 0.4:
        shade = 1 + rng.uniform(0, 0.3) * smooth_noise(rng, size, size / 1.5)
        colour = colour * np.clip(shade, 0.2, 2)[..., None]
    colour = np.clip(colour, 0, None)
    photons = log_uniform(rng, 12, 3000)
    colour = rng.poisson(colour * photons) / photons
    colour = colour + rng.normal(0, rng.uniform(0, 0.04), colour.shape)
    if rng.random() < 0.08:
        colour = colour + rng.normal(0, rng.uniform(0, 0.05), (size, 1, 1))
    if rng.random() < 0.25:
        colour = ndi.gaussian_filter(colour, (0.7, 0.7, 0))
    low, high = np.percentile(colour, [rng.uniform(0, 1.5), rng.uniform(98.5, 100)])
    colour = np.clip((colour - low) / (high - low + 1e-6), 0, 1) ** np.exp(rng.normal(0, 0.3))
    if rng.random() < 0.25:
        colour = 1 - colour
    eight: NDArray[np.uint8] = (colour * 255).astype(np.uint8)
    if eight.shape[2] == 1:
        eight = np.repeat(eight, 3, axis=2)
    if rng.random() < 0.15:
        packed = io.BytesIO()
        Image.fromarray(eight).save(packed, "JPEG", quality=int(rng.integers(35, 95)))
        eight = np.array(Image.open(packed))
    return eight
