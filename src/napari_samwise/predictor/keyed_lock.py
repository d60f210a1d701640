"""One lock for each key, so that the same work is not done twice at the same time."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager


class KeyedLock:
    """Locks made when first asked for and dropped with their last holder."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._locks: dict[str, threading.Lock] = {}
        self._holders: Counter[str] = Counter()

    @contextmanager
    def hold(self, key: str) -> Iterator[None]:
        """Enter alone among all that hold this key; other keys go on."""
        with self._guard:
            lock = self._locks.setdefault(key, threading.Lock())
            self._holders[key] += 1
        try:
            with lock:
                yield
        finally:
            with self._guard:
                self._holders[key] -= 1
                if not self._holders[key]:
                    del self._holders[key], self._locks[key]
