"""Label arrays on disk behind a memory of chunks: nobody waits for the disk."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_samwise.errors import InputError
from napari_samwise.geometry.roi import Roi
from napari_samwise.plugin.label_pyramid import LabelPyramid, pyramid_shapes
from napari_samwise.plugin.lazy_array import Index, LazyArray, split_index

CHUNK_PX = 512
_KEPT_CHUNKS = 256
DTYPE = np.dtype(np.int32)

Place = tuple[int, ...]
Key = tuple[int, Place]


def chunk_shape(ndim: int) -> tuple[int, ...]:
    """Return the shape of a chunk: a square of one plane."""
    return (1,) * (ndim - 2) + (CHUNK_PX, CHUNK_PX)


class LabelChunks:
    """The chunks of all levels of new labels; those in use in memory, all others on disk.

    Changed chunks are written by a thread of their own, whole and in the order of the changes.
    Nothing is on disk before the first change.

    Parameters
    ----------
    shapes : sequence of tuple of int
        Of the levels.
    make : callable
        Makes the arrays on disk, chunked by ``chunk_shape``; called once, in the writing thread.
    """

    def __init__(
        self, shapes: Sequence[tuple[int, ...]], make: Callable[[], Sequence[Any]]
    ) -> None:
        self._shapes = shapes
        self._make = make
        self._arrays: Sequence[Any] | None = None
        self._lock = threading.RLock()
        self._kept: OrderedDict[Key, NDArray[Any]] = OrderedDict()
        self._unwritten: set[Key] = set()
        self._stored: set[Key] = set()
        self._writing: Key | None = None
        self._problem: Exception | None = None
        self._writer = ThreadPoolExecutor(max_workers=1, thread_name_prefix="samwise-labels")
        self._last: Future[None] | None = None

    @property
    def is_blank(self) -> bool:
        """Whether nothing was ever written."""
        return not self._unwritten and not self._stored

    def box(self, key: Key) -> Roi:
        """Return where in its level a chunk lies."""
        level, place = key
        shape = self._shapes[level]
        sides = chunk_shape(len(shape))
        start = [at * side for at, side in zip(place, sides, strict=True)]
        stop = [min(a + side, n) for a, side, n in zip(start, sides, shape, strict=True)]
        return Roi.from_bounds(start, stop)

    def pin(self, key: Key) -> None:
        """Keep a chunk of the coarsest level as one array from now on."""
        with self._lock:
            self._kept[key] = np.zeros(self.box(key).shape, DTYPE)

    def chunk(self, key: Key) -> NDArray[Any] | None:
        """Return a chunk, None if it is all background."""
        with self._lock:
            found = self._kept.get(key)
            if found is None and key in self._stored and self._arrays is not None:
                found = np.array(self._arrays[key[0]][self.box(key).slices])
                self._kept[key] = found
            if found is not None:
                self._kept.move_to_end(key)
                self._give_up_some(key)
            return found

    def change(self, key: Key, part: Roi, values: Any) -> None:
        """Write into a chunk."""
        with self._lock:
            found = self.chunk(key)
            if found is None:
                found = self._kept[key] = np.zeros(self.box(key).shape, DTYPE)
            found[part.slices] = values
            if key not in self._unwritten:
                self._unwritten.add(key)
                self._last = self._writer.submit(self._write, key)

    def check(self) -> None:
        """Tell of an earlier failure to write, once, and try again.

        Raises
        ------
        InputError
            If there was one.
        """
        with self._lock:
            problem, self._problem = self._problem, None
            if problem is None:
                return
            for key in self._unwritten:
                self._last = self._writer.submit(self._write, key)
        raise InputError(
            f"The objects cannot be written to disk ({problem}); make room and commit again."
        )

    def wait(self) -> None:
        """Return when all that was changed is on disk, or could not be written."""
        if self._last is not None:
            self._last.result()

    def _write(self, key: Key) -> None:
        """Bring a chunk to disk, in the writing thread."""
        try:
            with self._lock:
                if key not in self._unwritten or self._problem is not None:
                    return
                values = self._kept[key].copy()
                self._unwritten.discard(key)
                self._writing = key
            if self._arrays is None:
                self._arrays = self._make()
            self._arrays[key[0]][self.box(key).slices] = values
        # Whatever it is: in this thread nobody else would hear of it, and the chunk be lost.
        except Exception as error:  # noqa: BLE001
            with self._lock:
                self._problem = error
                self._unwritten.add(key)
        else:
            with self._lock:
                self._stored.add(key)
        finally:
            self._writing = None

    def _give_up_some(self, in_use: Key) -> None:
        """Forget the chunks used longest ago that are on disk as they are."""
        excess = len(self._kept) - _KEPT_CHUNKS
        if excess <= 0:
            return
        top = len(self._shapes) - 1
        idle = [
            key
            for key in self._kept
            # Viewers keep the coarsest level once they have seen it: it must stay one array.
            if key[0] != top
            and key not in (in_use, self._writing)
            and key in self._stored
            and key not in self._unwritten
        ]
        for key in idle[:excess]:
            del self._kept[key]


class ChunkLevel(LazyArray):
    """One level of :class:`ChunkedLabels`, its owner."""

    def __init__(self, owner: ChunkedLabels, level: int, shape: tuple[int, ...]) -> None:
        super().__init__(shape, DTYPE)
        self.owner = owner
        self._chunks = owner.chunks
        self._level = level

    def read(self, box: Roi) -> NDArray[Any]:
        """Return a box; within one chunk a view of it."""
        parts = list(self._parts(box))
        if len(parts) == 1:
            key, within, _ = parts[0]
            found = self._chunks.chunk(key)
            return np.zeros(box.shape, DTYPE) if found is None else found[within.slices]
        result = np.zeros(box.shape, DTYPE)
        for key, within, target in parts:
            found = self._chunks.chunk(key)
            if found is not None:
                result[target.slices] = found[within.slices]
        return result

    def __setitem__(self, index: Index, values: Any) -> None:
        """Write a box."""
        box, kept = split_index(index, self.shape)
        shaped = np.broadcast_to(values, [box.shape[axis] for axis in kept]).reshape(box.shape)
        for key, within, source in self._parts(box):
            self._chunks.change(key, within, shaped[source.slices])

    def _parts(self, box: Roi) -> Iterator[tuple[Key, Roi, Roi]]:
        """Yield the chunks under a box: the key, which part of the chunk, which part of the box."""
        if box.is_empty:
            return
        sides = chunk_shape(self.ndim)
        spans = [
            range(start // side, -(-stop // side))
            for start, stop, side in zip(box.offset, box.end, sides, strict=True)
        ]
        for place in product(*spans):
            key = (self._level, place)
            chunk = self._chunks.box(key)
            common = box.intersect(chunk)
            yield (
                key,
                common.shift([-at for at in chunk.offset]),
                common.shift([-at for at in box.offset]),
            )


class ChunkedLabels(LabelPyramid):
    """New labels of any size, all background at first, of which only changes take room.

    Parameters
    ----------
    shape : tuple of int
        Of the finest level.
    make : callable
        Makes the arrays on disk of the levels' shapes, at the first change.
    path : Path, optional
        Where that is, to be told.
    """

    def __init__(
        self,
        shape: tuple[int, ...],
        make: Callable[[Sequence[tuple[int, ...]]], Sequence[Any]],
        path: Path | None = None,
    ) -> None:
        self.path = path
        shapes = pyramid_shapes(shape)
        self.chunks = LabelChunks(shapes, lambda: make(shapes))
        super().__init__([ChunkLevel(self, k, size) for k, size in enumerate(shapes)])
        self.highest = 0
        if len(shape) == 2:
            # napari keeps the coarsest level of a plane: let it be the array that changes.
            self.chunks.pin((len(shapes) - 1, (0, 0)))

    def __setitem__(self, index: Index, values: Any) -> None:
        """Write a box on every level."""
        super().__setitem__(index, values)
        self.highest = max(self.highest, int(np.max(values, initial=0)))
