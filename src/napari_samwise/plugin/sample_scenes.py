"""Small images of nuclei, painted in a moment: a plane, a volume, a series in time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

VOXEL_UM = (1.0, 0.35, 0.35)
PIXEL_UM = (0.35, 0.35)
SECONDS_PER_FRAME = 300.0

_EDGE = 10.0
_BACKGROUND, _GAIN = 90, 1100


@dataclass(frozen=True, slots=True)
class _Nucleus:
    """An ellipsoid: `(ndim,)` centre and radii in pixels, how bright, and turned how far."""

    centre: NDArray[np.float64]
    radii: NDArray[np.float64]
    light: float
    turn: float


def nuclei_plane(seed: int = 5) -> NDArray[np.uint16]:
    """Return `(360, 480)` uint16: about sixty nuclei, some of which touch."""
    rng = np.random.default_rng(seed)
    nuclei = _scatter(rng, (360, 480), 60, np.array([15.0, 19.0]), 0.72)
    return _photograph(rng, (360, 480), nuclei)


def nuclei_volume(seed: int = 5) -> NDArray[np.uint16]:
    """Return `(24, 220, 260)` uint16: about forty nuclei, voxels as ``VOXEL_UM``."""
    rng = np.random.default_rng(seed)
    shape = (24, 220, 260)
    nuclei = _scatter(rng, shape, 40, np.array([5.0, 13.0, 17.0]), 0.95)
    return _photograph(rng, shape, nuclei)


def nuclei_series(seed: int = 5) -> NDArray[np.uint16]:
    """Return `(12, 240, 280)` uint16: nuclei that wander, of which one divides half-way."""
    rng = np.random.default_rng(seed)
    count, size = 12, (240, 280)
    nuclei = _scatter(rng, size, 14, np.array([13.0, 17.0]), 1.6)
    pace = rng.normal(0, 1.2, (len(nuclei) + 1, 2))
    frames = []
    for frame in range(count):
        frames.append(_photograph(rng, size, nuclei))
        if frame == count // 2:
            nuclei = [*_divide(nuclei[0]), *nuclei[1:]]
            pace = np.concatenate([[(-2.5, 0.5), (2.5, -0.5)], pace[1 : len(nuclei) - 1]])
        moved = zip(nuclei, pace, strict=False)
        nuclei = [_Nucleus(n.centre + step, n.radii, n.light, n.turn + 0.03) for n, step in moved]
        pace = 0.9 * pace + rng.normal(0, 0.5, pace.shape)
    return np.stack(frames)


def _scatter(
    rng: np.random.Generator,
    shape: tuple[int, ...],
    count: int,
    radii: NDArray[np.float64],
    apart: float,
) -> list[_Nucleus]:
    """Place nuclei at random; centres come no nearer than ``apart`` times two radii."""
    found: list[_Nucleus] = []
    for _ in range(60 * count):
        centre = rng.uniform(0.5 * radii, np.asarray(shape) - 0.5 * radii)
        gaps = [np.linalg.norm((centre - other.centre) / radii) for other in found]
        if gaps and min(gaps) < 2 * apart:
            continue
        own = radii * rng.uniform(0.8, 1.2)
        found.append(_Nucleus(centre, own, rng.uniform(0.45, 1.0), rng.uniform(0, np.pi)))
        if len(found) == count:
            break
    return found


def _divide(mother: _Nucleus) -> Iterator[_Nucleus]:
    for side in (-1, 1):
        shift = np.array([side * 0.6 * mother.radii[0], 0.0])
        yield _Nucleus(mother.centre + shift, mother.radii * 0.72, mother.light, mother.turn)


def _photograph(
    rng: np.random.Generator, shape: tuple[int, ...], nuclei: list[_Nucleus]
) -> NDArray[np.uint16]:
    """Return an image of nuclei as a camera counts photons."""
    light = np.zeros(shape)
    for nucleus in nuclei:
        _paint(light, nucleus)
    sigma = (*(0.6,) * (len(shape) - 2), 2.0, 2.0)
    texture = gaussian_filter(rng.normal(size=shape), sigma)
    light *= 1 + 0.16 * texture / texture.std()
    blurred = gaussian_filter(light, (*(0.7,) * (len(shape) - 2), 1.0, 1.0)).clip(0)
    counts: NDArray[np.int64] = rng.poisson(_BACKGROUND + _GAIN * blurred)
    return counts.astype(np.uint16)


def _paint(light: NDArray[np.float64], nucleus: _Nucleus) -> None:
    """Add a nucleus with a soft edge, within the box that it fills."""
    reach = np.full(light.ndim, 1.5 * nucleus.radii.max())
    first = np.maximum(np.floor(nucleus.centre - reach), 0).astype(int)
    last = np.minimum(np.ceil(nucleus.centre + reach), light.shape).astype(int)
    if np.any(last <= first):
        return
    box = tuple(slice(a, b) for a, b in zip(first, last, strict=True))
    *depth, y, x = (axis - at for axis, at in zip(np.ogrid[box], nucleus.centre, strict=True))
    sine, cosine = np.sin(nucleus.turn), np.cos(nucleus.turn)
    away = [*depth, cosine * y + sine * x, cosine * x - sine * y]
    distance = sum((each / radius) ** 2 for each, radius in zip(away, nucleus.radii, strict=True))
    soft = nucleus.light / (1 + np.exp((np.sqrt(distance) - 1) * _EDGE))
    light[box] = np.maximum(light[box], soft)
