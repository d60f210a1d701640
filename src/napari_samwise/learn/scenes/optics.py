"""What an instrument does to a picture: blur, shading, noise, saturation, stripes, JPEG."""

from __future__ import annotations

import io
import math

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from napari_samwise.learn.scenes.draw import Draw
from napari_samwise.learn.scenes.fields import blur, grid, smooth_noise


def expose(draw: Draw, image: Tensor) -> NDArray[np.uint8]:
    """Image a clean picture through random optics.

    Parameters
    ----------
    draw : Draw
        Source of every choice.
    image : Tensor
        `(3, Y, X)` float32, nominally 0 to 1.

    Returns
    -------
    ndarray
        `(Y, X, 3)` uint8; grey pictures keep three equal channels.
    """
    grey = bool((image == image[:1]).all())
    light = image[:1] if grey else image
    light = illuminated(draw, _focused(draw, light.clamp(min=0)))
    shown = _displayed(draw, _processed(draw, detected(draw, light, grey=grey)))
    eight = (shown * 255).round().to(torch.uint8).cpu().numpy()
    if draw.chance(0.15):
        eight = _jpeg(eight, quality=draw.whole(30, 95))
    return np.ascontiguousarray(np.broadcast_to(eight, (3, *eight.shape[1:])).transpose(1, 2, 0))


def _focused(draw: Draw, light: Tensor) -> Tensor:
    """Blur by the point spread function: sharp, or out of focus, at times along one axis more."""
    sigma = draw.number(0.2, 1.1) if draw.chance(0.7) else draw.log_number(1.1, 2.8)
    if draw.chance(0.12):
        ratio = draw.log_number(0.4, 2.5)
        return blur(light, (sigma * ratio, sigma / ratio))
    return blur(light, sigma)


def illuminated(draw: Draw, light: Tensor) -> Tensor:
    """Light a picture unevenly: a lamp off the middle, haze, bleaching from one side.

    Parameters
    ----------
    draw : Draw
        Source of every choice.
    light : Tensor
        `(C, Y, X)` float32, not negative.
    """
    size = light.shape[-1]
    if draw.chance(0.35):
        shade = 1 + draw.number(0, 0.3) * smooth_noise(draw, size, size / draw.number(0.8, 3))
        light = light * shade.clamp(0.2, 2)
    if draw.chance(0.15):
        rows, columns = grid(size, light.device) / size
        off = (rows - draw.number(0.2, 0.8)).square() + (columns - draw.number(0.2, 0.8)).square()
        light = light * (-draw.number(0.3, 1.6) * off).exp()
    if draw.chance(0.1):
        rows, columns = grid(size, light.device) / size
        turn = draw.number(0, 2 * math.pi)
        bleached = (rows * math.sin(turn) + columns * math.cos(turn)) * draw.number(0.3, 1.5)
        light = light * (-bleached).exp()
    if draw.chance(0.1):
        haze = (smooth_noise(draw, size, size / draw.number(1, 5)) + 1).clamp(min=0)
        light = light + draw.number(0, 0.12) * haze
    return light


def detected(draw: Draw, light: Tensor, *, grey: bool) -> Tensor:
    """Count photons and read them out with noise.

    Parameters
    ----------
    draw : Draw
        Source of every choice.
    light : Tensor
        `(C, Y, X)` float32, not negative.
    grey : bool
        Grey pictures may be much darker than colour ones.
    """
    spread = float(light.std()) + 1e-3
    # So much light that the noise at the mean stays below the spread of the picture.
    least = float(light.mean()) / (draw.number(0.3, 0.8) * spread) ** 2
    photons = max(draw.log_number(12 if grey else 150, 4000), least)
    signal = draw.poisson(light * photons) / photons
    noise = draw.normal(*light.shape) * min(draw.number(0, 0.04 if grey else 0.02), 0.4 * spread)
    if draw.chance(0.15):
        noise = blur(noise, draw.number(0.5, 1.2)) * 2  # of filtered or interpolated pictures
    signal = signal + noise
    if draw.chance(0.06):
        stripes = draw.normal(light.shape[-1]) * min(draw.number(0, 0.06), 0.5 * spread)
        signal = signal + (stripes if draw.chance(0.5) else stripes[:, None])
    if draw.chance(0.04):
        hot = draw.uniform(0, 1, *light.shape[1:]) < draw.number(0, 0.01)
        signal = torch.where(hot, draw.number(0.8, 1.5), signal)
    return signal


def _processed(draw: Draw, signal: Tensor) -> Tensor:
    """Smooth or sharpen, as software does after the camera."""
    if draw.chance(0.2):
        return blur(signal, draw.number(0.4, 0.9))
    if draw.chance(0.12):
        return signal + draw.number(0.3, 1.5) * (signal - blur(signal, draw.number(0.8, 1.5)))
    return signal


def _displayed(draw: Draw, signal: Tensor) -> Tensor:
    """Stretch to 0 to 1, at times saturated, faint or inverted."""
    sample = signal[:, ::3, ::3].flatten().sort().values
    # A narrow window, as radiologists set, leaves much flat black or flat white.
    most = 0.12 if draw.chance(0.15) else 0.015
    ends = (draw.number(0, most), 1 - draw.number(0, most))
    low, high = (sample[int(part * (len(sample) - 1))] for part in ends)
    shown = ((signal - low) / (high - low + 1e-6)).clamp(0, 1) ** math.exp(draw.gauss(0.3))
    if draw.chance(0.12):
        low_end = draw.number(0, 0.4)
        shown = low_end + shown * (draw.number(low_end + 0.45, 1) - low_end)
    if draw.chance(0.12):
        shown = 1 - shown
    return shown


def _jpeg(eight: NDArray[np.uint8], quality: int) -> NDArray[np.uint8]:
    """Pack and unpack `(C, Y, X)` uint8, C of 1 or 3."""
    packed = io.BytesIO()
    grey = len(eight) == 1
    picture = Image.fromarray(eight[0] if grey else eight.transpose(1, 2, 0).copy())
    picture.save(packed, "JPEG", quality=quality)
    back = np.array(Image.open(packed))
    return back[None] if grey else back.transpose(2, 0, 1)
