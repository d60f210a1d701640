"""All masks of a plane as one table; the masks themselves are fetched when they are needed."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from napari_samwise.segment.everything.found import Found
from napari_samwise.segment.everything.scaled_mask import ScaledMask

_UNPACKED_BYTES = 2**26


class Table:
    """The scores and boxes of N masks, in the order of the parts in which they were found.

    Parameters
    ----------
    load : callable
        Returns what was found in the part of that index.
    parts : int
        Number of parts.

    Attributes
    ----------
    boxes : ndarray
        `(N, 4)` int64, (y0, x0, y1, x1) in pixels of the plane, half open.
    areas : ndarray
        `(N,)` int64, in pixels.
    predicted_iou, stability : ndarray
        `(N,)` float32.
    part : ndarray
        `(N,)` int64, the part in which each was found.
    best_predicted_iou : float or None
        Of all parts.
    """

    def __init__(self, load: Callable[[int], Found], parts: int) -> None:
        self._load = load
        self._unpacked: OrderedDict[int, ScaledMask] = OrderedDict()
        self._nbytes = 0
        boxes, areas, scores, counts, best = [], [], [], [], []
        for index in range(parts):
            found = load(index)
            boxes.append(found.masks.boxes)
            areas.append(found.masks.areas)
            scores.append(np.stack([found.predicted_iou, found.stability], axis=1))
            counts.append(len(found))
            best += [] if found.best_predicted_iou is None else [found.best_predicted_iou]
        self.boxes = np.concatenate([np.zeros((0, 4), np.int64), *boxes])
        self.areas = np.concatenate([np.zeros(0, np.int64), *areas])
        both = np.concatenate([np.zeros((0, 2), np.float32), *scores])
        self.predicted_iou, self.stability = both[:, 0], both[:, 1]
        self.part = np.repeat(np.arange(parts), counts)
        self._first = np.cumsum([0, *counts])
        self.best_predicted_iou = max(best, default=None)

    def __len__(self) -> int:
        """Return the number of masks."""
        return len(self.areas)

    def mask(self, index: int) -> ScaledMask:
        """Return one mask; recently used ones are at hand."""
        kept = self._unpacked.get(index)
        if kept is not None:
            self._unpacked.move_to_end(index)
            return kept
        part = int(self.part[index])
        mask = self._load(part).masks[index - int(self._first[part])]
        self._unpacked[index] = mask
        self._nbytes += mask.cells.inside.nbytes
        while self._nbytes > _UNPACKED_BYTES and len(self._unpacked) > 1:
            _, old = self._unpacked.popitem(last=False)
            self._nbytes -= old.cells.inside.nbytes
        return mask

    def ranks(self) -> NDArray[np.int64]:
        """Return the rank `(N,)` of each: by predicted IoU, then stability, place and extent.

        The best has rank 0. In which order the parts were looked at has no say.
        """
        y0, x0, y1, x1 = self.boxes.T
        keys = (self.part, self.areas, x1, y1, x0, y0, -self.stability, -self.predicted_iou)
        return rank_by(keys)

    def by_place(self) -> NDArray[np.int64]:
        """Return all indices so that neighbours in the plane are near each other."""
        return np.lexsort((self.boxes[:, 1] // _NEAR_PX, self.boxes[:, 0] // _NEAR_PX))


_NEAR_PX = 1024


def rank_by(keys: tuple[NDArray[np.generic], ...]) -> NDArray[np.int64]:
    """Return the rank of each by keys, of which the last one counts first."""
    order = np.lexsort(keys)
    ranks = np.empty(len(order), dtype=np.int64)
    ranks[order] = np.arange(len(order))
    return ranks
