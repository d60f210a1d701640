"""How much two objects look like the daughters of a third."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np

from napari_samwise.segment.tracking.regions import Region

_LARGEST_SHARE = 0.85
"""A daughter is at most this share of the mother: one that is as large is the mother itself."""
_LEAST_BALANCE = 0.6
_LEAST_SUM, _LARGEST_SUM = 0.6, 1.3
"""Of the mother's area: daughters are made of her, all of her, and of nothing else."""
_LARGEST_OFFSET = 0.6
"""In diameters of the mother; colonies push their cells aside while these divide."""
_LARGEST_DISTANCE = 2.0
_LARGEST_SHARED = 0.2


def daughter_likeness(
    mother: Region,
    first: Region,
    second: Region,
    area: float,
    scale: Sequence[float] | None = None,
) -> float:
    """Tell how well two regions fit as daughters.

    Daughters are alike in area, each clearly smaller than the mother and both together about as
    large, and lie on opposite sides of where she was: that their midpoint is at her centroid tells
    them from a neighbour who comes near.

    Parameters
    ----------
    mother : Region
        Her last mask.
    first, second : Region
        On the next frame.
    area : float
        What she measured before she rounded up, in pixels.
    scale : sequence of float, optional
        Size of a pixel along every axis.

    Returns
    -------
    float
        0 (not daughters) to 1.
    """
    small, large = sorted((first.area, second.area))
    if (
        large > _LARGEST_SHARE * area
        or not _LEAST_SUM * area <= small + large <= _LARGEST_SUM * area
    ):
        return 0.0
    if first.mask.shared_area(second.mask) > _LARGEST_SHARED * small:
        return 0.0
    balance = small / large
    size = np.ones_like(mother.centroid) if scale is None else np.asarray(scale)
    diameter = mother.diameter(size)
    between = first.distance(second, size)
    midpoint = (first.centroid + second.centroid) / 2
    offset = float(np.linalg.norm((midpoint - mother.centroid) * size)) / diameter
    unlike = balance < _LEAST_BALANCE or offset > _LARGEST_OFFSET
    if unlike or between > _LARGEST_DISTANCE * diameter:
        return 0.0
    return float(balance**0.5 * (1 - offset))


def best_pair(
    mother: Region,
    candidates: Sequence[Region],
    area: float,
    scale: Sequence[float] | None = None,
) -> tuple[float, int, int] | None:
    """Return the likeness and the indices of the most likely daughters; None where nobody is."""
    scored = (
        (daughter_likeness(mother, candidates[a], candidates[b], area, scale), a, b)
        for a, b in itertools.combinations(range(len(candidates)), 2)
    )
    best = max(scored, default=(0.0, 0, 0))
    return best if best[0] > 0 else None
