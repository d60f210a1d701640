"""Changes of several parts that are made as a whole, even if the disk gets full midway."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import TypeVar

T = TypeVar("T")


def do_all_or_none(
    parts: Iterable[T], do: Callable[[T], object], take_back: Callable[[T], object]
) -> None:
    """Do something for every part; if that raises for one, take back what was done, and raise.

    Parameters
    ----------
    parts : iterable
        Done in this order, and taken back in the opposite one.
    do : callable
        Called with each part.
    take_back : callable
        Called with each part for which ``do`` has returned. Where it fails as well, the others are
        taken back nevertheless.
    """
    done: list[T] = []
    try:
        for part in parts:
            do(part)
            done.append(part)
    except Exception:
        for part in reversed(done):
            with suppress(Exception):
                take_back(part)
        raise
