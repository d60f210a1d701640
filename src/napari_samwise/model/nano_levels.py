"""The pyramid of ``nano``: the plane at several scales, and windows in them.

What a click does not say is the size of the object. So the plane is encoded at every power of two
of scale, a prompt is decoded in a window of fixed size on each level that could hold its object,
and the candidates compete by predicted IoU: part, object, cluster.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from napari_samwise.model.nano_encoder import WINDOW_PX

LONGEST_PX = 2048
"""Planes with a longer side are shrunk to this, as SAM shrinks to 1024."""

_PAD = 32
_CELL = 8


@dataclass(frozen=True, slots=True)
class Window:
    """A square of ``WINDOW_PX`` pixels in one level.

    Parameters
    ----------
    level : int
        The level, 0 is the finest.
    corner : tuple of int
        First row and column, (y, x), in pixels of the level.
    """

    level: int
    corner: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Pyramid:
    """The levels of one plane.

    Parameters
    ----------
    image_size : tuple of int
        `(Y, X)` of the plane.
    frame_step : int, optional
        Of a frame, pixels of the plane along one of its picture; a frame has this one level.
    """

    image_size: tuple[int, int]
    frame_step: int | None = None

    @property
    def finest_size(self) -> tuple[int, int]:
        """Size `(h, w)` of level 0 in its own pixels.

        Small planes are magnified, so that small objects span many cells.
        """
        if self.frame_step is not None:
            rows, columns = (-(-side // self.frame_step) for side in self.image_size)
            return rows, columns
        longest = max(self.image_size)
        if longest <= 80:
            scale = 4.0
        elif longest <= 320:
            scale = 2.0
        else:
            scale = min(1.0, LONGEST_PX / longest)
        height, width = (max(1, round(side * scale)) for side in self.image_size)
        return height, width

    @property
    def count(self) -> int:
        """Number of levels, each half of the one before, until one window holds the whole plane."""
        if self.frame_step is not None:
            return 1
        count, longest = 1, max(self.finest_size)
        while longest > WINDOW_PX:
            count, longest = count + 1, (longest + 1) // 2
        return count

    @property
    def logits_size(self) -> tuple[int, int]:
        """Size `(h, w)` of low-resolution logits: level 0 at stride 2."""
        height, width = self.finest_size
        return (height + 1) // 2, (width + 1) // 2

    def scale(self, level: int) -> tuple[float, float]:
        """Pixels of the level per pixel of the plane, along y and x."""
        if self.frame_step is not None:
            # Not by the sizes: the last pixels of a frame may reach beyond the plane.
            return 1 / self.frame_step / 2**level, 1 / self.frame_step / 2**level
        height, width = self.finest_size
        return (
            height / self.image_size[0] / 2**level,
            width / self.image_size[1] / 2**level,
        )

    def size(self, level: int) -> tuple[int, int]:
        """Size `(h, w)` of a level in its own pixels, before padding."""
        height, width = self.finest_size
        step = 2**level
        return -(-height // step), -(-width // step)

    def window(self, level: int, centre: NDArray[np.float64]) -> Window:
        """Return the window that lies nearest around a place.

        Windows start on the grid of the embedding and stay inside the padded level.

        Parameters
        ----------
        level : int
            The level.
        centre : ndarray
            `(2,)` float64, (y, x) in pixels of the plane, pixel centres at integers.
        """
        corner = []
        for axis, scale in enumerate(self.scale(level)):
            last = -(-max(self.size(level)[axis] - WINDOW_PX, 0) // _CELL) * _CELL
            middle = (float(centre[axis]) + 0.5) * scale
            start = round((middle - WINDOW_PX / 2) / _CELL) * _CELL
            corner.append(min(max(start, 0), last))
        return Window(level, (corner[0], corner[1]))

    def to_window(self, coordinates: NDArray[np.float64], window: Window) -> NDArray[np.float64]:
        """Express places in pixels of a window.

        Parameters
        ----------
        coordinates : ndarray
            `(K, 2)` float64, (y, x) in pixels of the plane, pixel centres at integers.
        window : Window
            The window.

        Returns
        -------
        ndarray
            `(K, 2)` float64, (y, x); 0 is the window's outer edge.
        """
        edges: NDArray[np.float64] = (coordinates + 0.5) * self.scale(window.level)
        return edges - window.corner


def resize_to_finest(picture: Tensor, pyramid: Pyramid) -> Tensor:
    """Resize `(1, C, Y, X)` float32 to the size of level 0."""
    if pyramid.finest_size == pyramid.image_size:
        return picture
    shrinks = max(pyramid.finest_size) < max(pyramid.image_size)
    resized = F.interpolate(
        # Apple's GPUs have no antialiasing in older versions of torch.
        picture.cpu() if shrinks else picture,
        size=pyramid.finest_size,
        mode="bilinear",
        align_corners=False,
        antialias=shrinks,
    )
    return resized.to(picture.device)


def halve(picture: Tensor) -> Tensor:
    """Average pixels of `(1, C, h, w)` two by two; an odd last row or column is repeated."""
    odd = (0, picture.shape[-1] % 2, 0, picture.shape[-2] % 2)
    return F.avg_pool2d(F.pad(picture, odd, mode="replicate"), 2)


def build_levels(picture: Tensor, pyramid: Pyramid) -> list[Tensor]:
    """Return the padded pictures of all levels.

    Parameters
    ----------
    picture : Tensor
        `(1, 3, Y, X)` float32, normalised so that 0 is mid-grey.
    pyramid : Pyramid
        The pyramid of this plane.

    Returns
    -------
    list of Tensor
        `(1, 3, H, W)`, H and W divisible by 32 and at least the window; padded with 0.
    """
    picture = resize_to_finest(picture, pyramid)
    levels = []
    for level in range(pyramid.count):
        if level:
            picture = halve(picture)
        height, width = (
            -(-max(side + _CELL, WINDOW_PX) // _PAD) * _PAD for side in picture.shape[-2:]
        )
        pad = (0, width - picture.shape[-1], 0, height - picture.shape[-2])
        levels.append(F.pad(picture, pad).contiguous(memory_format=torch.channels_last))
    return levels
