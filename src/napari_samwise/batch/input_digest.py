"""Whether an input is still the one that was worked on."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

_WHOLE_BYTES = 2**26
_SAMPLES = 64
_SAMPLE_BYTES = 2**20
_METADATA = ("zarr.json", ".zarray", ".zattrs", ".zgroup")
_LABELS = "labels"


def digest_input(path: Path) -> str:
    """Return a digest of an image's file or folder.

    Of files up to 64 MiB all content counts, and neither name nor date. Of larger ones size, date
    and 64 samples of 1 MiB; of folders names, sizes and dates of all files, and the content of
    Zarr's metadata, but no labels that were put into an OME-Zarr.

    Parameters
    ----------
    path : Path
        A file or a folder that exists.

    Raises
    ------
    OSError
        If it cannot be read.
    """
    state = hashlib.blake2b(digest_size=20)
    if path.is_dir():
        for entry in sorted(_walk(path, path)):
            state.update(repr(entry).encode())
    else:
        _add_file(state, path)
    return state.hexdigest()


def _add_file(state: hashlib.blake2b, path: Path) -> None:
    found = path.stat()
    with path.open("rb") as stream:
        if found.st_size <= _WHOLE_BYTES:
            while block := stream.read(_SAMPLE_BYTES):
                state.update(block)
            return
        state.update(repr((found.st_size, found.st_mtime_ns)).encode())
        last = max(0, found.st_size - _SAMPLE_BYTES)
        for index in range(_SAMPLES):
            stream.seek(last * index // (_SAMPLES - 1))
            state.update(stream.read(_SAMPLE_BYTES))


def _walk(folder: Path, root: Path) -> Iterator[tuple[str, int, int, bytes]]:
    with os.scandir(folder) as entries:
        for entry in entries:
            path = Path(entry.path)
            if entry.is_dir():
                if folder != root or entry.name != _LABELS:
                    yield from _walk(path, root)
                continue
            found = entry.stat()
            content = path.read_bytes() if entry.name in _METADATA else b""
            name = path.relative_to(root).as_posix()
            yield name, found.st_size, found.st_mtime_ns, content
