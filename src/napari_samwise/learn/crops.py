"""Training crops: a window around an object, turned, scaled and re-exposed at random."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage as ndi

from napari_samwise.learn.noise import FloatImage, smooth_noise
from napari_samwise.learn.restyle import restyle
from napari_samwise.model.nano_encoder import WINDOW_PX

SMALLEST_PX, LARGEST_PX = 9.0, 130.0
"""Range of an object's size (square root of its area) in a window."""

SMALLEST_AREA_PX = 16
"""Smaller objects of a picture are not aimed at."""

_PROMPTABLE_PX = (20, 0.8 * WINDOW_PX**2)
_MOSTLY_SEEN = 0.5
_SHAPE = (WINDOW_PX, WINDOW_PX)


@dataclass(frozen=True, slots=True, eq=False)
class Crop:
    """One window and the objects in it.

    Parameters
    ----------
    image : ndarray
        `(3, 192, 192)` float32, normalised for the network; 0 outside the picture.
    labels : ndarray
        `(192, 192)` int32, 0 is background.
    areas : dict of int to float
        Each object's whole area in pixels of the window, the part outside it included.
    promptable : tuple of int
        The objects of which enough, and not nearly the whole window, is seen.
    """

    image: FloatImage
    labels: NDArray[np.int32]
    areas: dict[int, float]
    promptable: tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """Where a window lies in a picture.

    Parameters
    ----------
    matrix : ndarray
        `(2, 2)` float64, steps (y, x) in the picture for a step along each axis of the window.
    corner : ndarray
        `(2,)` float64, (y, x) in pixels of the picture of the window's first pixel centre.
    """

    matrix: NDArray[np.float64]
    corner: NDArray[np.float64]

    @property
    def area_scale(self) -> float:
        """Pixels of the window that one pixel of the picture covers."""
        return 1 / abs(float(np.linalg.det(self.matrix)))

    def cut_labels(self, labels: NDArray[np.int32]) -> NDArray[np.int32]:
        """Sample `(Y, X)` labels to `(192, 192)`, the nearest ones; 0 outside the picture."""
        cut: NDArray[np.int32] = ndi.affine_transform(
            labels, self.matrix, self.corner, _SHAPE, order=0, mode="constant"
        )
        return cut

    def cut_plane(self, plane: FloatImage) -> FloatImage:
        """Sample a `(Y, X)` plane to `(192, 192)`, linearly; its rim is repeated outside."""
        shrink = self.area_scale**0.5
        if shrink < 0.8:
            plane = ndi.gaussian_filter(plane, 0.4 / shrink)
        cut: FloatImage = ndi.affine_transform(
            plane, self.matrix, self.corner, _SHAPE, order=1, mode="nearest"
        )
        return cut


def normalise(image: NDArray[np.uint8] | FloatImage) -> FloatImage:
    """Map 0 to 255 onto -2 to 2, as ``Nano.encode`` does."""
    return (np.asarray(image, np.float32) / 255.0 - 0.5) / 0.25


def random_crop(
    rng: np.random.Generator, image: NDArray[np.uint8], labels: NDArray[np.int32]
) -> Crop | None:
    """Cut a random window around a random object.

    Parameters
    ----------
    rng : Generator
        Source of every choice.
    image : ndarray
        `(Y, X, 3)` uint8.
    labels : ndarray
        `(Y, X)` int32, 0 is background.

    Returns
    -------
    Crop or None
        None where no object of useful size came into the window.
    """
    area = np.bincount(labels.ravel())
    area[0] = 0
    ids = np.nonzero(area >= SMALLEST_AREA_PX)[0]
    if not len(ids):
        return None
    frame = random_frame(rng, labels == rng.choice(ids))
    cut = frame.cut_labels(labels)
    present, visible = np.unique(cut[cut > 0], return_counts=True)
    share = visible / (area[present] * frame.area_scale)
    enough = share >= (_MOSTLY_SEEN if rng.random() < 0.75 else 0)
    useful = present[enough & (visible >= _PROMPTABLE_PX[0]) & (visible < _PROMPTABLE_PX[1])]
    if not len(useful):
        return None
    known = frame.cut_labels(np.ones(labels.shape, np.int32))
    grey = bool((image == image[..., :1]).all())
    channels = [
        frame.cut_plane(image[..., channel].astype(np.float32))
        for channel in range(1 if grey else 3)
    ]
    picture = np.stack(channels * 3 if grey else channels) / 255.0
    exposed = _expose(rng, picture, grey=grey)
    return Crop(
        image=(normalise(exposed * 255.0) * known).astype(np.float32),
        labels=cut,
        areas={int(i): float(area[i]) * frame.area_scale for i in present},
        promptable=tuple(int(i) for i in useful),
    )


