"""A plane of any size as a source of pictures, which is never read whole."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise, product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_samwise.errors import ImageError
from napari_samwise.geometry.axes import Axes, infer_axes, parse_axes
from napari_samwise.geometry.cut import cut_plane
from napari_samwise.geometry.roi import Roi
from napari_samwise.intensity import Intensity, resolve_intensity
from napari_samwise.intensity.mapping import MINMAX_PER_TILE
from napari_samwise.intensity.plane import MIN_SIDE, as_array, check_values
from napari_samwise.predictor.reduced_blocks import ReducedBlocks

_BLOCK_PX = 2048
"""Sides of the blocks in which a source is read; a multiple of most chunks, so that each chunk is
read once."""
_KEPT_FACTOR, _KEPT_BYTES = 8, 2**27
"""Blocks are kept when reduced so far: a grey plane of 45 000 pixels a side fits."""


@dataclass(frozen=True, slots=True, eq=False)
class _Stored:
    """One stored resolution of a plane.

    Parameters
    ----------
    array : array
        What is sliced.
    position : tuple of int
        Where the plane lies on the axes to step through, in this array.
    step : int
        Pixels of the plane along one pixel of this array.
    size : tuple of int
        `(Y, X)` in its own pixels.
    """

    array: Any
    position: tuple[int, ...]
    step: int
    size: tuple[int, int]


class PlaneSource:
    """A plane in memory or on disk, with or without coarser copies of itself.

    Its pixels must not change while it is in use.

    Parameters
    ----------
    image : array or sequence of arrays
        An array (NumPy, Dask, Zarr, a memory map), or a list or tuple of arrays with the finest
        first: the levels of a multiscale image, of which those that are reduced by a power of
        two along Y and X are used.
    axes : Axes or str, optional
        Names of the axes, the same of every level; guessed from the shape by default.
    position : tuple of int
        Which plane: the index on each axis to step through, in the first array.

    Raises
    ------
    ImageError
        If this is no image, or the plane is smaller than 16 x 16 pixels.
    """

    def __init__(
        self, image: Any, axes: Axes | str | None = None, position: Sequence[int] = ()
    ) -> None:
        arrays = as_levels(image)
        first = arrays[0]
        check_values(first)
        if not isinstance(axes, Axes):
            axes = infer_axes(first.shape) if axes is None else parse_axes(axes)
        self._axes = axes
        self._axes.validate(first.shape)
        self._position = tuple(int(index) for index in position)
        self._kept = ReducedBlocks(_KEPT_BYTES)
        self._check_position(first.shape)
        self._stored = [_Stored(first, self._position, 1, self._size_of(first))]
        if min(self.plane_size) < MIN_SIDE:
            raise ImageError(
                f"A plane must have at least {MIN_SIDE} x {MIN_SIDE} pixels, got "
                f"{self.plane_size[0]} x {self.plane_size[1]}; crop less or enlarge the image."
            )
        for array in arrays[1:]:
            stored = self._as_level(array)
            if stored is not None:
                self._stored.append(stored)

    @property
    def plane_size(self) -> tuple[int, int]:
        """`(Y, X)` in pixels."""
        return self._stored[0].size

    @property
    def steps(self) -> tuple[int, ...]:
        """Pixels of the plane along one pixel of each stored level; the first is 1."""
        return tuple(stored.step for stored in self._stored)

    @property
    def rgb(self) -> bool:
        """Whether pixels have colours."""
        channel = self._axes.channel
        return channel is not None and int(self._stored[0].array.shape[channel]) > 1

    def resolve_intensity(self, policy: str) -> Intensity:
        """Return how values become 8 bits, the same for the whole image that the plane is of."""
        array = self._stored[0].array
        return resolve_intensity(array, policy, rgb=self.rgb, axes=self._axes)

    def read(self, roi: Roi, step: int = 1) -> NDArray[Any]:
        """Return a part of the plane, averaged by area.

        Parameters
        ----------
        roi : Roi
            `(Y, X)` in pixels of the plane, inside it.
        step : int
            A power of two; each step x step pixels become one. Where the plane ends within such
            a square, its last row or column is repeated.

        Returns
        -------
        ndarray
            `(h, w)`, or `(h, w, 3)` or `(h, w, 4)`, each side ``ceil(side / step)``: of the
            source's dtype if nothing was averaged, else float32 (float64 from 32-bit integers on).
        """
        return self._assemble(roi, step, None)

    def picture(
        self, roi: Roi, step: int, intensity: Intensity
    ) -> NDArray[np.uint8] | NDArray[np.float32]:
        """Return what an encoder sees of a part of the plane.

        Values become 8 bits before they are averaged, so that a level of the plane shows the same
        as if the whole plane had been mapped first and shrunk then.

        Parameters
        ----------
        roi, step
            As of ``read``.
        intensity : Intensity
            How values become 8 bits.

        Returns
        -------
        ndarray
            `(h, w, 3)`, C-contiguous: uint8, or float32 from 0 to 255 where pixels were averaged.
        """
        if intensity.policy == MINMAX_PER_TILE:
            # Its limits are those of what the encoder sees, so it comes last.
            return intensity.apply(self.read(roi, step))
        seen = self._assemble(roi, step, intensity)
        return np.ascontiguousarray(np.broadcast_to(seen, (*seen.shape[:2], 3)))

    def _assemble(self, roi: Roi, step: int, intensity: Intensity | None) -> NDArray[Any]:
        """Read block by block; with an intensity `(h, w, 1)` of grey or `(h, w, 3)`."""
        stored = max((s for s in self._stored if s.step <= step), key=lambda s: s.step)
        factor = step // stored.step
        start = [begin // stored.step for begin in roi.offset]
        stop = [
            max(begin + 1, min(-(-end // stored.step), side))
            for begin, end, side in zip(start, roi.end, stored.size, strict=True)
        ]
        part = Roi.from_bounds(start, stop)
        size = tuple(-(-extent // step) for extent in roi.shape)
        result: NDArray[Any] | None = None
        for block, place in _blocks(part, factor):
            values = self._shrunk(stored, block, factor, intensity)
            if result is None:
                result = np.empty((*size, *values.shape[2:]), values.dtype)
            result[place.slices] = values
        if result is None:
            raise ImageError(f"A part of a plane must have pixels, got {roi.shape}.")
        return _repeat_last(result, tuple(-(-extent // factor) for extent in part.shape))

    def _shrunk(
        self, stored: _Stored, block: Roi, factor: int, intensity: Intensity | None
    ) -> NDArray[Any]:
        """Return one block, reduced; a whole one by way of what is kept of it."""

        def read() -> NDArray[Any]:
            values = cut_plane(stored.array, self._axes, stored.position, block)
            if intensity is None:
                return values
            values = intensity.apply(values)
            return values if intensity.rgb else values[..., :1]

        is_whole = all(
            start % _BLOCK_PX == 0 and end == min(start + _BLOCK_PX, side)
            for start, end, side in zip(block.offset, block.end, stored.size, strict=True)
        )
        if factor < _KEPT_FACTOR or not is_whole:
            return _shrink(read(), factor)
        key = (stored.step, block.offset, None if intensity is None else intensity.token)
        kept = self._kept.get(key, lambda: _shrink(read(), _KEPT_FACTOR))
        return _shrink(kept, factor // _KEPT_FACTOR)

    def _check_position(self, shape: Sequence[int]) -> None:
        extents = [self._axes.spatial_shape(shape)[axis] for axis in self._axes.leading]
        fits = len(extents) == len(self._position) and all(
            0 <= index < extent for index, extent in zip(self._position, extents, strict=True)
        )
        if not fits:
            raise ImageError(
                f"The position of a plane in an image with axes {self._axes.names!r} and shape "
                f"{tuple(shape)} must have one index for each axis besides Y, X and C, got "
                f"{self._position}."
            )

    def _size_of(self, array: Any) -> tuple[int, int]:
        shape = self._axes.spatial_shape(array.shape)
        y, x = self._axes.plane
        return int(shape[y]), int(shape[x])

    def _as_level(self, array: Any) -> _Stored | None:
        """Return a coarser copy, or None where it is none that whole frames can be read from."""
        size = self._size_of(array)
        step = 1 << round(np.log2(max(self.plane_size) / max(1, *size)))
        kept = all(
            side // step <= found <= -(-side // step)
            for side, found in zip(self.plane_size, size, strict=True)
        )
        if step < 2 or not kept or min(size) < 1:
            return None
        extents, first = (
            [self._axes.spatial_shape(a.shape)[axis] for axis in self._axes.leading]
            for a in (array, self._stored[0].array)
        )
        # A pyramid may be reduced along the other axes too.
        position = tuple(
            index * extent // whole
            for index, extent, whole in zip(self._position, extents, first, strict=True)
        )
        return _Stored(array, position, step, size)


def as_levels(image: Any) -> list[Any]:
    """Return the arrays of a multiscale image, the finest first; of any other image itself.

    A list or tuple is a multiscale image, as in napari, if it holds arrays of falling size.

    Raises
    ------
    ImageError
        If it is no image, or holds arrays of several shapes in another order.
    """
    if isinstance(image, list | tuple) and all(hasattr(level, "shape") for level in image):
        shapes = [tuple(level.shape) for level in image]
        sizes = [math.prod(shape) for shape in shapes]
        if sizes and all(finer > coarser for finer, coarser in pairwise(sizes)):
            return [as_array(level) for level in image]
        if len(set(shapes)) > 1:
            raise ImageError(
                "Arrays of different shapes in a list must be the levels of one image, the finest "
                f"first and each smaller than the one before, got {', '.join(map(str, shapes))}."
            )
    return [as_array(image)]


def _blocks(part: Roi, factor: int) -> Iterator[tuple[Roi, Roi]]:
    """Yield blocks of a region, and where they lie in it after shrinking by ``factor``.

    Blocks begin at multiples of their side in the array, as chunks do, or up to ``factor`` before.
    """
    side = max(_BLOCK_PX, factor)
    cuts = []
    for begin, end in zip(part.offset, part.end, strict=True):
        chunks = range((begin // side + 1) * side, end, side)
        edges = [begin, *(edge - (edge - begin) % factor for edge in chunks), end]
        cuts.append(list(pairwise(edges)))
    for (top, bottom), (left, right) in product(*cuts):
        block = Roi.from_bounds((top, left), (bottom, right))
        start = [(a - b) // factor for a, b in zip(block.offset, part.offset, strict=True)]
        stop = [-(-(a - b) // factor) for a, b in zip(block.end, part.offset, strict=True)]
        yield block, Roi.from_bounds(start, stop)


def _shrink(values: NDArray[Any], factor: int) -> NDArray[Any]:
    """Average squares of `(Y, X)` or `(Y, X, C)` by halving again and again.

    At each halving an odd last row or column is repeated, as in a pyramid of the whole plane.
    """
    if factor == 1:
        return values
    exact = values.dtype.itemsize <= 2 or values.dtype == np.float32
    halved: NDArray[Any] = values.astype(np.float32 if exact else np.float64)
    while factor > 1:
        odd = [(0, side % 2) for side in halved.shape[:2]]
        if any(missing for _, missing in odd):
            halved = np.pad(halved, [*odd, *[(0, 0)] * (halved.ndim - 2)], mode="edge")
        halved = (halved[0::2] + halved[1::2]) / 2
        halved = (halved[:, 0::2] + halved[:, 1::2]) / 2
        factor //= 2
    return halved


def _repeat_last(result: NDArray[Any], filled: tuple[int, ...]) -> NDArray[Any]:
    """Fill what a stored level of rounded-down size lacks at the end."""
    for axis, count in enumerate(filled):
        missing = result.shape[axis] - count
        if missing > 0:
            last = np.take(result, [count - 1], axis=axis)
            index = [slice(None)] * result.ndim
            index[axis] = slice(count, None)
            result[tuple(index)] = last
    return result
