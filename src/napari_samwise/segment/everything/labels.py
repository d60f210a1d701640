"""From the candidates of one plane to a label image."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from napari_samwise.segment.everything.candidates import Candidates
from napari_samwise.segment.everything.choose import see
from napari_samwise.segment.everything.paint import paint

_BLOCK_PX = 1024


def label_candidates(candidates: Candidates, min_visible: float) -> NDArray[np.int32]:
    """Give every object of a plane a number.

    A pixel belongs to the candidate of the highest predicted IoU. A candidate to which less than
    ``min_visible`` of its pixels are left is no object (``see``).

    Parameters
    ----------
    candidates : Candidates
        From ``filter_candidates``, in any order.
    min_visible : float
        0 to 1.

    Returns
    -------
    ndarray
        `(Y, X)` int32, 0 is background; numbered from 1 by their first pixel, row by row.
    """
    table = candidates.table()
    objects = see(table, np.arange(len(table)), min_visible)
    labels = np.zeros(candidates.plane_size, dtype=np.int32)
    for region, block in paint(table, objects, candidates.plane_size, _BLOCK_PX):
        labels[region.slices] = block
    return labels
