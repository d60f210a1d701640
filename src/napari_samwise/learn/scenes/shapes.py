"""The primitives that scenes are drawn with: smooth noise, outlines, layouts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage as ndi
from scipy.spatial import cKDTree
from skimage.draw import polygon

FloatImage = NDArray[np.float32]
LabelImage = NDArray[np.int32]


@dataclass(slots=True)
class Canvas:
    """A picture in the making.

    Parameters
    ----------
    image : ndarray
        `(Y, X)` or `(Y, X, 3)` float32, nominally 0 to 1.
    labels : ndarray
        `(Y, X)` int32, 0 is background.
    classes : dict of int to str
        A word for every label.
    """

    image: FloatImage
    labels: LabelImage
    classes: dict[int, str]

    def add(self, rows: NDArray[np.intp], columns: NDArray[np.intp], word: str) -> int:
        """Give these pixels the next label; return it."""
        label = len(self.classes) + 1
        self.labels[rows, columns] = label
        self.classes[label] = word
        return label


def blank(size: int) -> Canvas:
    """Return an empty canvas of `(size, size)`."""
    return Canvas(np.zeros((size, size), np.float32), np.zeros((size, size), np.int32), {})


def log_uniform(rng: np.random.Generator, low: float, high: float) -> float:
    """Draw one number whose logarithm is uniform."""
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def smooth_noise(rng: np.random.Generator, size: int, scale_px: float) -> FloatImage:
    """Return `(size, size)` noise of zero mean and unit spread, smooth over ``scale_px``."""
    nodes = max(3, int(size / scale_px) + 3)
    coarse = rng.standard_normal((nodes, nodes)).astype(np.float32)
    order = 1 if scale_px < 3 else 3
    fine = ndi.zoom(coarse, (size + 1) / (nodes - 1), order=order, mode="nearest")[:size, :size]
    standardised: FloatImage = (fine - fine.mean()) / (fine.std() + 1e-6)
    return standardised


def window_around(centre: NDArray[np.float64], reach: int, size: int) -> tuple[slice, slice]:
    """Return the slices of all pixels within ``reach`` of (row, column), clipped to ``size``."""
    low = np.clip(centre.astype(int) - reach, 0, size)
    high = np.clip(centre.astype(int) + reach + 1, 0, size)
    return slice(low[0], high[0]), slice(low[1], high[1])


def blob(
    rng: np.random.Generator,
    centre: tuple[float, float],
    radius: float,
    elongation: float = 1.0,
    irregularity: float = 0.0,
    shape: tuple[int, int] = (0, 0),
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the pixels of a closed outline with random low harmonics.

    Parameters
    ----------
    rng : Generator
        Source of every choice.
    centre : tuple of float
        (row, column).
    radius : float
        In pixels, of the circle that the outline is bent from.
    elongation : float
        Length over width, at least 1, in a random direction.
    irregularity : float
        Spread of the harmonics, 0 is an ellipse.
    shape : tuple of int
        `(Y, X)` to clip to; `(0, 0)` leaves nothing.

    Returns
    -------
    tuple of ndarray
        Rows and columns.
    """
    angle = np.linspace(0, 2 * np.pi, 48, endpoint=False)
    reach = np.ones_like(angle)
    for harmonic in range(2, 6):
        amplitude = irregularity / harmonic * rng.standard_normal()
        reach += amplitude * np.cos(harmonic * angle + rng.uniform(0, 2 * np.pi))
    reach = np.clip(reach, 0.3, 2.0) * radius
    along = np.sqrt(elongation) * reach * np.cos(angle)
    across = reach / np.sqrt(elongation) * np.sin(angle)
    turn = rng.uniform(0, np.pi)
    rows = centre[0] + along * np.sin(turn) + across * np.cos(turn)
    columns = centre[1] + along * np.cos(turn) - across * np.sin(turn)
    found: tuple[NDArray[np.intp], NDArray[np.intp]] = polygon(rows, columns, shape)
    return found


def scatter_blobs(
    rng: np.random.Generator,
    canvas: Canvas,
    *,
    radius: float,
    density: float,
    word: str,
    elongation: tuple[float, float] = (1.0, 1.5),
    irregularity: float = 0.2,
    spread: float = 0.25,
    overlap: bool = False,
    most: int = 260,
) -> list[tuple[int, NDArray[np.intp], NDArray[np.intp]]]:
    """Place blobs of one word at random.

    Parameters
    ----------
    rng : Generator
        Source of every choice.
    canvas : Canvas
        Its labels and classes are added to; its image is left alone.
    radius : float
        Median radius in pixels.
    density : float
        Area of all blobs tried over the area of the picture.
    word : str
        Their class.
    elongation : tuple of float
        Range of length over width.
    irregularity, spread : float
        See ``blob``; spread of the radius' logarithm.
    overlap : bool
        Later blobs hide earlier ones; otherwise they give way, or are dropped.
    most : int
        Blobs tried at most.

    Returns
    -------
    list of tuple
        Label, rows and columns of what was drawn.
    """
    size = canvas.labels.shape[0]
    count = int(np.clip(density * size**2 / (np.pi * radius**2), 2, most))
    drawn = []
    for _ in range(count):
        own_radius = max(radius * np.exp(rng.normal(0, spread)), 2.5)
        centre = tuple(rng.uniform(-0.05 * size, 1.05 * size, 2))
        rows, columns = blob(
            rng, centre, own_radius, rng.uniform(*elongation), irregularity, canvas.labels.shape
        )
        if len(rows) < 12:
            continue
        if not overlap:
            free = canvas.labels[rows, columns] == 0
            if free.mean() < 0.8:
                continue
            rows, columns = rows[free], columns[free]
        drawn.append((canvas.add(rows, columns, word), rows, columns))
    return drawn


def cells_of_points(
    rng: np.random.Generator, size: int, count: int, warp_px: float
) -> tuple[LabelImage, FloatImage]:
    """Return a warped Voronoi partition and each pixel's distance to its border.

    Parameters
    ----------
    rng : Generator
        Source of every choice.
    size : int
        Side in pixels.
    count : int
        Number of seeds.
    warp_px : float
        Spread of the displacement that bends the borders.

    Returns
    -------
    partition : ndarray
        `(size, size)` int32, 1 to ``count``.
    border : ndarray
        `(size, size)` float32 in pixels, half the difference of the distances to the two nearest
        seeds: exact on the border, and good enough inside for walls and membranes.
    """
    seeds = rng.uniform(-0.05 * size, 1.05 * size, (count, 2))
    rows, columns = np.mgrid[:size, :size].astype(np.float32)
    rows = rows + smooth_noise(rng, size, size / 6) * warp_px
    columns = columns + smooth_noise(rng, size, size / 6) * warp_px
    distance, nearest = cKDTree(seeds).query(np.stack([rows.ravel(), columns.ravel()], 1), k=2)
    partition = (nearest[:, 0] + 1).reshape(size, size).astype(np.int32)
    border = ((distance[:, 1] - distance[:, 0]) / 2).reshape(size, size).astype(np.float32)
    return partition, border


def inner_distance(labels: LabelImage) -> FloatImage:
    """Return for every labelled pixel its distance to another label or background, in pixels."""
    edge = np.zeros(labels.shape, bool)
    edge[:-1] |= labels[:-1] != labels[1:]
    edge[:, :-1] |= labels[:, :-1] != labels[:, 1:]
    inside = (labels > 0) & ~edge
    distance: FloatImage = ndi.distance_transform_edt(inside).astype(np.float32)
    return distance
