"""Reading a JSON object that nobody trusts: each value is asked for by name, kind and range."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from napari_samwise.errors import JournalError

T = TypeVar("T")


class Fields:
    """The members of one JSON object, each taken once.

    Parameters
    ----------
    value : object
        What JSON gave.
    what : str
        What it is, for sentences.

    Raises
    ------
    JournalError
        If it is no object; every method raises it for what is missing or out of range.
    """

    def __init__(self, value: object, what: str) -> None:
        if not isinstance(value, dict):
            raise JournalError(f"{what} must be an object, got {_show(value)}")
        self._left = dict(value)
        self._what = what

    def close(self) -> None:
        """Refuse members that nobody asked for."""
        if self._left:
            raise JournalError(
                f"{self._what} has the unknown member {_show(next(iter(self._left)))}"
            )

    def take(self, name: str) -> object:
        """Return a member as it is."""
        if name not in self._left:
            raise JournalError(f"{self._what} lacks {name!r}")
        return self._left.pop(name)

    def integer(self, name: str, low: int, high: int) -> int:
        """Return a whole number from ``low`` to ``high``."""
        return as_integer(self.take(name), f"{name!r} of {self._what}", low, high)

    def number(self, name: str, low: float, high: float) -> float:
        """Return a finite number from ``low`` to ``high``."""
        return as_number(self.take(name), f"{name!r} of {self._what}", low, high)

    def flag(self, name: str) -> bool:
        """Return true or false."""
        value = self.take(name)
        if not isinstance(value, bool):
            raise JournalError(
                f"{name!r} of {self._what} must be true or false, got {_show(value)}"
            )
        return value

    def text(self, name: str, pattern: str) -> str:
        """Return a text that matches a pattern as a whole."""
        value = self.take(name)
        if not isinstance(value, str) or not re.fullmatch(pattern, value):
            raise JournalError(f"{name!r} of {self._what} must match {pattern}, got {_show(value)}")
        return value

    def items(self, name: str, read: Callable[[Any], T], low: int, high: int) -> tuple[T, ...]:
        """Return a list of ``low`` to ``high`` members, each read by a function."""
        return as_items(self.take(name), f"{name!r} of {self._what}", read, low, high)

    def integers(self, name: str, count: int, low: int, high: int) -> tuple[int, ...]:
        """Return a list of so many whole numbers."""
        what = f"{name!r} of {self._what}"
        return self.items(name, lambda value: as_integer(value, what, low, high), count, count)

    def numbers(self, name: str, counts: Sequence[int], limit: float) -> tuple[float, ...]:
        """Return a list of finite numbers from -limit to limit, of one of the lengths."""
        what = f"{name!r} of {self._what}"
        found = self.items(
            name, lambda value: as_number(value, what, -limit, limit), min(counts), max(counts)
        )
        if len(found) not in counts:
            raise JournalError(f"{what} has {len(found)} members")
        return found

    def optional(self, name: str, read: Callable[[str], T]) -> T | None:
        """Return what a method of this object makes of a member, None where it is null."""
        if name in self._left and self._left[name] is None:
            del self._left[name]
            return None
        return read(name)


def as_integer(value: object, what: str, low: int, high: int) -> int:
    """Return a whole number from ``low`` to ``high``."""
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise JournalError(
            f"{what} must be a whole number from {low} to {high}, got {_show(value)}"
        )
    return value


def as_number(value: object, what: str, low: float, high: float) -> float:
    """Return a finite number from ``low`` to ``high``."""
    fits = isinstance(value, int | float) and not isinstance(value, bool)
    if not fits or not low <= value <= high:  # type: ignore[operator]
        raise JournalError(f"{what} must be a number from {low:g} to {high:g}, got {_show(value)}")
    return float(value)  # type: ignore[arg-type]


def as_items(
    value: object, what: str, read: Callable[[Any], T], low: int, high: int
) -> tuple[T, ...]:
    """Return a list of ``low`` to ``high`` members, each read by a function."""
    if not isinstance(value, list) or not low <= len(value) <= high:
        raise JournalError(f"{what} must be a list of {low} to {high}, got {_show(value)}")
    return tuple(read(member) for member in value)


def as_point(value: object, what: str, ndim: int, limit: float) -> tuple[float, ...]:
    """Return so many finite coordinates."""
    return as_items(value, what, lambda number: as_number(number, what, -limit, limit), ndim, ndim)


def _show(value: object) -> str:
    """Name a value in little space, whatever it is."""
    if isinstance(value, list | dict):
        return f"a {'list' if isinstance(value, list) else 'object'} of {len(value)}"
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > 10**15:
        return "a huge number"
    if isinstance(value, float) and not math.isfinite(value):
        return "no finite number"
    text = ascii(value)
    return text if len(text) <= 40 else f"{text[:37]}..."
