"""Embeddings kept in memory, the least recently used given up first."""

from __future__ import annotations

import threading
from collections import OrderedDict

from napari_samwise.errors import InputError
from napari_samwise.predictor.embedding import Embedding

DEFAULT_MAX_BYTES = 2 * 2**30


class EmbeddingStore:
    """A cache of embeddings by key, bounded in bytes; safe to use from several threads.

    Parameters
    ----------
    max_bytes : int
        Features kept at most, in bytes. The default of 2 GiB holds 500 planes of ViT-B in
        float32. An embedding larger than this is not kept at all.

    Raises
    ------
    InputError
        If ``max_bytes`` is negative.
    """

    def __init__(self, max_bytes: int = DEFAULT_MAX_BYTES) -> None:
        if max_bytes < 0:
            raise InputError(f"max_bytes of a store must be 0 or more, got {max_bytes}.")
        self._max_bytes = max_bytes
        self._nbytes = 0
        self._kept: OrderedDict[str, Embedding] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def max_bytes(self) -> int:
        """The bound in bytes."""
        return self._max_bytes

    @property
    def nbytes(self) -> int:
        """Bytes of all embeddings now kept; never above ``max_bytes``."""
        return self._nbytes

    def __len__(self) -> int:
        """Return the number of embeddings now kept."""
        return len(self._kept)

    def __contains__(self, key: object) -> bool:
        """Tell whether an embedding is kept, without counting as a use of it."""
        with self._lock:
            return key in self._kept

    def get(self, key: str) -> Embedding | None:
        """Return the embedding of this key and count it as used, or None."""
        with self._lock:
            embedding = self._kept.get(key)
            if embedding is not None:
                self._kept.move_to_end(key)
            return embedding

    def put(self, embedding: Embedding) -> None:
        """Keep an embedding under its own key, giving up the least recently used ones for it."""
        size = embedding.nbytes
        with self._lock:
            self._forget(embedding.key)
            if size > self._max_bytes:
                return
            while self._nbytes + size > self._max_bytes:
                self._forget(next(iter(self._kept)))
            self._kept[embedding.key] = embedding
            self._nbytes += size

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._kept.clear()
            self._nbytes = 0

    def _forget(self, key: str) -> None:
        """Drop one entry if it is there; the lock must be held."""
        embedding = self._kept.pop(key, None)
        if embedding is not None:
            self._nbytes -= embedding.nbytes
