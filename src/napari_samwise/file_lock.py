"""Keeping a file to one writer; the system releases it when the process ends, however it ends."""

from __future__ import annotations

import errno
import sys
from typing import IO

_TAKEN = {errno.EACCES, errno.EAGAIN, errno.EDEADLK}
# Far behind every byte that is written, because Windows locks what is read, too.
_PLACE = 2**62

if sys.platform == "win32":
    import msvcrt

    def _lock(stream: IO[bytes]) -> None:
        before = stream.tell()
        stream.seek(_PLACE)
        try:
            msvcrt.locking(stream.fileno(), msvcrt.LK_NBLCK, 1)
        finally:
            stream.seek(before)

else:
    import fcntl

    def _lock(stream: IO[bytes]) -> None:
        fcntl.flock(stream.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)


def is_taken(stream: IO[bytes]) -> bool:
    """Take an open file for this object alone; True if another one has it.

    Where the file system knows no locks, everybody gets it.
    """
    try:
        _lock(stream)
    except OSError as error:
        return error.errno in _TAKEN
    return False
