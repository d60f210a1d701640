"""Tissue: membranes of epithelia and plants, stained sections."""

from __future__ import annotations

import numpy as np
from scipy import ndimage as ndi

from napari_samwise.learn.scenes.shapes import (
    Canvas,
    blank,
    cells_of_points,
    inner_distance,
    log_uniform,
    scatter_blobs,
    smooth_noise,
)


def membranes(rng: np.random.Generator, size: int) -> Canvas:
    """Paint cells that fill the plane, told apart by their walls; some leave gaps."""
    canvas = blank(size)
    across_px = log_uniform(rng, 14, 80)
    count = int(np.clip((size * 1.1 / across_px) ** 2, 6, 330))
    partition, border = cells_of_points(rng, size, count, across_px * rng.uniform(0, 0.25))
    wall_px = rng.uniform(0.7, 3.0)
    keep = rng.random(count + 1) > (rng.uniform(0, 0.5) if rng.random() < 0.3 else 0)
    keep[0] = False
    labels = np.where(keep[partition] & (border > wall_px * 0.4), partition, 0)
    image = canvas.image
    image += rng.uniform(0.02, 0.3) + rng.normal(0, 0.06, count + 1).astype(np.float32)[partition]
    strength = rng.uniform(0.2, 0.7) * (1 + 0.4 * smooth_noise(rng, size, rng.uniform(8, 60)))
    exists = keep[partition] | (ndi.maximum_filter(keep[partition], int(2 * wall_px) + 1))
    image += exists * np.exp(-((border / wall_px) ** 2)) * np.clip(strength, 0.02, 1)
    image += smooth_noise(rng, size, log_uniform(rng, 2, 10)) * rng.uniform(0, 0.06)
    if rng.random() < 0.25:
        image += (border > across_px * rng.uniform(0.12, 0.25)) * rng.uniform(-0.15, 0.25)
    canvas.labels[:] = labels
    canvas.classes.update({int(label): "cell" for label in np.unique(labels[labels > 0])})
    return canvas


def stained_section(rng: np.random.Generator, size: int) -> Canvas:
    """Paint dark nuclei in a coloured, textured ground, as in H&E."""
    canvas = blank(size)
    radius = log_uniform(rng, 5, 18)
    scatter_blobs(
        rng,
        canvas,
        radius=radius,
        density=rng.uniform(0.1, 0.8),
        word="nucleus",
        elongation=(1.0, rng.uniform(1.2, 2.8)),
        irregularity=rng.uniform(0.05, 0.25),
        spread=0.35,
    )
    inside = canvas.labels > 0
    stroma = smooth_noise(rng, size, rng.uniform(8, 40)) * 0.5 + smooth_noise(rng, size, 4) * 0.3
    eosin = np.clip(0.35 + 0.25 * stroma, 0, 1) * rng.uniform(0.4, 1.2)
    per_nucleus = rng.uniform(0.5, 1.2, len(canvas.labels) ** 2 + 1)[: len(canvas.classes) + 1]
    depth = inner_distance(canvas.labels)
    chromatin = per_nucleus[canvas.labels] * (1 + 0.25 * smooth_noise(rng, size, 3))
    chromatin *= 1 + rng.uniform(-0.4, 0.5) * np.exp(-depth / 1.5)
    haematoxylin = inside * np.clip(chromatin, 0.1, 2) * rng.uniform(0.5, 1.3) + 0.05
    if rng.random() < 0.4:
        lumen = smooth_noise(rng, size, rng.uniform(30, 80)) > rng.uniform(0.8, 1.6)
        eosin = np.where(lumen & ~inside, 0.03, eosin)
    # Optical densities of the two stains in R, G, B (Ruifrok & Johnston 2001), varied per scene.
    dense_blue = np.array([0.65, 0.70, 0.29]) * rng.uniform(0.8, 1.2, 3)
    dense_pink = np.array([0.07, 0.99, 0.11]) * rng.uniform(0.8, 1.2, 3)
    density = haematoxylin[..., None] * dense_blue + eosin[..., None] * dense_pink
    canvas.image = np.exp(-density).astype(np.float32)
    return canvas
