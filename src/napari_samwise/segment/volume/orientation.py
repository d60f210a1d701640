"""Which planes a volume is cut into, and how far apart they lie."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from napari_samwise.errors import ImageError
from napari_samwise.geometry.axes import Axes


def turn_axes(axes: Axes, along: str) -> Axes:
    """Rename axes so that the slices across one axis are the planes of Y and X.

    Everything that works plane by plane then works in any orientation: of ``"ZYX"`` along Y the
    slices are the planes of Z and X, and the axes become ``"YZX"``.

    Parameters
    ----------
    axes : Axes
        The image's axes.
    along : str
        The axis from slice to slice.

    Returns
    -------
    Axes
        The same axes in the same order under other names; ``along`` is one to step through.

    Raises
    ------
    ImageError
        If the image has no such axis, or no third axis to make planes of.
    """
    letter = along.upper() if isinstance(along, str) else ""
    if len(letter) != 1 or letter not in axes.spatial or (letter in "YX" and "Z" not in axes.names):
        ways = [name for name in axes.spatial if name not in "YX" or "Z" in axes.names]
        raise ImageError(
            f"An object is carried along one of the axes {', '.join(ways) or '(none)'} of "
            f"{axes.names!r}, got along={along!r}."
        )
    if letter not in "YX":
        return axes
    roles = {"Y": {"Z": "Y", "Y": "Z"}, "X": {"Z": "Y", "Y": "X", "X": "Z"}}[letter]
    return Axes("".join(roles.get(name, name) for name in axes.names))


def slice_distance(scale: Sequence[float] | None, turned: Axes, axis: int) -> float:
    """Return how many pixels of a slice lie between two slices.

    Parameters
    ----------
    scale : sequence of float, optional
        Size of a voxel along every spatial axis, in any one unit; cubes by default.
    turned : Axes
        The axes as :func:`turn_axes` names them.
    axis : int
        Index of the axis from slice to slice, among the spatial axes.

    Raises
    ------
    ImageError
        If there is not one positive size for every spatial axis.
    """
    if scale is None:
        return 1.0
    try:
        sizes = np.asarray(scale, dtype=np.float64)
    except (TypeError, ValueError):
        sizes = np.zeros(0)
    if sizes.shape != (len(turned.spatial),) or not (np.isfinite(sizes) & (sizes > 0)).all():
        raise ImageError(
            f"scale must hold one positive size for each of the axes {turned.spatial!r}, "
            f"got {scale!r}."
        )
    return float(sizes[axis] / np.sqrt(sizes[list(turned.plane)].prod()))
