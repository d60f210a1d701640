"""An n-dimensional image as planes: which planes prompts touch, reading one, writing one."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_samwise.errors import PromptError
from napari_samwise.geometry.axes import Axes
from napari_samwise.geometry.cut import cut_plane
from napari_samwise.geometry.roi import Roi
from napari_samwise.prompts import INCLUDE, Prompts

Position = tuple[int, ...]


def read_plane(image: Any, axes: Axes, position: Position) -> NDArray[Any]:
    """Load one plane and nothing else.

    Parameters
    ----------
    image : array-like
        Anything that is sliced like an array: NumPy, Dask, Zarr, HDF5.
    axes : Axes
        Names of its axes.
    position : tuple of int
        Index on each axis to step through, in the image's order.

    Returns
    -------
    ndarray
        `(Y, X)`, or `(Y, X, 3)` or `(Y, X, 4)` with a channel axis; a single channel is dropped.
    """
    return cut_plane(image, axes, position)


def all_positions(shape: Sequence[int], axes: Axes) -> list[Position]:
    """Return the positions of all planes of an array with these axes, in its order."""
    extents = axes.spatial_shape(shape)
    return list(itertools.product(*(range(int(extents[axis])) for axis in axes.leading)))


def label_plane(labels: NDArray[np.int32], axes: Axes, position: Position) -> NDArray[np.int32]:
    """Return a writable view `(Y, X)` of one plane of an array with the spatial axes."""
    steps = iter(position)
    index = tuple(slice(None) if name in "YX" else next(steps) for name in axes.spatial)
    view = labels[index]
    y, x = axes.plane
    return view if y < x else view.T


def read_labels(
    labels: Any, axes: Axes, position: Position, region: Roi
) -> NDArray[np.integer[Any]]:
    """Return a region `(Y, X)` of one plane of an array with the spatial axes, lazy or not."""
    return cut_plane(labels, Axes(axes.spatial), position, region)


def split_by_plane(
    prompts: Prompts, axes: Axes, spatial_shape: tuple[int, ...]
) -> dict[Position, Prompts]:
    """Give every plane its own two-dimensional prompts.

    A point belongs to the plane nearest to it; a box covers every plane between its corners,
    both included. Planes with nothing but excluding points are left out.

    Parameters
    ----------
    prompts : Prompts
        One coordinate for each spatial axis, in pixels.
    axes : Axes
        Names of the image's axes.
    spatial_shape : tuple of int
        Extents of the spatial axes.

    Returns
    -------
    dict of tuple of int to Prompts
        Position on the axes to step through -> prompts in (y, x), inside the plane; by position.

    Raises
    ------
    PromptError
        If they point at nothing or lie outside, or a mask does not say of which plane it is.
    """
    inside = prompts.require_object().replace(mask=None).check_inside(spatial_shape)
    leading, plane = list(axes.leading), list(axes.plane)
    extents = np.array(spatial_shape, dtype=int)[leading]
    nearest = np.floor(inside.points[:, leading] + 0.5).astype(int).clip(max=extents - 1)
    of_point = [tuple(int(v) for v in row) for row in nearest]
    of_box = [] if inside.box is None else _covered(inside.box[:, leading], extents)
    marked = {p for p, label in zip(of_point, inside.labels, strict=True) if label == INCLUDE}
    positions = sorted(marked.union(of_box) or ([()] if not leading else []))
    if not positions or (prompts.mask is not None and len(positions) > 1):
        raise PromptError(
            f"A mask or text must belong to one plane, got prompts on {len(positions)} planes; "
            "give it together with a point or a box in that plane only."
        )
    covered = set(of_box)
    size = (spatial_shape[plane[0]], spatial_shape[plane[1]])
    flat = {}
    for position in positions:
        here = [i for i, p in enumerate(of_point) if p == position]
        box = inside.box[:, plane] if inside.box is not None and position in covered else None
        flat[position] = Prompts(
            points=inside.points[np.ix_(here, plane)],
            labels=inside.labels[here],
            box=box,
            mask=prompts.mask,
            text=prompts.text,
        ).check_inside(size)
    return flat


def _covered(corners: NDArray[np.float64], extents: NDArray[np.int_]) -> list[Position]:
    """Return the positions between two corners, `(2, n)` on the axes to step through."""
    first = np.floor(corners[0] + 0.5).astype(int).clip(max=extents - 1)
    last = np.maximum(first, np.ceil(corners[1] - 0.5).astype(int))
    ranges = (range(int(a), int(b) + 1) for a, b in zip(first, last, strict=True))
    return list(itertools.product(*ranges))
