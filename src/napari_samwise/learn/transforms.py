"""Changes of an image that should not change what its objects are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from napari_samwise.learn.clicks import BoolImage

Pixels = NDArray[np.uint8]
Size = tuple[int, int]
Places = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Transform:
    """One change, and the way back.

    Parameters
    ----------
    name : str
        What the tables call it.
    image : callable
        From `(Y, X, 3)` uint8 to `(Y', X', 3)` uint8.
    edges : callable
        From `(K, 2)` float (y, x), and the (Y, X) of the image, to the changed one. 0 is the outer
        edge of the first pixel, whose centre lies at 0.5.
    restore : callable
        From `(Y', X')` bool, and the (Y, X) of the image, to `(Y, X)` bool.
    """

    name: str
    image: Callable[[Pixels], Pixels]
    edges: Callable[[Places, Size], Places]
    restore: Callable[[BoolImage, Size], BoolImage]

    def point(self, point: tuple[float, float], size: Size) -> tuple[float, float]:
        """Move a point, pixel centres at integers."""
        y, x = self.edges(np.array([point]) + 0.5, size)[0] - 0.5
        return float(y), float(x)

    def box(
        self, box: tuple[float, float, float, float], size: Size
    ) -> tuple[float, float, float, float]:
        """Move a tight box (y0, x0, y1, x1), centres of the outermost pixels; never to a line."""
        outer = np.array([box[:2], np.array(box[2:]) + 1], np.float64)
        moved = np.sort(self.edges(outer, size), axis=0)
        (y0, x0), (y1, x1) = moved[0].tolist(), (moved[1] - 1).tolist()
        return y0, x0, max(y1, y0 + 0.5), max(x1, x0 + 0.5)


def _same(mask: BoolImage, _size: Size) -> BoolImage:
    return mask


def _stay(places: Places, _size: Size) -> Places:
    return places


def _enlarge(image: Pixels) -> Pixels:
    """Double both sides; bilinear, which invents no brightness beyond that of the pixels."""
    doubled = (2 * image.shape[1], 2 * image.shape[0])
    return np.asarray(Image.fromarray(image).resize(doubled, Image.Resampling.BILINEAR))


def _restore_enlarged(mask: BoolImage, size: Size) -> BoolImage:
    """Keep a pixel of which at least half is covered."""
    covered = mask.reshape(size[0], 2, size[1], 2).sum(axis=(1, 3))
    kept: BoolImage = covered >= 2
    return kept


def _shrink(image: Pixels) -> Pixels:
    """Average 2 x 2 pixels; an odd side first gets its last row or column once more."""
    height, width = image.shape[:2]
    even = np.pad(image, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")
    blocks = even.reshape(even.shape[0] // 2, 2, even.shape[1] // 2, 2, 3)
    averaged: Pixels = np.rint(blocks.mean(axis=(1, 3))).astype(np.uint8)
    return averaged


def _restore_shrunk(mask: BoolImage, size: Size) -> BoolImage:
    return mask.repeat(2, axis=0).repeat(2, axis=1)[: size[0], : size[1]]


AS_IS = Transform("unchanged", lambda image: image, _stay, _same)

TRANSFORMS = (
    Transform(
        "rotated by 90",
        lambda image: np.ascontiguousarray(np.rot90(image)),
        lambda places, size: np.stack([size[1] - places[:, 1], places[:, 0]], 1),
        lambda mask, _: np.rot90(mask, -1),
    ),
    Transform(
        "rotated by 180",
        lambda image: np.ascontiguousarray(np.rot90(image, 2)),
        lambda places, size: np.array(size) - places,
        lambda mask, _: np.rot90(mask, 2),
    ),
    Transform(
        "flipped",
        lambda image: np.ascontiguousarray(image[:, ::-1]),
        lambda places, size: np.stack([places[:, 0], size[1] - places[:, 1]], 1),
        lambda mask, _: mask[:, ::-1],
    ),
    Transform("inverted", lambda image: 255 - image, _stay, _same),
    Transform("x 2", _enlarge, lambda places, _: 2 * places, _restore_enlarged),
    Transform("x 1/2", _shrink, lambda places, _: places / 2, _restore_shrunk),
)
"""Every one keeps which pixels belong to an object; the scales do so up to half a pixel."""
