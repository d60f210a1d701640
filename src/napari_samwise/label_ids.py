"""The numbers that name objects: casts that refuse a number where plain ones would change it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from napari_samwise.errors import InputError

LARGEST_ID = 2**31 - 1
"""Of labels that this package makes: they are int32."""


def check_ids(
    lowest: int,
    highest: int,
    most: int = LARGEST_ID,
    *,
    holder: str = "Labels hold",
    advice: str = "renumber them",
) -> None:
    """Refuse ids that are negative or too large.

    Parameters
    ----------
    lowest, highest : int
        The least and the largest of them.
    most : int
        The largest that may be.
    holder, advice : str
        What the message begins with, and what it says to do.

    Raises
    ------
    InputError
        An id is not from 0 to ``most``.
    """
    if lowest < 0 or highest > most:
        raise InputError(f"{holder} ids from 0 to {most}, got {lowest} to {highest}; {advice}.")


def fit_ids(
    labels: NDArray[Any],
    types: Sequence[DTypeLike],
    *,
    holder: str = "Labels hold",
    advice: str = "renumber them",
) -> NDArray[Any]:
    """Return labels in the first of some types that holds all their ids.

    Parameters
    ----------
    labels : ndarray
        Integer ids, 0 is background.
    types : sequence of dtype
        Integer types or bool, the preferred one first.
    holder, advice : str
        See ``check_ids``.

    Returns
    -------
    ndarray
        ``labels`` itself where its type is the one.

    Raises
    ------
    InputError
        An id is negative or fits into none of them, or these are no whole numbers.
    """
    if labels.dtype.kind not in "biu":
        raise InputError(f"Labels must be whole numbers, got {labels.dtype}; {advice}.")
    lowest, highest = (int(labels.min()), int(labels.max())) if labels.size else (0, 0)
    limits = [_most(np.dtype(each)) for each in types]
    check_ids(lowest, highest, max(limits), holder=holder, advice=advice)
    chosen = next(each for each, limit in zip(types, limits, strict=True) if highest <= limit)
    return labels.astype(chosen, copy=False)


def _most(dtype: np.dtype[Any]) -> int:
    return 1 if dtype.kind == "b" else int(np.iinfo(dtype).max)


def as_int32(labels: NDArray[Any]) -> NDArray[np.int32]:
    """Return labels as int32, see ``fit_ids``; itself where it is so."""
    return fit_ids(labels, (np.int32,))
