"""What a drawn shape says: a rectangle is a box, an ellipse or polygon is a mask."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_samwise.plugin.plane import Plane

BOX_KIND = "rectangle"
MASK_KINDS = ("ellipse", "polygon")
_TOLERANCE_PX = 1e-3


@dataclass(frozen=True, slots=True, eq=False)
class Outline:
    """One shape of a Shapes layer.

    Parameters
    ----------
    kind : str
        ``"rectangle"``, ``"ellipse"``, ``"polygon"``, ``"path"`` or ``"line"``.
    vertices : ndarray
        `(N, ndim)` float64, data coordinates in pixels; of an ellipse the four corners around it.
    """

    kind: str
    vertices: NDArray[np.float64]

    def same_as(self, other: Outline) -> bool:
        """Tell whether the two are equal."""
        return self.kind == other.kind and np.array_equal(self.vertices, other.vertices)

    def plane(self, default_axes: tuple[int, int]) -> Plane | None:
        """Return the plane in which it was drawn, or None if it does not lie in one.

        Parameters
        ----------
        default_axes : tuple of int
            The axes to assume where the vertices do not tell, as for a shape without area.
        """
        extent = np.ptp(self.vertices, axis=0)
        varying = np.flatnonzero(extent > _TOLERANCE_PX)
        if len(varying) > 2:
            return None
        axes = default_axes
        if not set(varying.tolist()) <= set(axes):
            if len(varying) < 2:
                return None
            axes = (int(varying[0]), int(varying[1]))
        return Plane.through(self.vertices[0], axes)

    def box(self, plane: Plane) -> NDArray[np.float64] | None:
        """Return a rectangle's two corners in the plane, the smaller first.

        Parameters
        ----------
        plane : Plane
            The plane in which it lies.

        Returns
        -------
        ndarray or None
            `(2, 2)`; None for a shape that is no rectangle along the axes of the plane.
        """
        if self.kind != BOX_KIND:
            return None
        corners = plane.to_plane(self.vertices)
        sides = np.abs(np.roll(corners, -1, axis=0) - corners)
        if (sides.min(axis=1) > _TOLERANCE_PX).any():
            return None
        return np.stack([corners.min(axis=0), corners.max(axis=0)])

    @property
    def is_closed(self) -> bool:
        """Whether it encloses an area, other than a line or a path."""
        return self.kind in (BOX_KIND, *MASK_KINDS)

    def extent(self, plane: Plane) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the smallest and the largest corner, (y, x) in pixels of the plane."""
        corners = plane.to_plane(self.vertices)
        return corners.min(axis=0), corners.max(axis=0)

    def fill(
        self, plane: Plane, offset: tuple[int, int], step: int, cells: tuple[int, int]
    ) -> NDArray[np.bool_]:
        """Return which cells of a part of the plane a closed shape encloses.

        Parameters
        ----------
        plane : Plane
            The plane in which it lies.
        offset : tuple of int
            (y, x) of the first cell's first pixel.
        step : int
            Side of a cell in pixels.
        cells : tuple of int
            `(h, w)`, how many there are.

        Returns
        -------
        ndarray
            `(h, w)` bool: the cells whose centre lies inside.
        """
        # Where cell centres are at integers.
        middle = np.asarray(offset) + (step - 1) / 2
        corners = (plane.to_plane(self.vertices) - middle) / step
        if self.kind == "ellipse":
            return _fill_ellipse(corners, cells)
        return _fill_polygon(corners, cells)


def _fill_polygon(corners: NDArray[np.float64], size: tuple[int, int]) -> NDArray[np.bool_]:
    from skimage.draw import polygon

    mask = np.zeros(size, dtype=bool)
    mask[polygon(corners[:, 0], corners[:, 1], size)] = True
    return mask


def _fill_ellipse(corners: NDArray[np.float64], size: tuple[int, int]) -> NDArray[np.bool_]:
    """Fill the ellipse within a parallelogram of `(4, 2)` corners, which may be turned."""
    centre = corners.mean(axis=0)
    half_axes = np.stack([corners[1] - corners[0], corners[3] - corners[0]], axis=1) / 2
    mask = np.zeros(size, dtype=bool)
    if abs(np.linalg.det(half_axes)) < _TOLERANCE_PX:
        return mask
    start = np.clip(np.floor(corners.min(axis=0)), 0, size).astype(int)
    stop = np.clip(np.ceil(corners.max(axis=0)) + 1, 0, size).astype(int)
    grid = np.mgrid[start[0] : stop[0], start[1] : stop[1]].reshape(2, -1)
    # In units of the half axes the ellipse is the unit circle.
    unit = np.linalg.solve(half_axes, grid - centre[:, None])
    inside = (unit**2).sum(axis=0) <= 1
    window = mask[start[0] : stop[0], start[1] : stop[1]]
    window[:] = inside.reshape(window.shape)
    return mask
