"""Microscopy of single cells: nuclei, rods, phase contrast, yeast."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage as ndi

from napari_samwise.learn.scenes.shapes import (
    Canvas,
    blank,
    blob,
    inner_distance,
    log_uniform,
    scatter_blobs,
    smooth_noise,
    window_around,
)


def nuclei(rng: np.random.Generator, size: int) -> Canvas:
    """Paint fluorescent nuclei of one size class, crowded or sparse, over others out of focus."""
    canvas = blank(size)
    radius = log_uniform(rng, 5, 34)
    drawn = scatter_blobs(
        rng,
        canvas,
        radius=radius,
        density=rng.uniform(0.1, 1.3),
        word="nucleus",
        elongation=(1.0, rng.uniform(1.1, 2.0)),
        irregularity=rng.uniform(0, 0.22),
        overlap=rng.random() < 0.25,
    )
    image = canvas.image
    image += rng.uniform(0, 0.1) * smooth_noise(rng, size, rng.uniform(20, 120))
    gain = log_uniform(rng, 0.15, 0.8)
    for label, rows, columns in drawn:
        level = gain * np.exp(rng.normal(0, 0.35))
        image[rows, columns] = np.where(
            canvas.labels[rows, columns] == label, level, image[rows, columns]
        )
    inside = canvas.labels > 0
    image += inside * smooth_noise(rng, size, log_uniform(rng, 2, 12)) * rng.uniform(0, 0.12) * gain
    if rng.random() < 0.5:
        depth = inner_distance(canvas.labels)
        dome = np.sqrt(np.clip(depth / max(radius, 1), 0, 1))
        image *= np.where(inside, 1 - rng.uniform(0, 0.6) * (1 - dome), 1)
    if rng.random() < 0.35:
        ghosts = blank(size)
        scatter_blobs(
            rng, ghosts, radius=radius, density=rng.uniform(0.1, 0.6), word="", overlap=True
        )
        haze = ndi.gaussian_filter((ghosts.labels > 0).astype(np.float32), radius * 0.5)
        image += haze * rng.uniform(0.05, 0.3) * gain
    return canvas


def rods(rng: np.random.Generator, size: int) -> Canvas:
    """Paint bacteria: elongated, touching, in chains, bright or dark on a plain ground."""
    canvas = blank(size)
    radius = log_uniform(rng, 4, 12)
    level = rng.uniform(0.2, 0.6)
    chains = int(np.clip(rng.uniform(0.05, 0.5) * size**2 / (np.pi * radius**2) / 2, 2, 120))
    for _ in range(chains):
        centre = rng.uniform(0, size, 2)
        heading = rng.uniform(0, 2 * np.pi)
        half_length = radius * rng.uniform(1.3, 3.5)
        for _ in range(rng.integers(1, 4)):
            rows, columns = _rod(centre, heading, half_length, radius * 0.7, size)
            free = canvas.labels[rows, columns] == 0
            if len(rows) > 12 and free.mean() > 0.75:
                rows, columns = rows[free], columns[free]
                canvas.add(rows, columns, "rod")
                canvas.image[rows, columns] = level * np.exp(rng.normal(0, 0.15))
            step = 2 * (half_length + radius * 0.75)
            centre = centre + step * np.array([np.sin(heading), np.cos(heading)])
            heading += rng.normal(0, 0.35)
    depth = inner_distance(canvas.labels)
    canvas.image *= 1 - rng.uniform(0, 0.5) * np.exp(-depth / 1.5)
    canvas.image += rng.uniform(0, 0.05) * smooth_noise(rng, size, rng.uniform(10, 60))
    return canvas


def _rod(
    centre: NDArray[np.float64], heading: float, half_length: float, half_width: float, size: int
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the pixels of a bar with round ends, clipped to the picture."""
    rows, columns = np.mgrid[window_around(centre, int(half_length + half_width) + 2, size)]
    dy, dx = rows - centre[0], columns - centre[1]
    along = dy * np.sin(heading) + dx * np.cos(heading)
    across = dy * np.cos(heading) - dx * np.sin(heading)
    overhang = np.maximum(np.abs(along) - half_length, 0)
    inside = overhang**2 + across**2 <= half_width**2
    return rows[inside], columns[inside]


def phase_contrast(rng: np.random.Generator, size: int) -> Canvas:
    """Paint transparent cells: a rim, a bright halo outside, texture inside, hardly any fill."""
    canvas = blank(size)
    radius = log_uniform(rng, 10, 40)
    scatter_blobs(
        rng,
        canvas,
        radius=radius,
        density=rng.uniform(0.1, 1.0),
        word="cell",
        elongation=(1.0, rng.uniform(1.2, 3.5)),
        irregularity=rng.uniform(0.1, 0.5),
    )
    labels = canvas.labels
    inside = labels > 0
    depth = inner_distance(labels)
    outside = ndi.distance_transform_edt(~inside).astype(np.float32)
    per_cell = rng.normal(0, 0.06, len(canvas.classes) + 1).astype(np.float32)
    image = canvas.image
    image += 0.5 + rng.uniform(0, 0.06) * smooth_noise(rng, size, rng.uniform(20, 100))
    image += inside * (rng.uniform(-0.18, 0.12) + per_cell[labels])
    image += inside * smooth_noise(rng, size, log_uniform(rng, 2, 10)) * rng.uniform(0.02, 0.16)
    width = rng.uniform(1, 4)
    image += inside * np.exp(-depth / width) * rng.uniform(-0.3, 0.3)
    image += ~inside * np.exp(-outside / rng.uniform(1.5, 6)) * rng.uniform(0, 0.4)
    if rng.random() < 0.5:
        for _ in range(len(canvas.classes)):
            rows, columns = blob(
                rng, tuple(rng.uniform(0, size, 2)), radius * 0.25, 1.2, 0.1, labels.shape
            )
            image[rows, columns] += rng.uniform(-0.1, 0.1)
    return canvas


def yeast(rng: np.random.Generator, size: int) -> Canvas:
    """Paint round cells in clusters with a dark or bright wall, as in bright field."""
    canvas = blank(size)
    radius = log_uniform(rng, 7, 24)
    for _ in range(rng.integers(1, 7)):
        middle = rng.uniform(0, size, 2)
        for _ in range(rng.integers(2, 18)):
            centre = tuple(middle + rng.normal(0, radius * 2.2, 2))
            own = radius * np.exp(rng.normal(0, 0.2))
            rows, columns = blob(rng, centre, own, rng.uniform(1, 1.3), 0.04, canvas.labels.shape)
            if len(rows) < 20:
                continue
            free = canvas.labels[rows, columns] == 0
            if free.mean() > 0.7:
                canvas.add(rows[free], columns[free], "cell")
    depth = inner_distance(canvas.labels)
    inside = canvas.labels > 0
    image = canvas.image
    image += 0.5 + inside * rng.uniform(-0.12, 0.12)
    sign = rng.choice([-1.0, 1.0])
    wall = np.exp(-(((depth - 2) / rng.uniform(1, 2.5)) ** 2))
    image += sign * inside * wall * rng.uniform(0.1, 0.4)
    outside = ndi.distance_transform_edt(~inside)
    image -= sign * ~inside * np.exp(-outside / rng.uniform(1, 3)) * rng.uniform(0, 0.25)
    image += smooth_noise(rng, size, rng.uniform(20, 80)) * rng.uniform(0, 0.05)
    return canvas
