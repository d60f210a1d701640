"""Where masks wait until all parts of a plane are searched: in memory, or in a folder.

A file of a folder is there whole or not at all, so its presence says that its part is done: after
a crash only the parts that were in flight are searched again.
"""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections import OrderedDict
from pathlib import Path

import numpy as np

from napari_samwise.atomic import replacing
from napari_samwise.segment.everything.found import Found

_AT_HAND_BYTES = 2**27


class CandidateStore(ABC):
    """What was found in each part of one plane, by the part's index; safe to use from threads."""

    @abstractmethod
    def __contains__(self, index: int) -> bool:
        """Tell whether a part is done."""

    @abstractmethod
    def put(self, index: int, found: Found) -> None:
        """Keep what was found in a part, which is done by that."""

    @abstractmethod
    def get(self, index: int) -> Found:
        """Return what was found in a part that is done."""


class MemoryStore(CandidateStore):
    """Keeps everything in memory."""

    def __init__(self) -> None:
        self._found: dict[int, Found] = {}

    def __contains__(self, index: int) -> bool:
        """Tell whether a part is done."""
        return index in self._found

    def put(self, index: int, found: Found) -> None:
        """Keep what was found in a part."""
        self._found[index] = found

    def get(self, index: int) -> Found:
        """Return what was found in a part."""
        return self._found[index]


class FolderStore(CandidateStore):
    """Keeps one file a part, and few of them in memory.

    Parameters
    ----------
    folder : Path
        Made if it does not exist; its files are taken for parts that are done.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._at_hand: OrderedDict[int, Found] = OrderedDict()
        self._nbytes = 0
        self._lock = threading.Lock()

    def __contains__(self, index: int) -> bool:
        """Tell whether a part is done."""
        return self._path(index).exists()

    def put(self, index: int, found: Found) -> None:
        """Write what was found in a part."""
        with replacing(self._path(index)) as temporary, temporary.open("wb") as file:
            np.savez(file, allow_pickle=False, **found.to_arrays())

    def get(self, index: int) -> Found:
        """Return what was found in a part, from memory if it was asked for lately."""
        with self._lock:
            kept = self._at_hand.get(index)
            if kept is not None:
                self._at_hand.move_to_end(index)
                return kept
            with np.load(self._path(index), allow_pickle=False) as arrays:
                found = Found.from_arrays(dict(arrays))
            self._at_hand[index] = found
            self._nbytes += found.nbytes
            while self._nbytes > _AT_HAND_BYTES and len(self._at_hand) > 1:
                _, old = self._at_hand.popitem(last=False)
                self._nbytes -= old.nbytes
            return found

    def _path(self, index: int) -> Path:
        return self._folder / f"{index:06d}.npz"
