"""From masks that overlap to labels, where a pixel belongs to one object."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from napari_samwise.segment.everything.candidates import Candidates


def label_candidates(candidates: Candidates, min_visible: float) -> NDArray[np.int32]:
    """Give every object of a plane a number.

    A pixel belongs to the candidate of the highest predicted IoU. A candidate to which less than
    ``min_visible`` of its pixels are left is no object: so a part inside a better whole
    disappears, and so does a cluster of better parts; but a cell keeps its ring around a better
    nucleus if the ring is large enough. Objects are numbered from 1 by their first pixel, row by
    row.

    Parameters
    ----------
    candidates : Candidates
        From ``filter_candidates``, in any order.
    min_visible : float
        0 to 1.

    Returns
    -------
    ndarray
        `(Y, X)` int32, 0 is background.
    """
    labels = np.zeros(candidates.image_size, dtype=np.int32)
    first_pixels = []
    for index in candidates.best_first().tolist():
        mask = candidates.masks[index]
        target = labels[mask.roi.slices]
        free = mask.inside & (target == 0)
        visible = int(np.count_nonzero(free))
        if visible and visible >= min_visible * mask.area:
            y, x = divmod(int(free.argmax()), free.shape[1])
            first_pixels.append((mask.roi.offset[0] + y, mask.roi.offset[1] + x))
            target[free] = len(first_pixels)
    numbers = np.zeros(len(first_pixels) + 1, dtype=np.int32)
    by_place = sorted(range(len(first_pixels)), key=first_pixels.__getitem__)
    numbers[np.array(by_place, dtype=np.int64) + 1] = np.arange(1, len(numbers))
    return numbers[labels]
