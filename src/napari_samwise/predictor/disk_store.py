"""Embeddings kept on disk, so that what was encoded once need not be encoded again."""

from __future__ import annotations

import logging
import os
import re
from pathlib import Path

from napari_samwise.errors import InputError
from napari_samwise.predictor.disk_store_entry import (
    discard_entry,
    place_entry,
    read_entry,
    sweep,
    touch_entry,
)
from napari_samwise.predictor.disk_store_format import DamagedEntryError, pack, unpack
from napari_samwise.predictor.disk_store_quota import ENTRY_SUFFIX, Quota
from napari_samwise.predictor.embedding import Embedding

logger = logging.getLogger(__name__)


def embeddings_folder() -> Path:
    """Return the folder of embeddings: ``embeddings``, beside the folder of weights."""
    # The import of pooch takes long, and whoever names a folder does not need it.
    from napari_samwise.weights.fetch import weights_folder

    return weights_folder().parent / "embeddings"


class DiskStore:
    """Embeddings by key in a folder, one zarr v3 group each.

    It only ever saves time: nothing that happens to the folder raises, and what comes out is what
    was put in or None. Every byte is checked against a digest before it is used; a damaged entry
    is removed and counts as absent; an entry that cannot be written is left out. Any number of
    threads and processes may use one folder, and any of them may be killed at any time.

    Parameters
    ----------
    folder : path-like, optional
        Where entries lie; made when first needed. By default ``embeddings`` in the folder that
        the environment variable ``NAPARI_SAMWISE_HOME`` names, or in the user's cache folder.
    max_bytes : int, optional
        Bytes of all entries at most; the least recently used go first. By default what
        ``set_quota`` last said of this folder, or 20 GB.

    Raises
    ------
    InputError
        If ``max_bytes`` is negative.
    """

    def __init__(
        self, folder: str | os.PathLike[str] | None = None, max_bytes: int | None = None
    ) -> None:
        found = embeddings_folder() if folder is None else Path(folder).expanduser().absolute()
        self._folder = found
        self._quota = Quota(found, max_bytes)
        self._problem: str | None = None
        sweep(found)

    @property
    def folder(self) -> Path:
        """Where entries lie."""
        return self._folder

    @property
    def max_bytes(self) -> int:
        """The bound in bytes."""
        return self._quota.max_bytes

    @property
    def nbytes(self) -> int:
        """Bytes of all entries; looks at the folder."""
        return self._quota.count_bytes()

    @property
    def problem(self) -> str | None:
        """Why an embedding was last left out, in a sentence; None if none was."""
        return self._problem

    def __len__(self) -> int:
        """Return the number of entries in the folder."""
        return len(self._entries())

    def __contains__(self, key: object) -> bool:
        """Tell whether there is an entry, without checking it or counting as a use of it."""
        return isinstance(key, str) and self._path(key).is_dir()

    def get(self, key: str) -> Embedding | None:
        """Return the embedding of this key and count it as used, or None.

        Its tensors are on the CPU, in the dtypes in which they were put, rounded as by
        ``as_stored``.
        """
        path = self._path(key)
        try:
            files = read_entry(path)
            if not files and not path.exists():
                return None
            embedding = unpack(files, key)
        except DamagedEntryError:
            logger.info("A damaged embedding was removed from '%s'.", self._folder)
            discard_entry(path)
            return None
        except OSError as error:
            logger.info("An embedding in '%s' could not be read: %s", self._folder, error)
            return None
        touch_entry(path)
        return embedding

    def put(self, embedding: Embedding) -> None:
        """Keep an embedding under its own key, giving up the least recently used ones for it.

        Raises
        ------
        InputError
            If it has features of a kind that is never stored.
        """
        path = self._path(embedding.key)
        if path.is_dir():
            touch_entry(path)
            return
        files = pack(embedding)
        size = sum(len(content) for content in files.values())
        if size > self.max_bytes:
            self._leave_out(f"one takes {size / 1e6:.1f} MB, the quota is {self.max_bytes} bytes")
            return
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._quota.make_room(size)
            place_entry(path, files)
        except OSError as error:
            self._leave_out(error.strerror or str(error))
            return
        touch_entry(path)

    def set_quota(self, max_bytes: int) -> None:
        """Bound the folder from now on, for every process that opens it later too.

        Raises
        ------
        InputError
            If ``max_bytes`` is negative, or the folder cannot be written to.
        """
        quota = Quota(self._folder, max_bytes)
        try:
            quota.write()
        except OSError as error:
            raise InputError(
                f"The quota of '{self._folder}' cannot be changed: {error.strerror or error}; "
                "let NAPARI_SAMWISE_HOME name a folder that can be written to."
            ) from error
        self._quota = quota
        quota.make_room(0)

    def clear(self) -> None:
        """Remove all entries."""
        for path in self._entries():
            discard_entry(path)

    def _entries(self) -> list[Path]:
        try:
            return [path for path in self._folder.iterdir() if path.name.endswith(ENTRY_SUFFIX)]
        except OSError:
            return []

    def _path(self, key: str) -> Path:
        """Return where an entry lies; no key leads out of the folder."""
        if not re.fullmatch(r"\w{1,128}", key, re.ASCII):
            raise InputError(f"A key to store by is up to 128 letters and digits, got {key!r}.")
        return self._folder / f"{key}{ENTRY_SUFFIX}"

    def _leave_out(self, reason: str) -> None:
        """Say once a session why embeddings are not kept; they are needed less than the rest."""
        first = self._problem is None
        self._problem = f"Embeddings are not kept in '{self._folder}': {reason}."
        if first:
            logger.warning("%s The work goes on without.", self._problem)
