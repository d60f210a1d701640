"""Candidates for one object, each judged by the others too, and such as differ.

A score head sees one mask at a time, and on images unlike those of its training it is easily too
sure of one. What several candidates share is more likely right: the IoU to be expected of a mask is
the mean of its IoU with all candidates, weighted by how likely each of them is the object. Choosing
by what is to be expected rather than by the likeliest answer is minimum Bayes risk decoding (Kumar
and Byrne 2004, "Minimum Bayes-risk decoding for statistical machine translation", section 2).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from napari_samwise.geometry.logits_patch import LogitsPatch
from napari_samwise.geometry.patch_overlap import pairwise_iou

_TEMPERATURE = 0.3
"""A candidate that scores so much less is less likely by a factor of e."""
_EXPECTED_WEIGHT, _FIT_WEIGHT = 2, 2
"""Powers of the expected IoU, and of the fit to a box, that go with the score into the rank."""

Edges = tuple[float, float, float, float]


def rank_by_agreement(
    predicted_iou: NDArray[np.float32],
    pairwise: NDArray[np.float32],
    fit: NDArray[np.float32] | None = None,
    *,
    offered: int = 3,
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Rank candidates by their scores and by how far they agree with the others.

    The best is the one of which score and expected IoU say most; where a box was given, that of
    which score and fit do, for a box says what the others can't. Beside it those are offered with
    which the best of all offered is expected to be best: what differs, if it is likely enough. The
    numbers in it were chosen among others on held-back and on unseen images
    (``docs/reference/training-log.md``).

    Parameters
    ----------
    predicted_iou : ndarray
        `(N,)` float32, 0 to 1, what the score head says.
    pairwise : ndarray
        `(N, N)` float32, IoU of every two candidates (``pairwise_iou``).
    fit : ndarray, optional
        `(N,)` float32, 0 to 1, how far each fits a box that was given (``box_fit``).
    offered : int
        So many are offered together.

    Returns
    -------
    order : ndarray
        `(N,)` int64, the candidates, best first, those to be offered before all others; of equal
        ones the first.
    scores : ndarray
        `(N,)` float32, predicted IoU in that order, not ascending: half way from the score down to
        its product with the expected IoU, so that a mask on which all agree keeps its score.
    """
    likely = np.exp((predicted_iou - predicted_iou.max()) / _TEMPERATURE)
    likely /= likely.sum()
    expected = pairwise @ likely
    judged = predicted_iou * (1 + expected) / 2
    clue = expected**_EXPECTED_WEIGHT if fit is None else fit**_FIT_WEIGHT
    best = int(np.argmax(predicted_iou * clue))
    beside = _different(best, pairwise, likely, offered - 1)
    # Among equals the order stays, so that the best is the first, then those beside it.
    place = np.full(len(judged), 2)
    place[beside], place[best] = 1, 0
    order = np.lexsort((-judged, place))
    return order, np.minimum.accumulate(judged[order]).astype(np.float32)


def judge_masks(
    predicted_iou: NDArray[np.float32],
    patches: Sequence[LogitsPatch],
    plane_size: tuple[int, int],
    box: NDArray[np.float64] | None = None,
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Compare the masks of all candidates, and rank them; see ``rank_by_agreement``.

    Parameters
    ----------
    predicted_iou : ndarray
        `(N,)` float32, 0 to 1, what the score head says.
    patches : sequence of LogitsPatch
        The N masks.
    plane_size : tuple of int
        `(Y, X)`.
    box : ndarray, optional
        `(2, 2)` the box that was given, (y, x) in pixels of the plane.
    """
    fit = None if box is None else box_fit([patch.bounds() for patch in patches], box)
    return rank_by_agreement(predicted_iou, pairwise_iou(patches, plane_size), fit)


def box_fit(bounds: Sequence[Edges | None], box: NDArray[np.float64]) -> NDArray[np.float32]:
    """Return how far the outermost edges of masks are those of a box, as IoU of the two boxes.

    Parameters
    ----------
    bounds : sequence of (y0, x0, y1, x1)
        Of N masks, in pixels of the plane, whose first pixel begins at 0; None for an empty one.
    box : ndarray
        `(2, 2)` two corners, (y, x), pixel centres at integers, through the outermost pixels.

    Returns
    -------
    ndarray
        `(N,)` float32, 0 to 1.
    """
    low, high = box.min(axis=0), box.max(axis=0) + 1
    fits = []
    for edges in bounds:
        if edges is None:
            fits.append(0.0)
            continue
        first, last = np.array(edges[:2]), np.array(edges[2:])
        shared = np.prod((np.minimum(last, high) - np.maximum(first, low)).clip(0))
        fits.append(float(shared / (np.prod(last - first) + np.prod(high - low) - shared)))
    return np.array(fits, dtype=np.float32)


def _different(
    best: int, pairwise: NDArray[np.float32], likely: NDArray[np.float32], count: int
) -> list[int]:
    """Choose, one by one, what adds most to the IoU to be expected of the best of all chosen."""
    chosen, covered = [best], pairwise[best]
    for _ in range(min(count, len(likely) - 1)):
        worth = np.maximum(pairwise, covered) @ likely
        worth[chosen] = -1
        chosen.append(int(np.argmax(worth)))
        covered = np.maximum(covered, pairwise[chosen[-1]])
    return chosen[1:]
