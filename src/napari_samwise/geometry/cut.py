"""Reading a part of one plane out of an array of any number of axes, and nothing else."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_samwise.geometry.axes import Axes
from napari_samwise.geometry.roi import Roi


def cut_plane(
    image: Any, axes: Axes, position: tuple[int, ...], roi: Roi | None = None
) -> NDArray[Any]:
    """Load one plane, or a part of one.

    Parameters
    ----------
    image : array-like
        Anything that is sliced like an array: NumPy, Dask, Zarr, HDF5.
    axes : Axes
        Names of its axes.
    position : tuple of int
        Index on each axis to step through, in the image's order.
    roi : Roi, optional
        `(Y, X)` pixels of the plane; by default all.

    Returns
    -------
    ndarray
        `(Y, X)`, or `(Y, X, 3)` or `(Y, X, 4)` with a channel axis; a single channel is dropped.
    """
    steps = iter(position)
    within = {"C": slice(None), "Y": slice(None), "X": slice(None)}
    if roi is not None:
        within["Y"], within["X"] = roi.slices
    index = tuple(within[name] if name in within else next(steps) for name in axes.names)
    plane = np.asarray(image[index])
    kept = [name for name in axes.names if name in within]
    plane = plane.transpose([kept.index(name) for name in "YXC" if name in kept])
    return plane[..., 0] if plane.ndim == 3 and plane.shape[-1] == 1 else plane
