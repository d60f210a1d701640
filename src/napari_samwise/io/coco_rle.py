"""Run lengths of a mask as COCO writes them (cocodataset/cocoapi, maskApi.c)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from napari_samwise.geometry.roi import Roi

_BITS, _SIGN, _MORE, _ZERO = 5, 0x10, 0x20, 48


def encode_runs(mask: NDArray[np.bool_], box: Roi, plane_size: tuple[int, int]) -> str:
    """Return the compressed runs of a mask that lies in a plane.

    Parameters
    ----------
    mask : ndarray
        `box.shape` bool.
    box : Roi
        Where it lies.
    plane_size : tuple of int
        `(Y, X)` of the plane.
    """
    return compress_runs(count_runs(mask, box, plane_size))


def count_runs(mask: NDArray[np.bool_], box: Roi, plane_size: tuple[int, int]) -> list[int]:
    """Return lengths of runs down the columns of the plane, outside first, alternating."""
    # A frame of zeros, so that every run begins and ends inside its own column.
    columns = np.pad(mask.T, ((0, 0), (1, 1))).astype(np.int8)
    changes = np.diff(columns, axis=1)
    height = plane_size[0]
    (y, x) = box.offset
    begins = [(c + x) * height + r + y for c, r in np.argwhere(changes == 1).tolist()]
    ends = [(c + x) * height + r + y for c, r in np.argwhere(changes == -1).tolist()]
    counts: list[int] = []
    last = 0
    for begin, end in zip(begins, ends, strict=True):
        if counts and begin == last:
            # It goes on from the bottom of one column to the top of the next.
            counts[-1] += end - begin
        else:
            counts += [begin - last, end - begin]
        last = end
    rest = height * plane_size[1] - last
    return [*counts, rest] if rest else counts


def compress_runs(counts: Sequence[int]) -> str:
    """Write runs as text: from the third on as a difference to the one two before, 5 bits each."""
    characters = []
    for i, count in enumerate(counts):
        left = count - counts[i - 2] if i > 2 else count
        more = True
        while more:
            bits = left & (_MORE - 1)
            left >>= _BITS
            more = left != -1 if bits & _SIGN else left != 0
            characters.append(chr((bits | _MORE if more else bits) + _ZERO))
    return "".join(characters)
