"""Numbers of things, as sentences have them."""

from __future__ import annotations


def counted(number: int, noun: str = "object") -> str:
    """Return a number with its noun, ``"1 object"`` or ``"2 objects"``."""
    return f"1 {noun}" if number == 1 else f"{number} {noun}s"
