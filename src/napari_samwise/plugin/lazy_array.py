"""Arrays that are made of boxes as they are read, in the shape that napari takes for data."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from napari_samwise.geometry.roi import Roi

Index = Any


class LazyArray(ABC):
    """An n-dimensional array of which any box can be read.

    Parameters
    ----------
    shape : tuple of int
        Its shape.
    dtype : dtype-like
        Its dtype.
    """

    def __init__(self, shape: tuple[int, ...], dtype: DTypeLike) -> None:
        self.shape = shape
        self.dtype = np.dtype(dtype)

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """Number of entries."""
        return int(np.prod(self.shape, dtype=np.int64))

    @abstractmethod
    def read(self, box: Roi) -> NDArray[Any]:
        """Return a box, `box.shape`; maybe a view that must not be written to."""

    def __getitem__(self, index: Index) -> Any:
        """Read what an index of integers and slices of step 1 selects.

        What has three axes or more stays lazy: of a tile through a stack, viewers want one slice.
        """
        box, kept = split_index(index, self.shape)
        if len(kept) > 2:
            return _Window(self, box)
        return self.read(box).reshape([box.shape[axis] for axis in kept])

    def __array__(self, dtype: DTypeLike | None = None, copy: bool | None = None) -> NDArray[Any]:
        """Read all of it."""
        whole = self.read(Roi((0,) * self.ndim, self.shape))
        return np.array(whole, dtype=dtype) if copy else np.asarray(whole, dtype=dtype)


class _Window(LazyArray):
    """A box of another lazy array."""

    def __init__(self, parent: LazyArray, box: Roi) -> None:
        super().__init__(box.shape, parent.dtype)
        self._parent = parent
        self._box = box

    def read(self, box: Roi) -> NDArray[Any]:
        """Return a box of the window."""
        return self._parent.read(box.shift(self._box.offset))


def split_index(index: Index, shape: tuple[int, ...]) -> tuple[Roi, tuple[int, ...]]:
    """Return the box that an index selects, and the axes that it keeps.

    Raises
    ------
    IndexError
        If the index is neither integers nor slices of step 1, or does not fit the shape.
    """
    given = index if isinstance(index, tuple) else (index,)
    if Ellipsis in [item for item in given if item is Ellipsis]:
        place = next(i for i, item in enumerate(given) if item is Ellipsis)
        missing = len(shape) - len(given) + 1
        given = (*given[:place], *[slice(None)] * missing, *given[place + 1 :])
    given = (*given, *[slice(None)] * (len(shape) - len(given)))
    start, stop, kept = [], [], []
    for axis, (item, extent) in enumerate(zip(given, shape, strict=True)):
        if isinstance(item, slice):
            first, last, step = item.indices(extent)
            if step != 1:
                raise IndexError(f"Slices of this array must have step 1, got {item}.")
            kept.append(axis)
        else:
            first = int(item) + (extent if item < 0 else 0)
            if not 0 <= first < extent:
                raise IndexError(f"Index {item} lies outside axis {axis} of {extent} entries.")
            last = first + 1
        start.append(first)
        stop.append(max(first, last))
    return Roi.from_bounds(start, stop), tuple(kept)
