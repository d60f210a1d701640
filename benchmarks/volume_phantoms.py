"""CT-like volumes of organs and vessels that end, for `volume_propagation.py`.

    python benchmarks/volume_phantoms.py FOLDER
    python benchmarks/volume_propagation.py FOLDER

Writes eight volumes of 14 objects: bent ellipsoids, some with a second lobe, and curved tubes, in
a body with fat between them. Brightness, noise and slice thickness differ from volume to volume.
No object goes on where its label stops, as vessels do in crops of real scans.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tifffile
from numpy.typing import NDArray
from scipy import ndimage as ndi

SHAPE = (56, 160, 160)
OBJECTS, TRIES, LEAST_VOXELS = 14, 200, 300
FAT, BODY = -80.0, 40.0


@dataclass(frozen=True)
class Kind:
    """Slices averaged into one, contrast to the body, and noise."""

    thickness: int
    contrast: tuple[float, float]
    noise: float


KINDS = (
    Kind(1, (25, 90), 14),
    Kind(1, (40, 140), 16),
    Kind(2, (30, 100), 12),
    Kind(3, (30, 120), 12),
)

Grid = tuple[NDArray[np.float32], ...]


def smooth_noise(rng: np.random.Generator, sigma: float | tuple[float, ...]) -> NDArray[np.float64]:
    field = ndi.gaussian_filter(rng.normal(0, 1, SHAPE), sigma)
    whole: NDArray[np.float64] = field / field.std()
    return whole


def ellipsoid(
    grid: Grid, centre: NDArray[np.float64], radii: NDArray[np.float64]
) -> NDArray[np.bool_]:
    away = sum(((g - c) / r) ** 2 for g, c, r in zip(grid, centre, radii, strict=True))
    return np.asarray(away < 1)


def tube(rng: np.random.Generator, centre: NDArray[np.float64]) -> NDArray[np.bool_] | None:
    along = np.linspace(-0.5, 0.5, 40)[:, None]
    length, radius = rng.uniform(20, 60), rng.uniform(3, 8)
    direction = rng.normal(0, 1, 3) * (2, 1, 1)
    direction /= np.linalg.norm(direction)
    aside = np.cross(direction, rng.normal(0, 1, 3))
    aside /= np.linalg.norm(aside)
    bend = (along**2 - 0.08) * rng.uniform(-40, 40)
    points = centre + along * length * direction + bend * aside
    points = points[((points >= 0) & (points <= np.array(SHAPE) - 1)).all(1)]
    if len(points) < 15:
        return None
    line = np.ones(SHAPE, dtype=bool)
    line[tuple(np.round(points).astype(int).T)] = False
    return np.asarray(ndi.distance_transform_edt(line) <= radius)


def shape(rng: np.random.Generator, grid: Grid) -> NDArray[np.bool_] | None:
    kind = rng.choice(["blob", "blob", "tube", "lobed"])
    centre = np.array(
        [
            rng.uniform(margin, side - margin)
            for side, margin in zip(SHAPE, (6, 25, 25), strict=True)
        ]
    )
    if kind == "tube":
        return tube(rng, centre)
    radii = rng.uniform(5, 15, 3) * (1, 1.4, 1.4)
    mask = ellipsoid(grid, centre, radii)
    if kind == "lobed":
        second = centre + rng.normal(0, 1, 3) * radii * 0.8
        mask |= ellipsoid(grid, second, radii * rng.uniform(0.5, 0.9))
    return mask


def make(seed: int, kind: Kind) -> tuple[NDArray[np.int16], NDArray[np.int32]]:
    rng = np.random.default_rng(seed)
    plain = np.meshgrid(*(np.arange(side, dtype=np.float32) for side in SHAPE), indexing="ij")
    bent = tuple(axis + 2.5 * smooth_noise(rng, 6) for axis in plain)
    y, x = ((axis / side - 0.5) / 0.47 for axis, side in zip(bent[1:], SHAPE[1:], strict=True))
    body = y**2 + x**2 < 1
    image = np.where(body, BODY, -100.0)
    image[body & (smooth_noise(rng, 5) > 0.6)] = FAT
    labels = np.zeros(SHAPE, dtype=np.int32)
    for _ in range(TRIES):
        if labels.max() == OBJECTS:
            break
        mask = shape(rng, bent)
        if mask is None:
            continue
        mask &= body
        if (mask & (labels > 0)).sum() > 0.25 * mask.sum():
            continue
        parts, count = ndi.label(mask & (labels == 0))
        if not count:
            continue
        mask = parts == 1 + np.bincount(parts.ravel())[1:].argmax()
        if mask.sum() < LEAST_VOXELS:
            continue
        labels[mask] = labels.max() + 1
        contrast = rng.choice([-1, 1], p=[0.35, 0.65]) * rng.uniform(*kind.contrast)
        image[mask] = BODY + contrast + 6 * smooth_noise(rng, 1.5)[mask]
    image = ndi.gaussian_filter(image, 0.8) + kind.noise * smooth_noise(rng, (0.3, 0.8, 0.8))
    count = SHAPE[0] // kind.thickness
    thick = image[: count * kind.thickness].reshape(count, kind.thickness, *SHAPE[1:]).mean(1)
    middles = labels[kind.thickness // 2 :: kind.thickness][:count]
    return thick.round().astype(np.int16), middles


def main() -> None:
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for index, kind in enumerate(KINDS):
        for number in range(2):
            image, labels = make(10 * index + number, kind)
            name = f"phantom_{kind.thickness}mm_{index}{number}"
            tifffile.imwrite(
                folder / f"{name}_image.tif",
                image,
                imagej=True,
                resolution=(1, 1),
                metadata={"axes": "ZYX", "spacing": float(kind.thickness), "unit": "um"},
            )
            tifffile.imwrite(folder / f"{name}_labels.tif", labels)


if __name__ == "__main__":
    main()
