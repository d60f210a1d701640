"""Blocks of a plane at reduced resolution, kept so that coarse levels read the plane once."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any

from numpy.typing import NDArray


class ReducedBlocks:
    """A cache of arrays, bounded in bytes; safe to use from several threads.

    Parameters
    ----------
    max_bytes : int
        The least recently used are given up above this.
    """

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._nbytes = 0
        self._kept: OrderedDict[Hashable, NDArray[Any]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable, make: Callable[[], NDArray[Any]]) -> NDArray[Any]:
        """Return the block of a key, made if it is not kept."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        # Outside the lock: two threads may make the same block, but none waits for a slow disk.
        block = make()
        with self._lock:
            if key not in self._kept and block.nbytes <= self._max_bytes:
                self._kept[key] = block
                self._nbytes += block.nbytes
            while self._nbytes > self._max_bytes:
                self._nbytes -= self._kept.popitem(last=False)[1].nbytes
        return block
