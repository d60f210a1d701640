"""Which candidates of several levels are offered: the best ones that differ from each other."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from napari_samwise.model.agreement import judge_masks
from napari_samwise.predictor.frame_encoder import Candidate
from napari_samwise.predictor.framed_mask import FramedMask

MOST_CANDIDATES = 3
"""How many masks are offered for an ambiguous prompt."""
SAME_MASK = 0.9
"""IoU from which two masks count as one; a second opinion on it helps nobody."""
_COMPARED_PX = 2048


def judge_by_agreement(
    candidates: Sequence[Candidate], box: NDArray[np.float64] | None = None
) -> list[Candidate]:
    """Rank candidates by how far they agree, too; see ``rank_by_agreement``.

    Parameters
    ----------
    candidates : sequence of Candidate
        Of all levels, a single piece each, with the scores of the model's head.
    box : ndarray, optional
        `(2, 2)` the box that was given, (y, x) in pixels of the plane.

    Returns
    -------
    list of Candidate
        Best first, with scores to match.
    """
    patches = [one.mask.pieces[0].patch for one in candidates]
    said = np.array([one.score for one in candidates], dtype=np.float32)
    order, scores = judge_masks(said, patches, candidates[0].mask.plane_size, box)
    return [
        Candidate(candidates[index].mask, score)
        for index, score in zip(order.tolist(), scores.tolist(), strict=True)
    ]


def choose_distinct(candidates: Sequence[Candidate], wanted: int) -> list[Candidate]:
    """Return the best candidates, such as differ from each other if there are.

    Parameters
    ----------
    candidates : sequence of Candidate
        Of all levels; of equal ones the first wins.
    wanted : int
        How many to return at most.
    """
    ranked = sorted(candidates, key=lambda candidate: -candidate.score)
    distinct: list[Candidate] = []
    spare: list[Candidate] = []
    for candidate in ranked:
        if not any(mask_iou(candidate.mask, other.mask) > SAME_MASK for other in distinct):
            distinct.append(candidate)
        else:
            spare.append(candidate)
        if len(distinct) == wanted:
            break
    chosen = [*distinct, *spare[: wanted - len(distinct)]]
    return sorted(chosen, key=lambda candidate: -candidate.score)


def mask_iou(a: FramedMask, b: FramedMask) -> float:
    """Return the IoU of two masks, of large ones at a resolution that fits."""
    box = a.roi.union(b.roi)
    if box.is_empty:
        return 1.0
    if a.roi.intersect(b.roi).is_empty:
        return 0.0
    step = 1 << max(0, math.ceil(math.log2(max(box.shape) / _COMPARED_PX)))
    height, width = (-(-side // step) for side in box.shape)
    corner = (float(box.offset[0]), float(box.offset[1]))
    first, second = (m.resample(corner, step, (height, width)) > 0 for m in (a, b))
    union = np.count_nonzero(first | second)
    return np.count_nonzero(first & second) / union if union else 1.0
