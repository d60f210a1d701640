"""A pixel has one owner: which of their candidates the objects of a frame get."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from napari_samwise.geometry.boxed_mask import BoxedMask
from napari_samwise.segment.tracking.candidates import Candidate
from napari_samwise.segment.tracking.regions import Region

LEAST_FREE = 0.7
"""So much of a mask must be free for an object to take it."""


def free_part(mask: BoxedMask, plane: NDArray[np.int32], own: int = 0) -> BoxedMask:
    """Return the pixels of a mask that belong to nobody else in a plane of labels."""
    target = plane[mask.roi.slices]
    free = mask.inside & ((target == 0) | (target == own))
    return BoxedMask.from_mask(free, mask.roi.offset)


def paint(mask: BoxedMask, plane: NDArray[np.int32], label: int) -> None:
    """Give the pixels of a mask to an object."""
    plane[mask.roi.slices][mask.inside] = label


def contest(
    candidates: Mapping[int, Sequence[Candidate]], plane: NDArray[np.int32], least_score: float
) -> dict[int, Candidate]:
    """Give every object the best candidate that others leave to it.

    The highest score chooses first. An object whose candidate is largely taken falls back to its
    next one, so that of two objects that both want one cell the less likely one does not swallow
    it.

    Parameters
    ----------
    candidates : mapping of int to sequence of Candidate
        Id -> candidates, best first.
    plane : ndarray
        `(Y, X)` int32, what is taken already; the winners are painted into it.
    least_score : float
        0 to 1, what a candidate must reach after what others have taken is counted off.

    Returns
    -------
    dict of int to Candidate
        Id -> what is left of the candidate that it got.
    """
    bids = sorted(
        (
            (-one.score, label, rank)
            for label, own in candidates.items()
            for rank, one in enumerate(own)
            if one.score >= least_score
        ),
    )
    won: dict[int, Candidate] = {}
    for _, label, rank in bids:
        if label in won:
            continue
        candidate = candidates[label][rank]
        free = free_part(candidate.region.mask, plane)
        share = free.area / candidate.region.area
        if share < LEAST_FREE or candidate.score * share < least_score:
            continue
        paint(free, plane, label)
        won[label] = replace(candidate, region=Region.from_mask(free))
    return won
