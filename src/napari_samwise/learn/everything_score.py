"""Average precision of a label image: which of its objects are those of the truth.

AP at a threshold is TP / (TP + FP + FN), as in the 2018 Data Science Bowl (Caicedo et al. 2019)
and in StarDist; it is not the area under a curve as in COCO.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

THRESHOLDS = tuple(percent / 100 for percent in range(50, 100, 5))
"""Of the mean AP; the first is that of precision and recall."""


@dataclass(frozen=True, slots=True)
class MatchCounts:
    """How many objects were found.

    Parameters
    ----------
    matched : tuple of int
        For each of ``THRESHOLDS``, pairs of a true and a found object with a higher IoU (TP).
    truth : int
        Objects that there are (TP + FN).
    found : int
        Objects that were found (TP + FP).
    """

    matched: tuple[int, ...]
    truth: int
    found: int


def count_matches(
    truth: NDArray[np.integer],
    found: NDArray[np.integer],
    counted: Collection[int] | None = None,
) -> MatchCounts:
    """Compare two label images.

    An IoU above one half belongs to one pair at most, so nothing has to be assigned.

    Parameters
    ----------
    truth, found : ndarray
        `(Y, X)` integer, 0 is background.
    counted : collection of int, optional
        The ids of ``truth`` that count; by default all. Where half or more of a found object lies
        on others, it is neither right nor wrong and is left out.
    """
    true_ids, true_index = np.unique(truth, return_inverse=True)
    found_ids, found_index = np.unique(found, return_inverse=True)
    codes = true_index.ravel() * len(found_ids) + found_index.ravel()
    pairs, shared = np.unique(codes, return_counts=True)
    row, column = np.divmod(pairs, len(found_ids))
    true_area = np.bincount(row, shared, len(true_ids))
    found_area = np.bincount(column, shared, len(found_ids))

    is_object = true_ids > 0
    counts = is_object if counted is None else is_object & np.isin(true_ids, list(counted))
    on_others = is_object[row] & ~counts[row]
    lost = np.bincount(column[on_others], shared[on_others], len(found_ids))
    judged = (found_ids > 0) & ((lost == 0) | (lost < found_area / 2))

    both = counts[row] & judged[column]
    union = true_area[row] + found_area[column] - shared
    ious = (shared / union)[both]
    matched = tuple(int(np.count_nonzero(ious > threshold)) for threshold in THRESHOLDS)
    return MatchCounts(matched, int(counts.sum()), int(judged.sum()))


def count_totals(counts: Iterable[MatchCounts]) -> NDArray[np.float64]:
    """Return the sums over planes, `(len(THRESHOLDS) + 2,)`: matched, truth, found."""
    rows = [(*count.matched, count.truth, count.found) for count in counts]
    table: NDArray[np.float64] = np.array(rows, float).reshape(-1, len(THRESHOLDS) + 2)
    return np.asarray(table.sum(0), np.float64)


def average_precision(totals: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return AP at 0.5, mean AP over ``THRESHOLDS``, precision and recall at 0.5.

    Parameters
    ----------
    totals : ndarray
        `(..., len(THRESHOLDS) + 2)`, from ``count_totals``.

    Returns
    -------
    ndarray
        `(..., 4)` in 0 to 1. All are 1 where there was nothing to find and nothing was found; what
        else has no denominator is 0.
    """
    matched, truth, found = totals[..., :-2], totals[..., -2:-1], totals[..., -1:]
    at_half = matched[..., :1]
    ap = _share(matched, truth + found - matched)
    right = [
        ap[..., :1],
        ap.mean(-1, keepdims=True),
        _share(at_half, found),
        _share(at_half, truth),
    ]
    return np.where(truth + found > 0, np.concatenate(right, axis=-1), 1.0)


def _share(part: NDArray[np.float64], whole: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.divide(part, whole, out=np.zeros_like(part), where=whole > 0)
