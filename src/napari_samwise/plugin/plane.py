"""A two-dimensional plane through n-dimensional data, as a value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from napari_samwise.geometry.roi import Roi


@dataclass(frozen=True, slots=True)
class Plane:
    """A slice of the data along two of its axes.

    A viewer may show the plane transposed; the plane itself always has its axes in the data's
    order, so that one embedding serves every way of looking at it.

    Parameters
    ----------
    axes : tuple of int
        The two data axes that the plane spans, ascending.
    position : tuple of int
        Index on each of the other data axes, in ascending order of these axes.
    """

    axes: tuple[int, int]
    position: tuple[int, ...] = ()

    @classmethod
    def through(cls, point: ArrayLike, axes: tuple[int, int]) -> Plane:
        """Return the plane along ``axes`` that holds a point.

        Parameters
        ----------
        point : array-like
            `(ndim,)` in data coordinates, pixel centres at integers.
        axes : tuple of int
            Two data axes, ascending.
        """
        coordinates = np.asarray(point, dtype=np.float64)
        hidden = np.delete(coordinates, axes)
        return cls(axes, tuple(int(i) for i in np.rint(hidden)))

    @property
    def ndim(self) -> int:
        """Number of data axes."""
        return len(self.axes) + len(self.position)

    @property
    def hidden(self) -> tuple[int, ...]:
        """The data axes that the plane does not span, ascending."""
        return tuple(axis for axis in range(self.ndim) if axis not in self.axes)

    @property
    def index(self) -> tuple[int | slice, ...]:
        """What to index the data with; for RGB data the channels follow."""
        index: list[int | slice] = [slice(None)] * self.ndim
        for axis, position in zip(self.hidden, self.position, strict=True):
            index[axis] = position
        return tuple(index)

    def window(self, roi: Roi) -> tuple[int | slice, ...]:
        """Return the index of a part of the plane, a `(Y, X)` region, in the data."""
        index = list(self.index)
        for axis, part in zip(self.axes, roi.slices, strict=True):
            index[axis] = part
        return tuple(index)

    def size(self, shape: Sequence[int]) -> tuple[int, int]:
        """Return the plane's `(Y, X)` in pixels, of data of that shape."""
        return shape[self.axes[0]], shape[self.axes[1]]

    def is_inside(self, shape: Sequence[int]) -> bool:
        """Tell whether data of that shape have this plane."""
        pairs = zip(self.hidden, self.position, strict=True)
        return len(shape) == self.ndim and all(0 <= at < shape[axis] for axis, at in pairs)

    def to_plane(self, points: ArrayLike) -> NDArray[np.float64]:
        """Drop the hidden coordinates: `(K, ndim)` data coordinates to `(K, 2)` of the plane."""
        coordinates = np.asarray(points, dtype=np.float64).reshape(-1, self.ndim)
        return coordinates[:, list(self.axes)]

    def to_data(self, points: ArrayLike) -> NDArray[np.float64]:
        """Inverse of :meth:`to_plane` for points of this plane: `(K, 2)` to `(K, ndim)`."""
        flat = np.asarray(points, dtype=np.float64).reshape(-1, 2)
        coordinates = np.empty((len(flat), self.ndim))
        coordinates[:, list(self.hidden)] = self.position
        coordinates[:, list(self.axes)] = flat
        return coordinates

    def describe(self) -> str:
        """Name the plane for a sentence, e.g. ``"slice 7"``; empty for 2-D data."""
        if not self.position:
            return ""
        return f"slice {', '.join(map(str, self.position))}"