def random_frame(rng: np.random.Generator, mask: NDArray[np.bool_]) -> Frame:
    """Place a window near an object, so that the object gets a random size in it.

    Parameters
    ----------
    rng : Generator
        Source of every choice.
    mask : ndarray
        `(Y, X)` bool, the object.
    """
    rows, columns = np.nonzero(mask)
    size = np.sqrt(len(rows))
    wanted = np.exp(rng.uniform(np.log(SMALLEST_PX), np.log(LARGEST_PX)))
    if rng.random() < 0.35:
        wanted = size * np.exp(rng.normal(0, 0.5))
    scale = float(np.clip(wanted / size, *_scale_range(max(mask.shape))))
    matrix = _random_turn(rng) / scale
    pick = rng.integers(len(rows))
    drift = rng.uniform(-0.3, 0.3, 2) * WINDOW_PX / scale
    centre = np.array([rows[pick], columns[pick]]) + drift
    if rng.random() < 0.9:
        centre = _towards_the_middle(rng, centre, mask.shape, WINDOW_PX / 2 / scale)
    return Frame(matrix, centre - matrix @ np.full(2, (WINDOW_PX - 1) / 2))


def _scale_range(longest_px: int) -> tuple[float, float]:
    """Return the scales at which inference may show such a picture (``nano_levels.py``)."""
    return max(0.12, 90 / longest_px), 4.5 if longest_px <= 128 else 2.2


def _towards_the_middle(
    rng: np.random.Generator,
    centre: NDArray[np.float64],
    shape: tuple[int, ...],
    half_window: float,
) -> NDArray[np.float64]:
    """Shift a window into the picture, as inference does, up to a random overhang."""
    overhang = rng.uniform(0, 0.25) * half_window
    moved = centre.copy()
    for axis in (0, 1):
        low, high = half_window - overhang, shape[axis] - half_window + overhang
        moved[axis] = np.clip(centre[axis], low, high) if low < high else rng.uniform(high, low)
    return moved


def _random_turn(rng: np.random.Generator) -> NDArray[np.float64]:
    """Return a `(2, 2)` rotation, at times mirrored, at times stretched a little."""
    quarter = rng.integers(4) * np.pi / 2
    angle = rng.uniform(0, 2 * np.pi) if rng.random() < 0.5 else quarter
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    if rng.random() < 0.5:
        turn[:, 1] *= -1
    if rng.random() < 0.2:
        turn = turn @ np.diag(np.exp(rng.normal(0, 0.15, 2)))
    return turn


def _expose(rng: np.random.Generator, picture: FloatImage, *, grey: bool) -> FloatImage:
    """Vary contrast, colour, sharpness, noise and shading of a `(3, Y, X)` picture, 0 to 1."""
    side = picture.shape[-1]
    if rng.random() < 0.3:
        picture = 1 - picture
    picture = restyle(rng, picture, grey=grey)
    picture = np.clip(picture, 0, 1) ** np.float32(np.exp(rng.normal(0, 0.35)))
    if rng.random() < 0.25:
        picture = ndi.gaussian_filter(picture, (0, *[rng.uniform(0.2, 1.5)] * 2))
    if rng.random() < 0.3:
        shade = rng.uniform(0, 0.2) * smooth_noise(rng, side, side / rng.uniform(0.7, 3))
        picture = picture * (1 + shade)
    if rng.random() < 0.5:
        noise = rng.normal(0, rng.uniform(0, 0.1), (1 if grey else 3, side, side))
        picture = picture + noise.astype(np.float32)
    if grey and rng.random() < 0.05:
        low, high = rng.uniform(0, 1, (2, 3, 1, 1)).astype(np.float32)
        if np.abs(high - low).max() > 0.4:
            picture = low + picture * (high - low)
    if not grey and rng.random() < 0.15:
        picture = np.repeat(picture.mean(0, keepdims=True), 3, 0)
    if rng.random() < 0.4:
        contrast, offset = np.exp(rng.normal(0, 0.25)), rng.normal(0, 0.08)
        picture = (picture - 0.5) * contrast + 0.5 + offset
    return np.clip(picture, 0, 1).astype(np.float32)
