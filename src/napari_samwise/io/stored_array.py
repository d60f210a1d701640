"""An array that stays in its file until a part of it is asked for."""

from __future__ import annotations

import struct
import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_samwise.errors import ImageError

Index = int | np.integer[Any] | slice


class StoredArray:
    """A sliceable view of an array in a file; slicing reads, and nothing else does.

    A damaged block is told as an :class:`~napari_samwise.errors.ImageError` when it is read.

    Parameters
    ----------
    source : array-like
        Has shape and NumPy dtype, and gives an array when indexed by integers and slices.
    name : str
        What errors call the file.
    fixed : tuple of int or None, optional
        One entry for each axis of ``source``: the index at which it is held, None where the
        axis is kept.
    owner : object, optional
        Kept alive as long as this is: what closes the file when nobody needs it any more.
    """

    __slots__ = ("_fixed", "_name", "_owner", "_source", "dtype", "shape")

    def __init__(
        self,
        source: Any,
        name: str,
        fixed: tuple[int | None, ...] | None = None,
        owner: object = None,
    ) -> None:
        self._source = source
        self._owner = owner
        self._name = name
        self._fixed = (None,) * len(source.shape) if fixed is None else fixed
        self.dtype: np.dtype[Any] = np.dtype(source.dtype)
        self.shape: tuple[int, ...] = tuple(
            int(n) for n, at in zip(source.shape, self._fixed, strict=True) if at is None
        )

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """Number of values."""
        return int(np.prod(self.shape, dtype=np.int64))

    @property
    def nbytes(self) -> int:
        """Bytes that all of it would take in memory."""
        return self.size * self.dtype.itemsize

    def hold(self, axis: int, index: int) -> StoredArray:
        """Return the array at one index of an axis, without that axis and without reading."""
        free = [i for i, at in enumerate(self._fixed) if at is None]
        fixed = list(self._fixed)
        fixed[free[axis]] = index
        return StoredArray(self._source, self._name, tuple(fixed), self._owner)

    def __getitem__(self, key: Any) -> NDArray[Any]:
        """Read a part.

        Raises
        ------
        ImageError
            If the file is damaged there.
        """
        asked = iter(self._fill(key if isinstance(key, tuple) else (key,)))
        index = tuple(next(asked) if at is None else at for at in self._fixed)
        try:
            return np.asarray(self._source[index])
        # What decoders of TIFF and Zarr raise; a wrong index is the caller's and stays one.
        except (OSError, ValueError, KeyError, TypeError, RuntimeError) as error:
            raise self._damaged(error) from error
        except (struct.error, zlib.error) as error:
            raise self._damaged(error) from error

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        """Read all of it."""
        return np.asarray(self[...], dtype=dtype)

    def __repr__(self) -> str:
        return f"StoredArray({self._name!r}, shape={self.shape}, dtype={self.dtype})"

    def _fill(self, key: tuple[Any, ...]) -> tuple[Index, ...]:
        """Return one entry an axis, without Ellipsis and without negative integers."""
        at = next((i for i, entry in enumerate(key) if entry is Ellipsis), len(key))
        missing = (slice(None),) * (self.ndim - len(key) + (at < len(key)))
        full = (*key[:at], *missing, *key[at + 1 :])
        return tuple(
            entry + extent if isinstance(entry, int | np.integer) and entry < 0 else entry
            for entry, extent in zip(full, self.shape, strict=True)
        )

    def _damaged(self, error: Exception) -> ImageError:
        reason = str(error).strip().split("\n")[0].rstrip(".")
        return ImageError(
            f"'{self._name}' cannot be read everywhere ({reason}); "
            "check that the file is whole, or copy it again."
        )
