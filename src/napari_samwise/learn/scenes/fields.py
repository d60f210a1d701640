"""Fields over the picture: noise, blur, distances, displacement."""

from __future__ import annotations

import math

import numpy as np
import torch
from scipy import ndimage as ndi
from torch import Tensor

from napari_samwise.learn.scenes.draw import Draw


def grid(size: int, device: torch.device) -> Tensor:
    """Return `(2, size, size)` float32, the (row, column) of every pixel centre."""
    line = torch.arange(size, device=device, dtype=torch.float32)
    return torch.stack(torch.meshgrid(line, line, indexing="ij"))


def smooth_noise(draw: Draw, size: int, scale_px: float) -> Tensor:
    """Return `(size, size)` noise of zero mean and unit spread, smooth over ``scale_px``."""
    return smooth_noises(draw, size, scale_px, 1)[0]


def smooth_noises(draw: Draw, size: int, scale_px: float, count: int) -> Tensor:
    """Return `(count, size, size)` independent fields of ``smooth_noise``."""
    nodes = int(size / scale_px) + 7
    coarse = draw.normal(count, nodes, nodes)
    # Random nodes under Gaussian bumps: isotropic, without the lattice that splines show.
    shift = draw.uniform(0, 1, 2)
    at = torch.arange(size, device=draw.device) / scale_px + 2.5
    index = torch.arange(nodes, device=draw.device)
    rows, columns = (torch.exp(-(((at + s)[:, None] - index) ** 2) / 1.1) for s in shift)
    return _standardised(rows @ coarse @ columns.T)


def fractal_noise(draw: Draw, size: int, slope: float = 2.0) -> Tensor:
    """Return `(size, size)` noise whose power falls as frequency to the minus ``slope``.

    Parameters
    ----------
    draw : Draw
        Source of every choice.
    size : int
        Side in pixels.
    slope : float
        About 2 in natural images (Field 1987); 3 is cloudy, 1 is grainy.

    Returns
    -------
    Tensor
        `(size, size)` float32 of zero mean and unit spread; it does not wrap round.
    """
    side = size + size // 4
    rows = torch.fft.fftfreq(side, device=draw.device)[:, None]
    columns = torch.fft.rfftfreq(side, device=draw.device)[None]
    frequency = torch.hypot(rows, columns)
    frequency[0, 0] = math.inf
    spectrum = torch.fft.rfft2(draw.normal(side, side)) * frequency ** (-slope / 2)
    return _standardised(torch.fft.irfft2(spectrum, s=(side, side))[None, :size, :size])[0]


def _standardised(fields: Tensor) -> Tensor:
    """Return `(N, Y, X)` fields with zero mean and unit spread each."""
    fields = fields - fields.mean((1, 2), keepdim=True)
    return fields / (fields.square().mean((1, 2), keepdim=True).sqrt() + 1e-6)


def blur(image: Tensor, sigma: float | tuple[float, float]) -> Tensor:
    """Blur `(..., Y, X)` float with a Gaussian; what is outside is not counted.

    Parameters
    ----------
    image : Tensor
        Any number of leading axes.
    sigma : float or tuple of float
        In pixels, of both axes or of (Y, X); 0 leaves the axis alone.
    """
    sigma_y, sigma_x = sigma if isinstance(sigma, tuple) else (sigma, sigma)
    if sigma_y > 0:
        image = _gaussian_rows(image.shape[-2], sigma_y, image.device) @ image
    if sigma_x > 0:
        image = image @ _gaussian_rows(image.shape[-1], sigma_x, image.device).T
    return image


def _gaussian_rows(length: int, sigma: float, device: torch.device) -> Tensor:
    """Return `(length, length)` float32 whose rows are Gaussians of unit sum."""
    at = torch.arange(length, device=device, dtype=torch.float32)
    rows = torch.exp(-0.5 * ((at[:, None] - at) / sigma) ** 2)
    return rows / rows.sum(1, keepdim=True)


def inner_distance(labels: Tensor) -> Tensor:
    """Return each labelled pixel's distance to the nearest pixel of another label or background.

    Parameters
    ----------
    labels : Tensor
        `(Y, X)` int; the frame of the picture is no border.

    Returns
    -------
    Tensor
        `(Y, X)` float32 in pixels: 0 on background, 1 along borders. The exact distance is found on
        the host.
    """
    inside = labels > 0
    return (_distance(inside & ~edges(labels)) + 1) * inside


def outer_distance(labels: Tensor) -> Tensor:
    """Return `(Y, X)` float32, each background pixel's distance to an object; 0 in objects."""
    return _distance(labels <= 0)


def _distance(mask: Tensor) -> Tensor:
    host = mask.cpu().numpy()
    if host.all():
        return torch.full(mask.shape, float(max(mask.shape)), device=mask.device)
    distance = ndi.distance_transform_edt(host).astype(np.float32)
    return torch.from_numpy(distance).to(mask.device)


def edges(labels: Tensor) -> Tensor:
    """Return `(Y, X)` bool, the pixels beside one of another label, on both sides."""
    down, across = labels[1:] != labels[:-1], labels[:, 1:] != labels[:, :-1]
    found = torch.zeros(labels.shape, dtype=torch.bool, device=labels.device)
    found[1:] |= down
    found[:-1] |= down
    found[:, 1:] |= across
    found[:, :-1] |= across
    return found


def warp(field: Tensor, dy: Tensor, dx: Tensor) -> Tensor:
    """Displace `(..., Y, X)`: a pixel becomes what lies (dy, dx) from it; the rim is repeated.

    Parameters
    ----------
    field : Tensor
        Floats are sampled linearly; integers and bools take the nearest pixel.
    dy, dx : Tensor
        `(Y, X)` float32 in pixels.
    """
    height, width = field.shape[-2:]
    rows = (torch.arange(height, device=field.device)[:, None] + dy).clamp(0, height - 1)
    columns = (torch.arange(width, device=field.device) + dx).clamp(0, width - 1)
    if not field.is_floating_point():
        return field[..., rows.round().long(), columns.round().long()]
    top = rows.floor().long().clamp(max=max(height - 2, 0))
    left = columns.floor().long().clamp(max=max(width - 2, 0))
    below, right = (top + 1).clamp(max=height - 1), (left + 1).clamp(max=width - 1)
    upper = torch.lerp(field[..., top, left], field[..., top, right], columns - left)
    lower = torch.lerp(field[..., below, left], field[..., below, right], columns - left)
    return torch.lerp(upper, lower, rows - top)


def centroids(layer: Tensor, count: int) -> Tensor:
    """Return `(count, 2)` float32, the mean (row, column) of labels 1 to ``count``.

    Of a label without pixels it is far outside.
    """
    flat = layer.flatten().long()
    pixels = torch.bincount(flat, minlength=count + 1)[1 : count + 1]
    at = grid(layer.shape[0], layer.device).flatten(1).double()
    sums = torch.stack([torch.bincount(flat, axis, minlength=count + 1) for axis in at], 1)
    means = sums[1 : count + 1] / pixels.clamp(min=1)[:, None]
    return torch.where(pixels[:, None] > 0, means, -1e4).float()
