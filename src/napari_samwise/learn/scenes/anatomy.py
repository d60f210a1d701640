"""Medical pictures: nested organs with lesions, vessels and filaments."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from napari_samwise.learn.scenes.shapes import (
    Canvas,
    blank,
    blob,
    log_uniform,
    smooth_noise,
    window_around,
)


def organs(rng: np.random.Generator, size: int) -> Canvas:
    """Paint a body with organs that differ little in brightness, some with lesions."""
    canvas = blank(size)
    shape = canvas.labels.shape
    image = canvas.image
    centre = tuple(size / 2 + rng.normal(0, 0.04 * size, 2))
    reach = size * rng.uniform(0.3, 0.55)
    rows, columns = blob(rng, centre, reach, rng.uniform(1, 1.5), 0.1, shape)
    body = np.zeros(shape, bool)
    body[rows, columns] = True
    level = rng.uniform(0.3, 0.6)
    image[body] = level
    canvas.add(rows, columns, "body")
    texture = smooth_noise(rng, size, log_uniform(rng, 3, 20))
    for _ in range(rng.integers(2, 13)):
        pick = rng.integers(len(rows))
        radius = log_uniform(rng, 6, size * 0.18)
        middle = (rows[pick], columns[pick])
        organ = blob(rng, middle, radius, rng.uniform(1, 2.2), rng.uniform(0, 0.4), shape)
        inside = body[organ]
        organ = (organ[0][inside], organ[1][inside])
        if len(organ[0]) < 20:
            continue
        canvas.add(*organ, "organ")
        own = level + rng.choice([-1, 1]) * log_uniform(rng, 0.05, 0.4)
        image[organ] = own
        if rng.random() < 0.5:
            image[organ] += texture[organ] * rng.uniform(0, 0.05)
        if rng.random() < 0.3:
            spot = rng.integers(len(organ[0]))
            middle = (organ[0][spot], organ[1][spot])
            lesion = blob(rng, middle, radius * rng.uniform(0.15, 0.4), 1.3, 0.2, shape)
            if len(lesion[0]) > 15:
                canvas.add(*lesion, "lesion")
                image[lesion] = own + rng.choice([-1, 1]) * rng.uniform(0.05, 0.2)
    image += smooth_noise(rng, size, rng.uniform(3, 20)) * rng.uniform(0, 0.05)
    return canvas


def vessels(rng: np.random.Generator, size: int) -> Canvas:
    """Paint winding tubes of slowly changing width over a textured ground."""
    canvas = blank(size)
    image = canvas.image
    image += 0.3 + 0.08 * smooth_noise(rng, size, rng.uniform(10, 60))
    sign = rng.choice([-1.0, 1.0])
    for _ in range(rng.integers(1, 9)):
        rows, columns = np.nonzero(_tube(rng, size))
        if len(rows) > 30:
            canvas.add(rows, columns, "vessel")
            image[rows, columns] = 0.3 + sign * log_uniform(rng, 0.08, 0.5)
    image += smooth_noise(rng, size, log_uniform(rng, 2, 8)) * rng.uniform(0, 0.06)
    return canvas


def _tube(rng: np.random.Generator, size: int) -> NDArray[np.bool_]:
    """Draw a `(size, size)` mask of overlapping discs along a random walk that turns slowly."""
    position = rng.uniform(0, size, 2)
    heading = rng.uniform(0, 2 * np.pi)
    width = log_uniform(rng, 2, 14)
    turn = rng.normal(0, 0.02)
    tube = np.zeros((size, size), bool)
    step = max(width * 0.5, 1.5)
    for _ in range(int(size * rng.uniform(0.4, 1.6) / step)):
        window = window_around(position, int(width) + 2, size)
        rows, columns = np.mgrid[window]
        away = (rows - position[0]) ** 2 + (columns - position[1]) ** 2
        tube[window] |= away <= width**2
        turn = 0.9 * turn + rng.normal(0, 0.03)
        heading += turn * step / 2
        width = float(np.clip(width * np.exp(rng.normal(0, 0.03)), 1.5, 16))
        position = position + step * np.array([np.sin(heading), np.cos(heading)])
    return tube
