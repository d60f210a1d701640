"""Run lengths of a mask as COCO writes them (cocodataset/cocoapi, maskApi.c)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from napari_samwise.geometry.coco_rle import compress_runs
from napari_samwise.geometry.roi import Roi


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
