"""Textures of electron microscopy and materials: organelles, pores, grains, dead leaves."""

from __future__ import annotations

import numpy as np

from napari_samwise.learn.scenes.shapes import (
    Canvas,
    FloatImage,
    blank,
    cells_of_points,
    inner_distance,
    log_uniform,
    scatter_blobs,
    smooth_noise,
)


def _fine_texture(rng: np.random.Generator, size: int) -> FloatImage:
    scales = (2.0, 4.0, 9.0, 20.0)
    mixed = sum(smooth_noise(rng, size, scale) * rng.uniform(0, 1) for scale in scales)
    return np.asarray(mixed / 2, np.float32)


def organelles(rng: np.random.Generator, size: int) -> Canvas:
    """Paint bodies with a double wall and inner lamellae, as in electron microscopy."""
    canvas = blank(size)
    image = canvas.image
    image += 0.55 + _fine_texture(rng, size) * rng.uniform(0.03, 0.12)
    radius = log_uniform(rng, 7, 45)
    scatter_blobs(
        rng,
        canvas,
        radius=radius,
        density=rng.uniform(0.08, 0.6),
        word="organelle",
        elongation=(1.0, rng.uniform(1.2, 3.5)),
        irregularity=rng.uniform(0.05, 0.35),
        spread=0.4,
    )
    depth = inner_distance(canvas.labels)
    inside = canvas.labels > 0
    image += inside * rng.uniform(-0.25, 0.12)
    rows, columns = np.mgrid[:size, :size]
    turns = rng.uniform(0, np.pi, len(canvas.classes) + 1)[canvas.labels]
    wave = np.sin(
        (rows * np.sin(turns) + columns * np.cos(turns)) / rng.uniform(1.2, 4)
        + smooth_noise(rng, size, 14) * 2
    )
    image += inside * wave * rng.uniform(0, 0.14)
    image -= inside * np.exp(-(((depth - 1) / rng.uniform(0.8, 2)) ** 2)) * rng.uniform(0.05, 0.35)
    if rng.random() < 0.6:
        distractors = blank(size)
        scatter_blobs(
            rng, distractors, radius=rng.uniform(2.5, 8), density=rng.uniform(0.02, 0.2), word=""
        )
        wall = np.exp(-((inner_distance(distractors.labels) - 1) ** 2)) * (distractors.labels > 0)
        image -= ~inside * wall * rng.uniform(0, 0.25)
    if rng.random() < 0.5:
        _, border = cells_of_points(rng, size, int(rng.integers(3, 14)), size * 0.05)
        image -= ~inside * np.exp(-((border / rng.uniform(0.8, 2)) ** 2)) * rng.uniform(0.1, 0.35)
    return canvas


def pores(rng: np.random.Generator, size: int) -> Canvas:
    """Paint dark holes with bright edges in a rough plate, as in scanning electron microscopy."""
    canvas = blank(size)
    image = canvas.image
    image += 0.5 + _fine_texture(rng, size) * rng.uniform(0.02, 0.12)
    image += smooth_noise(rng, size, rng.uniform(30, 120)) * rng.uniform(0, 0.12)
    scatter_blobs(
        rng,
        canvas,
        radius=log_uniform(rng, 4, 30),
        density=rng.uniform(0.08, 0.5),
        word="pore",
        elongation=(1.0, rng.uniform(1.1, 2.5)),
        irregularity=rng.uniform(0, 0.3),
        spread=rng.uniform(0.1, 0.5),
    )
    inside = canvas.labels > 0
    depth = inner_distance(canvas.labels)
    image -= inside * (1 - np.exp(-depth / rng.uniform(0.7, 3))) * rng.uniform(0.15, 0.5)
    image += inside * smooth_noise(rng, size, rng.uniform(2, 8)) * rng.uniform(0, 0.06)
    image += np.exp(-depth / 1.2) * inside * rng.uniform(0, 0.3)
    return canvas


def grains(rng: np.random.Generator, size: int) -> Canvas:
    """Paint crystals or sand: a partition with a grey value a grain and thin or no borders."""
    canvas = blank(size)
    count = int(np.clip((size / log_uniform(rng, 14, 70)) ** 2, 5, 300))
    partition, border = cells_of_points(rng, size, count, rng.uniform(0, 6))
    gap = rng.uniform(0, 3) if rng.random() < 0.5 else 0.0
    shown = rng.random(count + 1) < rng.uniform(0.5, 1.0)
    shown[0] = False
    labels = np.where(shown[partition] & (border >= gap), partition, 0)
    tone = rng.uniform(0.2, 0.9, count + 1).astype(np.float32)
    if rng.random() < 0.4:
        level = np.float32(rng.uniform(0.4, 0.9))
        tone = (level + rng.normal(0, 0.05, count + 1)).astype(np.float32)
    ground = rng.uniform(0, 0.2)
    canvas.image = np.where(labels > 0, tone[partition], ground).astype(np.float32)
    canvas.image += _fine_texture(rng, size) * rng.uniform(0, 0.08)
    canvas.image -= np.exp(-((border / 1.2) ** 2)) * rng.uniform(0, 0.3)
    canvas.labels[:] = labels
    canvas.classes.update({int(label): "grain" for label in np.unique(labels[labels > 0])})
    return canvas


def dead_leaves(rng: np.random.Generator, size: int) -> Canvas:
    """Paint occluding blobs of power-law size with colours and textures of their own.

    The dead-leaves model has the statistics of natural images (Lee, Mumford & Huang 2001).
    """
    canvas = blank(size)
    drawn = scatter_blobs(
        rng,
        canvas,
        radius=log_uniform(rng, 10, 55),
        density=rng.uniform(0.4, 2.0),
        word="shape",
        elongation=(1.0, 3.0),
        irregularity=rng.uniform(0, 0.5),
        spread=0.6,
        overlap=True,
        most=120,
    )
    count = len(drawn) + 1
    colours = rng.uniform(0, 1, (count, 3))
    if rng.random() < 0.5:
        colours[:] = colours[:, :1]
    textures = [smooth_noise(rng, size, scale) for scale in (3, 8, 25)]
    weights = rng.uniform(0, 0.12, (count, 3)) * (rng.random((count, 1)) < 0.6)
    canvas.image = colours[canvas.labels].astype(np.float32)
    for index, texture in enumerate(textures):
        canvas.image += (texture * weights[:, index][canvas.labels])[..., None].astype(np.float32)
    return canvas
