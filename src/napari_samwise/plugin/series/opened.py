"""One image of a folder, read and ready to be shown; made in a worker."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_samwise.errors import ImageError
from napari_samwise.geometry.axes import CHANNEL_SIZES, Axes
from napari_samwise.intensity.sample import sample_values
from napari_samwise.io.image_file import ImageFile, hold
from napari_samwise.io.read import read_image
from napari_samwise.plugin.plane_limits import fits_memory
from napari_samwise.plugin.view import ImageSource

_MAX_BYTES = 2**29


@dataclass(frozen=True, slots=True, eq=False)
class Channel:
    """What becomes one image layer.

    Parameters
    ----------
    levels : tuple of array-like
        The finest first, each without a channel axis but that of RGB.
    rgb : bool
        Whether a last axis of colours follows.
    limits : tuple of float, optional
        Least and greatest value, where the layer shall not look for them itself.
    """

    levels: tuple[Any, ...]
    rgb: bool
    limits: tuple[float, float] | None

    @property
    def source(self) -> ImageSource:
        """The pixels, for a worker."""
        data, *coarser = self.levels
        shape = tuple(int(n) for n in data.shape)
        return ImageSource(data, shape[:-1] if self.rgb else shape, self.rgb, tuple(coarser))


@dataclass(frozen=True, slots=True, eq=False)
class Opened:
    """An image with all that is shown of it.

    Parameters
    ----------
    path : Path
        Where it lies.
    file : ImageFile
        Its axes, pixel size and geometry.
    channels : tuple of Channel
        One for a grey or an RGB image.
    """

    path: Path
    file: ImageFile
    channels: tuple[Channel, ...] = field(repr=False)

    @property
    def axes(self) -> str:
        """Names of the axes without channels."""
        return Axes(self.file.axes).spatial

    @property
    def shape(self) -> tuple[int, ...]:
        """Extents of these axes."""
        return self.channels[0].source.shape

    @property
    def is_large(self) -> bool:
        """Whether labels of its shape are kept on disk."""
        return not fits_memory(self.shape)


def open_image(path: Path) -> Opened:
    """Read an image; a small one whole, of a large one what is needed to show it.

    Raises
    ------
    ImageError
        It cannot be read, or its axes are unclear.
    """
    file = read_image(path)
    return Opened(path, file, divide(file))


def divide(file: ImageFile) -> tuple[Channel, ...]:
    """Divide an image into what becomes layers: each channel one, but RGB a single one.

    Raises
    ------
    ImageError
        A part of it cannot be read.
    """
    axes = Axes(file.axes)
    shape = tuple(file.data.shape)
    is_last = axes.channel == len(shape) - 1
    rgb = is_last and shape[-1] in CHANNEL_SIZES
    if axes.channel is None or rgb:
        parts = [tuple(file.levels)]
    else:
        count = shape[axes.channel]
        parts = [
            tuple(hold(level, axes.channel, index) for level in file.levels)
            for index in range(count)
        ]
    names = Axes(axes.spatial + "C") if rgb else Axes(axes.spatial)
    try:
        return tuple(_load(levels, names, len(parts)) for levels in parts)
    except (OSError, ValueError) as error:
        if isinstance(error, ImageError):
            raise
        raise ImageError(f"'{file.name}' cannot be read: {error}.") from error


def _load(levels: tuple[Any, ...], names: Axes, count: int) -> Channel:
    """Bring one channel of ``count`` into memory if it is small, else find its limits."""
    rgb = names.channel is not None
    data = levels[0]
    size = math.prod(data.shape) * np.dtype(data.dtype).itemsize
    if size * count <= _MAX_BYTES and fits_memory(names.spatial_shape(data.shape)):
        return Channel((np.array(data[...]),), rgb, None)
    sample: NDArray[Any] = sample_values(data, names)
    finite = sample[np.isfinite(sample)]
    if rgb or not finite.size:
        return Channel(levels, rgb, None)
    low, high = float(finite.min()), float(finite.max())
    return Channel(levels, rgb, (low, high if high > low else low + 1))
