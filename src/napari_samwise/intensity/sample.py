"""A bounded look at an image of any size, for finding its limits."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_samwise.geometry.axes import Axes

MAX_VALUES = 1_000_000
_MAX_PLANES = 16
_MAX_BLOCKS = 64
_MAX_BLOCK_SIDE = 1024
_MAX_SEARCHED = 2**26
_COLOURS = slice(0, 3)


def sample_values(image: Any, axes: Axes) -> NDArray[Any]:
    """Read at most about a million values, spread over the whole image.

    A small image is read whole. Of a larger one up to 16 planes are visited, and in them together
    up to 64 blocks of at most 1024 pixels a side, at a stride: so a lazy array of any size is
    read in a few chunks, and it gives the same sample as the same array in memory.

    Parameters
    ----------
    image : array
        Any shape, at least one pixel; sliced first and converted after.
    axes : Axes
        Names of its axes; of a channel axis the first three entries are read.

    Returns
    -------
    ndarray
        `(N,)`, the image's dtype.
    """
    shape = tuple(int(n) for n in image.shape)
    channels = 1 if axes.channel is None else min(3, shape[axes.channel])
    if _count(shape, axes) <= MAX_VALUES:
        return _read_whole(image, axes)

    stepped = [i for i, name in enumerate(axes.names) if name not in "YXC"]
    counts = _visits([shape[i] for i in stepped])
    per_side = max(1, math.isqrt(_MAX_BLOCKS // math.prod(counts)))
    blocks = math.prod(counts) * per_side**2
    limit = math.isqrt(MAX_VALUES // (blocks * channels))
    choices: list[list[int | slice]] = []
    for i, name in enumerate(axes.names):
        if name == "C":
            choices.append([_COLOURS])
        elif name in "YX":
            choices.append(list(_strides(shape[i], per_side, limit)))
        else:
            choices.append(list(_spread(shape[i], counts[stepped.index(i)])))
    parts = [np.asarray(image[index]).ravel() for index in itertools.product(*choices)]
    return np.concatenate(parts)


def is_constant(image: Any, axes: Axes, sample: NDArray[Any]) -> bool:
    """Tell whether an image has one value everywhere, alpha aside.

    An array in memory whose sample is constant is searched to be sure. A lazy one, of which
    reading all may take hours, and a very large one are not called constant.

    Parameters
    ----------
    image : array
        As for :func:`sample_values`.
    axes : Axes
        Names of its axes.
    sample : ndarray
        `(N,)`, what :func:`sample_values` returned for it.
    """
    if not (sample == sample[0]).all():
        return False
    count = _count(tuple(int(n) for n in image.shape), axes)
    if count == sample.size:
        return True
    if not isinstance(image, np.ndarray) or count > _MAX_SEARCHED:
        return False
    return bool((_read_whole(image, axes) == sample[0]).all())


def _count(shape: tuple[int, ...], axes: Axes) -> int:
    """Return how many values an image has, of a channel axis the first three."""
    channels = 1 if axes.channel is None else min(3, shape[axes.channel])
    return math.prod(axes.spatial_shape(shape)) * channels


def _read_whole(image: Any, axes: Axes) -> NDArray[Any]:
    whole = tuple(_COLOURS if name == "C" else slice(None) for name in axes.names)
    return np.asarray(image[whole]).ravel()


def _visits(extents: list[int]) -> list[int]:
    """Share the planes to visit among the axes to step through, the shortest first."""
    counts = [1] * len(extents)
    left = _MAX_PLANES
    for rank, i in enumerate(sorted(range(len(extents)), key=extents.__getitem__)):
        fair = max(1, round(left ** (1 / (len(extents) - rank))))
        counts[i] = min(extents[i], fair)
        left //= counts[i]
    return counts


def _spread(extent: int, count: int) -> list[int]:
    """Return the middles of ``count`` equal parts of an axis."""
    return [(2 * k + 1) * extent // (2 * count) for k in range(count)]


def _strides(extent: int, count: int, limit: int) -> list[slice]:
    """Cut an axis into ``count`` parts; of each read its middle, at most ``limit`` values."""
    count = min(count, extent)
    edges = [k * extent // count for k in range(count + 1)]
    slices = []
    for start, stop in itertools.pairwise(edges):
        side = min(stop - start, _MAX_BLOCK_SIDE)
        first = start + (stop - start - side) // 2
        slices.append(slice(first, first + side, max(1, math.ceil(side / limit))))
    return slices
