"""Giving freed memory back to the system."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable
from functools import cache


def give_back() -> None:
    """Return memory that was freed but that the C library keeps for later.

    Between frames arrays of many sizes come and go. glibc keeps what they leave behind, in pieces
    that do not fit the next ones, so that a process seems to need more the larger the plane is.
    Does nothing where the C library is another one.
    """
    trim = _trim()
    if trim is not None:
        trim(0)


@cache
def _trim() -> Callable[[int], int] | None:
    if not sys.platform.startswith("linux"):
        return None
    return getattr(ctypes.CDLL(None), "malloc_trim", None)
