"""Embeddings kept in memory, the least recently used given up first, and on disk behind it."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING

from napari_samwise.errors import InputError
from napari_samwise.predictor.embedding import Embedding

if TYPE_CHECKING:
    from napari_samwise.predictor.disk_store import DiskStore

DEFAULT_MAX_BYTES = 2 * 2**30


class EmbeddingStore:
    """A cache of embeddings by key, bounded in bytes; safe to use from several threads.

    Parameters
    ----------
    max_bytes : int
        Features kept in memory at most, in bytes. The default of 2 GiB holds 500 planes of ViT-B
        in float32. An embedding larger than this is not kept in memory at all.
    disk : DiskStore, optional
        Where what is not in memory is looked for. With it, all features are rounded to the
        precision of the disk, read from there or not: they depend on the image and the model
        alone, and not on who encoded it when.
    fills_disk : bool
        Whether what is put goes to the disk too; False only reads what is there.

    Raises
    ------
    InputError
        If ``max_bytes`` is negative.
    """

    def __init__(
        self,
        max_bytes: int = DEFAULT_MAX_BYTES,
        *,
        disk: DiskStore | None = None,
        fills_disk: bool = True,
    ) -> None:
        if max_bytes < 0:
            raise InputError(f"max_bytes of a store must be 0 or more, got {max_bytes}.")
        self._max_bytes = max_bytes
        self._disk = disk
        self._fills_disk = fills_disk
        self._nbytes = 0
        self._kept: OrderedDict[str, Embedding] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def max_bytes(self) -> int:
        """The bound in bytes."""
        return self._max_bytes

    @property
    def nbytes(self) -> int:
        """Bytes of all embeddings now in memory; never above ``max_bytes``."""
        return self._nbytes

    @property
    def disk(self) -> DiskStore | None:
        """What lies behind the memory."""
        return self._disk

    def __len__(self) -> int:
        """Return the number of embeddings now in memory."""
        return len(self._kept)

    def __contains__(self, key: object) -> bool:
        """Tell whether an embedding is kept, without counting as a use of it."""
        with self._lock:
            in_memory = key in self._kept
        return in_memory or (self._disk is not None and key in self._disk)

    def get(self, key: str) -> Embedding | None:
        """Return the embedding of this key and count it as used, or None; may read the disk."""
        found = self.get_from_memory(key)
        if found is None and self._disk is not None:
            found = self._disk.get(key)
            if found is not None:
                self.keep(found)
        return found

    def get_from_memory(self, key: str) -> Embedding | None:
        """Return the embedding of this key if that takes no time, and count it as used."""
        with self._lock:
            embedding = self._kept.get(key)
            if embedding is not None:
                self._kept.move_to_end(key)
            return embedding

    def put(self, embedding: Embedding) -> Embedding:
        """Keep an embedding under its own key, giving up the least recently used ones for it.

        Returns
        -------
        Embedding
            What ``get`` will return: with a disk, rounded as it is there.
        """
        if self._disk is not None:
            # Its import brings torch, which a store in memory alone does not need.
            from napari_samwise.predictor.stored_precision import as_stored

            embedding = as_stored(embedding)
            if self._fills_disk:
                # At once and not in the background: it takes far less time than encoding did, and
                # whoever has the embedding may then be killed.
                self._disk.put(embedding)
        self.keep(embedding)
        return embedding

    def keep(self, embedding: Embedding) -> None:
        """Keep an embedding in memory alone, in place of one with its key."""
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
        """Forget everything in memory; what is on disk stays."""
        with self._lock:
            self._kept.clear()
            self._nbytes = 0

    def _forget(self, key: str) -> None:
        """Drop one entry if it is there; the lock must be held."""
        embedding = self._kept.pop(key, None)
        if embedding is not None:
            self._nbytes -= embedding.nbytes
