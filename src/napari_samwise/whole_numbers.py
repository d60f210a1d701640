"""Numbers that count something: anything else is refused before it goes astray in NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np

from napari_samwise.errors import InputError


def check_whole(
    name: str,
    value: Any,
    least: int,
    most: int | None = None,
    *,
    error: type[InputError] = InputError,
) -> int:
    """Return a value that is a whole number within limits.

    Parameters
    ----------
    name : str
        What it is, to begin the message with.
    value : object
        What was given; True and False are no numbers here.
    least, most : int
        Limits, both included; no upper one by default.
    error : type
        What is raised.

    Raises
    ------
    InputError
        It is something else.
    """
    is_whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
    if not is_whole or value < least or (most is not None and value > most):
        limits = f"{least} or more" if most is None else f"{least} to {most}"
        raise error(f"{name} must be a whole number, {limits}, got {value!r}.")
    return int(value)
