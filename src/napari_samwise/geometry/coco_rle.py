"""Run lengths of a mask as the text that COCO's tools write and read."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from napari_samwise.errors import InputError

_BITS = 5
_MOST_CHARACTERS, _MOST_WRITTEN = 7, 12
_FIRST, _MORE, _DIGIT, _SIGN = 48, 0x20, 0x1F, 0x10


def encode_rle(mask: NDArray[np.bool_]) -> str:
    """Return the compressed run lengths of a mask (``rleToString`` of pycocotools).

    Runs go down the columns and begin with background.

    Parameters
    ----------
    mask : ndarray
        `(h, w)` bool.
    """
    pixels = np.concatenate(([False], mask.ravel(order="F"), [False]))
    edges = np.flatnonzero(pixels[1:] != pixels[:-1])
    runs = np.diff(np.concatenate(([0], edges, [mask.size])))
    if len(runs) > 1 and runs[-1] == 0:
        runs = runs[:-1]
    return compress_runs(runs)


def compress_runs(runs: ArrayLike) -> str:
    """Write run lengths as text: from the fourth on, the difference to the one before the last.

    Parameters
    ----------
    runs : array-like
        `(N,)` whole numbers below 2^59, background first.
    """
    counts = np.asarray(runs, dtype=np.int64)
    values = counts.copy()
    values[3:] -= counts[1:-2]
    return _to_text(values)


def decode_rle(counts: str, size: tuple[int, int]) -> NDArray[np.bool_]:
    """Inverse of :func:`encode_rle`.

    Parameters
    ----------
    counts : str
        The text.
    size : tuple of int
        `(h, w)` of the mask.

    Raises
    ------
    InputError
        If the text is not that of a mask of this size.
    """
    runs = read_runs(counts, size)
    inside = np.arange(len(runs)) % 2 == 1
    return np.repeat(inside, runs).reshape(size, order="F")


def read_runs(counts: str, size: tuple[int, int]) -> NDArray[np.int64]:
    """Return the run lengths, background first, without making the mask.

    Raises
    ------
    InputError
        If the text is not that of a mask of this size.
    """
    runs = _from_text(counts)
    # The odd and the even runs are each a chain of differences.
    runs[1::2] = np.cumsum(runs[1::2])
    runs[2::2] = np.cumsum(runs[2::2])
    if (runs < 0).any() or int(runs.sum()) != size[0] * size[1]:
        raise InputError(f"Run lengths must cover a mask of {size[0]} x {size[1]} pixels.")
    return runs


def _to_text(values: NDArray[np.int64]) -> str:
    places = np.arange(_MOST_WRITTEN)
    limits = np.int64(1) << (_BITS * (places + 1) - 1)
    fits = (values[:, None] >= -limits) & (values[:, None] < limits)
    length = fits.argmax(axis=1)
    digits = (values[:, None] >> (_BITS * places)) & _DIGIT
    digits |= np.where(places < length[:, None], _MORE, 0)
    used: NDArray[np.int64] = digits[places <= length[:, None]] + _FIRST
    return bytes(used.astype(np.uint8)).decode("ascii")


def _from_text(counts: str) -> NDArray[np.int64]:
    try:
        characters = np.frombuffer(counts.encode("ascii"), dtype=np.uint8).astype(np.int64)
    except UnicodeEncodeError as error:
        raise InputError("Run lengths must be ASCII text.") from error
    characters -= _FIRST
    if not len(characters) or (characters < 0).any() or (characters >= 2 * _MORE).any():
        raise InputError("Run lengths must be text as COCO's tools write it.")
    ends = np.flatnonzero((characters & _MORE) == 0)
    if not len(ends) or ends[-1] != len(characters) - 1:
        raise InputError("Run lengths must not end in the middle of a number.")
    starts = np.concatenate(([0], ends[:-1] + 1))
    lengths = ends - starts + 1
    if lengths.max() > _MOST_CHARACTERS:
        raise InputError(f"Run lengths must have {_MOST_CHARACTERS} characters at most.")
    place = np.arange(len(characters)) - np.repeat(starts, lengths)
    values: NDArray[np.int64] = np.add.reduceat((characters & _DIGIT) << (_BITS * place), starts)
    negative = (characters[ends] & _SIGN) != 0
    values[negative] -= np.int64(1) << (_BITS * lengths[negative])
    return values
