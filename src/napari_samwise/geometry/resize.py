"""Scaling a plane so that its longest side fits the network, as one invertible map."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True, slots=True)
class ResizeFrame:
    """The official SAM resizing (``ResizeLongestSide``) of one plane to one network.

    The longest side becomes ``model_size``; the rest of the network's square is padding at the
    bottom and right. Coordinates are multiplied by the scale without a half-pixel shift, because
    the published prompt encoder adds the half pixel itself.

    Parameters
    ----------
    image_size : tuple of int
        `(Y, X)` of the plane in pixels.
    model_size : int
        Side of the network's square input in pixels, 1024 for the published models.
    """

    image_size: tuple[int, int]
    model_size: int

    @property
    def input_size(self) -> tuple[int, int]:
        """`(h, w)` of the resized plane inside the network's square."""
        scale = self.model_size / max(self.image_size)
        height, width = (max(1, int(side * scale + 0.5)) for side in self.image_size)
        return height, width

    @property
    def scale(self) -> tuple[float, float]:
        """`(sy, sx)` network pixels for one pixel of the plane; they differ by rounding."""
        height, width = self.input_size
        return height / self.image_size[0], width / self.image_size[1]

    def to_model(self, points_yx: ArrayLike) -> NDArray[np.float64]:
        """Map plane coordinates to network coordinates.

        Parameters
        ----------
        points_yx : array-like
            `(..., 2)` float, (y, x) in pixels of the plane.

        Returns
        -------
        ndarray
            `(..., 2)` float64, (y, x) in pixels of the network's input.
        """
        return np.asarray(points_yx, dtype=np.float64) * self.scale

    def to_image(self, points_yx: ArrayLike) -> NDArray[np.float64]:
        """Map network coordinates back; the inverse of ``to_model``.

        Parameters
        ----------
        points_yx : array-like
            `(..., 2)` float, (y, x) in pixels of the network's input.

        Returns
        -------
        ndarray
            `(..., 2)` float64, (y, x) in pixels of the plane.
        """
        return np.asarray(points_yx, dtype=np.float64) / self.scale
