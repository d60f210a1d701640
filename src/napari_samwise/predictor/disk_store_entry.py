"""A folder of files that appears whole, disappears whole, and is never waited for.

There is no fsync: after a power failure a file may be short, which its reader finds out by the
digest, and what is lost can be computed again.
"""

from __future__ import annotations

import contextlib
import os
import platform
import re
import shutil
import time
import uuid
from collections.abc import Mapping
from pathlib import Path

_ABANDONED_SECONDS = 3600
_TEMPORARY = re.compile(r"\..+@(?P<host>\w*)@(?P<pid>\d{1,9})@\w+\.part", re.ASCII)


def read_entry(path: Path) -> dict[str, bytearray]:
    """Return all files below a folder, relative path -> content; none if there is no folder.

    Raises
    ------
    OSError
        If something is there but cannot be read.
    """
    files = {}
    for folder, names in _walk(path):
        for name in names:
            file = folder / name
            # Systems leave notes of their own in folders that people look at.
            if not name.startswith("."):
                with file.open("rb", buffering=0) as stream:
                    files[file.relative_to(path).as_posix()] = bytearray(stream.readall())
    return files


def place_entry(path: Path, files: Mapping[str, bytes | bytearray | memoryview]) -> None:
    """Write a folder whole or not at all; if it is there already, that one stays.

    Raises
    ------
    OSError
        If it cannot be written: no space, no permission.
    """
    temporary = _beside(path)
    try:
        for name, content in files.items():
            file = temporary / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
        os.rename(temporary, path)
    except OSError:
        # Another process or thread was first; both wrote the same.
        if not path.is_dir():
            raise
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def discard_entry(path: Path) -> None:
    """Remove a folder so that nobody ever sees a part of it; do nothing where that fails."""
    temporary = _beside(path)
    with contextlib.suppress(OSError):
        os.rename(path, temporary)
        shutil.rmtree(temporary, ignore_errors=True)


def touch_entry(path: Path) -> None:
    """Note that an entry is used now, unless the folder cannot be written to."""
    now = time.time_ns()
    with contextlib.suppress(OSError):
        # The clock of the file system alone may be too coarse to order two uses.
        os.utime(path, ns=(now, now))


def entry_size(path: Path) -> int:
    """Return the bytes of all files of an entry; of what is left of it if it is going away."""
    total = 0
    with contextlib.suppress(OSError):
        for folder, names in _walk(path):
            total += sum((folder / name).stat().st_size for name in names)
    return total


def sweep(folder: Path) -> None:
    """Remove what killed processes left half written.

    That is what belongs to a process of this machine that is gone, or is older than an hour.
    """
    with contextlib.suppress(OSError):
        for path in folder.iterdir():
            left = _TEMPORARY.fullmatch(path.name)
            if left is not None and _is_abandoned(path, left["host"], int(left["pid"])):
                shutil.rmtree(path, ignore_errors=True)


def _walk(path: Path) -> list[tuple[Path, list[str]]]:
    return [(Path(folder), names) for folder, _, names in os.walk(path)]


def _beside(path: Path) -> Path:
    """Name a temporary folder that tells whose it is."""
    name = f".{path.name}@{_host()}@{os.getpid()}@{uuid.uuid4().hex}.part"
    return path.with_name(name)


def _host() -> str:
    return re.sub(r"\W", "_", platform.node(), flags=re.ASCII)


def _is_abandoned(path: Path, host: str, pid: int) -> bool:
    if host == _host() and _is_gone(pid):
        return True
    return time.time() - path.stat().st_mtime > _ABANDONED_SECONDS


def _is_gone(pid: int) -> bool:
    """Tell whether no process has this number."""
    if os.name == "nt":
        # There os.kill does not ask, it kills; the age decides alone.
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False
