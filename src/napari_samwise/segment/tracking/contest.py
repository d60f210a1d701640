"""A pixel has one owner: which of their candidates the objects of a frame get."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from napari_samwise.segment.tracking.candidates import Candidate
from napari_samwise.segment.tracking.owners import LEAST_FREE, Owners
from napari_samwise.segment.tracking.regions import Region


def contest(
    candidates: Mapping[int, Sequence[Candidate]], owners: Owners, least_score: float
) -> dict[int, Candidate]:
    """Give every object the best candidate that others leave to it.

    The highest score chooses first. An object whose candidate is largely taken falls back to its
    next one, so that of two objects that both want one cell the less likely one does not swallow
    it.

    Parameters
    ----------
    candidates : mapping of int to sequence of Candidate
        Id -> candidates, best first.
    owners : Owners
        What is taken already; the winners get their pixels.
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
        free = owners.free(candidate.region.mask)
        share = free.area / candidate.region.area
        if share < LEAST_FREE or candidate.score * share < least_score:
            continue
        owners.give(free, label)
        won[label] = replace(candidate, region=Region.from_mask(free))
    return won
