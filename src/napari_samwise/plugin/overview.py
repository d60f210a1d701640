"""Coarser levels for a large plane whose file holds none: there at once, filled meanwhile.

A viewer shows a whole plane by its coarsest level, and without one it reads every pixel first.
"""

from __future__ import annotations

import threading
import time
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_samwise.errors import ImageError
from napari_samwise.geometry.roi import Roi
from napari_samwise.plugin.lazy_array import LazyArray
from napari_samwise.predictor.plane_source import PlaneSource

_IN_MEMORY_STEP = 8
_COARSEST_PX = 1024
_BLOCK_PX = 2048
_SECONDS_BETWEEN_LOOKS = 0.5


class Overview:
    """The levels of a large plane for a viewer.

    Finer ones are read where they are looked at. Those reduced eight times and more are kept in
    memory: zeros at first, then filled block by block by :meth:`fill`.

    Parameters
    ----------
    array : array-like
        `(Y, X)` or `(Y, X, C)`, sliced where it is read; the finest level.
    source : PlaneSource
        The same plane.

    Attributes
    ----------
    levels : list of array-like
        The finest first, of the array's dtype.
    """

    def __init__(self, array: Any, source: PlaneSource) -> None:
        self._source = source
        self._dtype = np.dtype(array.dtype)
        colours = tuple(array.shape[2:])
        self.levels: list[Any] = [array]
        self._kept: list[weakref.ref[NDArray[Any]]] = []
        step = 1
        while max(source.plane_size) / step > _COARSEST_PX:
            step *= 2
            shape = (*(-(-side // step) for side in source.plane_size), *colours)
            if step < _IN_MEMORY_STEP:
                self.levels.append(_Reduced(source, step, shape, self._dtype))
            else:
                level = np.zeros(shape, self._dtype)
                self.levels.append(level)
                self._kept.append(weakref.ref(level))

    @property
    def is_kept(self) -> bool:
        """Whether there are levels in memory, to be filled."""
        return bool(self._kept)

    def fill(
        self, changed: Callable[[], None], stop: threading.Event | None = None
    ) -> threading.Thread:
        """Fill the levels in a thread, until it is done or nobody holds them any more.

        Parameters
        ----------
        changed : callable
            Called from the thread every now and then, and at the end.
        stop : Event, optional
            Once it is set, no further block is read.
        """
        work = (self._source, self._kept, changed, stop or threading.Event())
        thread = threading.Thread(target=_fill, args=work, name="samwise-overview", daemon=True)
        thread.start()
        return thread


def _fill(
    source: PlaneSource,
    levels: list[weakref.ref[NDArray[Any]]],
    changed: Callable[[], None],
    stop: threading.Event,
) -> None:
    told = time.monotonic()
    height, width = source.plane_size
    for y in range(0, height, _BLOCK_PX):
        for x in range(0, width, _BLOCK_PX):
            if stop.is_set():
                return
            end = (min(y + _BLOCK_PX, height), min(x + _BLOCK_PX, width))
            try:
                values = source.read(Roi.from_bounds((y, x), end), _IN_MEMORY_STEP)
            except ImageError:
                # A damaged block stays dark; the viewer says so where it reads it itself.
                continue
            if not _put(values, (y // _IN_MEMORY_STEP, x // _IN_MEMORY_STEP), levels):
                return
            if time.monotonic() - told > _SECONDS_BETWEEN_LOOKS:
                changed()
                told = time.monotonic()
    changed()


def _put(
    values: NDArray[Any], at: tuple[int, int], levels: list[weakref.ref[NDArray[Any]]]
) -> bool:
    """Write a block into a level and, halved again and again, into the coarser ones.

    Returns False where they are gone; they are held here only, and not while a block is read.
    """
    for each in levels:
        level = each()
        if level is None:
            return False
        height, width = values.shape[:2]
        level[at[0] : at[0] + height, at[1] : at[1] + width] = _as_stored(values, level.dtype)
        odd = [(0, side % 2) for side in values.shape[:2]]
        padded = np.pad(values, [*odd, *[(0, 0)] * (values.ndim - 2)], mode="edge")
        rows = (padded[0::2] + padded[1::2]) / 2
        values = (rows[:, 0::2] + rows[:, 1::2]) / 2
        at = (at[0] // 2, at[1] // 2)
    return True


def _as_stored(values: NDArray[Any], dtype: np.dtype[Any]) -> NDArray[Any]:
    return (np.rint(values) if dtype.kind in "iu" else values).astype(dtype)


class _Reduced(LazyArray):
    """A plane at a coarser step, read where it is looked at."""

    def __init__(
        self, source: PlaneSource, step: int, shape: tuple[int, ...], dtype: np.dtype[Any]
    ) -> None:
        super().__init__(shape, dtype)
        self._source, self._step = source, step

    def read(self, box: Roi) -> NDArray[Any]:
        """Return a box of it, averaged."""
        limits = self._source.plane_size
        start = [begin * self._step for begin in box.offset[:2]]
        stop = [min(end * self._step, side) for end, side in zip(box.end, limits, strict=False)]
        values = self._source.read(Roi.from_bounds(start, stop), self._step)
        return _as_stored(values, self.dtype)[(slice(None), slice(None), *box.slices[2:])]
