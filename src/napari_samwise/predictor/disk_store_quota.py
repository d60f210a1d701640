"""How much a folder of entries may hold, and which go when it is too much."""

from __future__ import annotations

import contextlib
import os
import threading
import uuid
from pathlib import Path

from napari_samwise.errors import InputError
from napari_samwise.predictor.disk_store_entry import discard_entry, entry_size

DEFAULT_QUOTA = 20 * 10**9
ENTRY_SUFFIX = ".zarr"

_QUOTA_FILE = "quota.txt"
_PUTS_BETWEEN_SCANS = 50
# Making a little more room than is needed saves looking through the folder at every put.
_KEPT_SHARE = 0.95


class Quota:
    """Keeps the entries of a folder below a number of bytes, the least recently used go first.

    An entry counts as used when its folder was last touched. Several processes may work on one
    folder: each looks again from time to time at what the others have put there.

    Parameters
    ----------
    folder : Path
        Where entries lie; need not exist yet.
    max_bytes : int or None
        None for what the folder's own ``quota.txt`` says, or 20 GB.
    """

    def __init__(self, folder: Path, max_bytes: int | None) -> None:
        if max_bytes is not None and max_bytes < 0:
            raise InputError(f"max_bytes of a store must be 0 or more, got {max_bytes}.")
        self._folder = folder
        self.max_bytes = _read_quota(folder) if max_bytes is None else max_bytes
        # Entries never change, so each is measured once.
        self._sizes: dict[str, int] = {}
        self._total = 0
        self._puts_until_scan = 0
        self._lock = threading.Lock()

    def make_room(self, size: int) -> None:
        """Give up entries until one of `size` bytes fits in."""
        with self._lock:
            if self._puts_until_scan == 0 or self._total + size > self.max_bytes:
                by_use = self._scan()
                self._puts_until_scan = _PUTS_BETWEEN_SCANS
                if self._total + size > self.max_bytes:
                    self._evict(by_use, int(self.max_bytes * _KEPT_SHARE) - size)
            self._puts_until_scan -= 1
            self._total += size

    def count_bytes(self) -> int:
        """Return the bytes of all entries now in the folder."""
        with self._lock:
            self._scan()
            return self._total

    def write(self) -> None:
        """Make this the quota of all that use the folder from now on.

        Raises
        ------
        OSError
            If the folder cannot be written to.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        temporary = self._folder / f".{_QUOTA_FILE}.{uuid.uuid4().hex}"
        try:
            temporary.write_text(f"{self.max_bytes}\n", encoding="utf-8")
            os.replace(temporary, self._folder / _QUOTA_FILE)
        finally:
            temporary.unlink(missing_ok=True)

    def _scan(self) -> list[str]:
        """Look at all entries; return their names, the least recently used first."""
        used = {}
        with contextlib.suppress(OSError), os.scandir(self._folder) as found:
            for entry in found:
                if entry.name.endswith(ENTRY_SUFFIX):
                    # It may go away while we look.
                    with contextlib.suppress(OSError):
                        used[entry.name] = entry.stat().st_mtime_ns
        self._sizes = {
            name: self._sizes.get(name) or entry_size(self._folder / name) for name in used
        }
        self._total = sum(self._sizes.values())
        return sorted(used, key=used.__getitem__)

    def _evict(self, by_use: list[str], keep: int) -> None:
        for name in by_use:
            if self._total <= max(keep, 0):
                return
            discard_entry(self._folder / name)
            self._total -= self._sizes.pop(name)


def _read_quota(folder: Path) -> int:
    """Return what the folder says, or the default if it says nothing sensible."""
    try:
        written = int((folder / _QUOTA_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return DEFAULT_QUOTA
    return written if written >= 0 else DEFAULT_QUOTA
