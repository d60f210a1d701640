"""Divisions while objects are carried: clicks around a suspicious mother look for two daughters."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from skimage.morphology import convex_hull_image

from napari_samwise.segment.tracking.candidates import Candidate
from napari_samwise.segment.tracking.clicks_near import ClicksNear
from napari_samwise.segment.tracking.history import History
from napari_samwise.segment.tracking.look import likeness, look_of
from napari_samwise.segment.tracking.owners import LEAST_FREE, Owners
from napari_samwise.segment.tracking.pairs import best_pair
from napari_samwise.segment.tracking.regions import Region

_SHRUNK = 0.8
"""A mother who kept more than this share of her area has not lost a daughter."""
_UNLIKE = 0.6
_DENTED = 0.9
"""A mask that fills less of its convex hull may be two that touch."""
_LEAST_IOU = 0.6
"""A division is a strong claim: masks that the model itself doubts are no daughters."""
_LEAST_INSIDE = 0.35
"""So much of each daughter lies where the mother was; otherwise something else has come near."""
_LESS_SURE = 0.2
"""By so much the model may be less sure of a daughter than of one shrunken mother."""
_AS_SURE = 0.1
"""The same for one mask of both, and the mean of the daughters: both masks must be worth as much as
the one, and what a model says of its masks is no finer than this."""
_LEAST_ALIKE = 0.5
"""Daughters have grey values in common."""


def find_division(
    history: History,
    single: Candidate | None,
    near: ClicksNear,
    owners: Owners,
) -> tuple[Candidate, Candidate] | None:
    """Look whether an object has become two.

    A model that does not see for itself where objects are is asked only where something is odd:
    the object is lost, smaller, elsewhere, or dented. Two candidates that fit as daughters win if
    the single mask holds one of them only, or both and the model is not much surer of both as one.

    Parameters
    ----------
    history : History
        The mother up to now.
    single : Candidate or None
        What she got on the frame as one object.
    near : ClicksNear
        Clicks on the frame.
    owners : Owners
        Who owns the pixels of the frame.

    Returns
    -------
    tuple of two Candidate, or None
        The daughters; no pixel belongs to both or to anybody else.
    """
    if single is not None and not near.model.has_seeds and not _is_odd(history, single):
        return None
    pool = _click_around(history, near, owners)
    if single is not None:
        pool.append(single)
    area = max(history.area, history.region.area)
    pair = best_pair(history.region, [one.region for one in pool], area)
    if pair is None:
        return None
    first, second = pool[pair[1]], pool[pair[2]]
    if not all(_is_of(history.region, one.region) for one in (first, second)):
        return None
    if single is not None and not _beats(single, first, second, area):
        return None
    looks = [look_of(one.region.mask, near.view.shades) for one in (first, second)]
    if likeness(*looks) < _LEAST_ALIKE:
        return None
    return first, _without(second, first)


def _is_odd(history: History, single: Candidate) -> bool:
    if single.region.area < _SHRUNK * history.area or single.overlap < _UNLIKE:
        return True
    inside = single.region.mask.inside
    return bool(single.region.area < _DENTED * np.count_nonzero(convex_hull_image(inside)))


def _is_of(mother: Region, daughter: Region) -> bool:
    return mother.mask.shared_area(daughter.mask) >= _LEAST_INSIDE * daughter.area


def _beats(single: Candidate, first: Candidate, second: Candidate, area: float) -> bool:
    """Tell whether two masks explain the picture better than one."""
    sure = (first.predicted_iou, second.predicted_iou)
    if single.region.area < _SHRUNK * area:
        return min(sure) - single.predicted_iou >= -_LESS_SURE
    shared = sum(single.region.mask.shared_area(one.region.mask) for one in (first, second))
    is_union = shared > _UNLIKE * single.region.area
    return is_union and sum(sure) / 2 - single.predicted_iou >= -_AS_SURE


def _click_around(history: History, near: ClicksNear, owners: Owners) -> list[Candidate]:
    """Return what clicks near the mother's last place give, as far as nobody else owns it."""
    pool = []
    for mask, sure in near.masks(history.region, _LEAST_IOU):
        free = owners.free(mask, history.label)
        if free.area and free.area >= LEAST_FREE * mask.area:
            region = Region.from_mask(free)
            pool.append(Candidate(region, sure, history.region.overlap(region), sure))
    return pool


def _without(one: Candidate, other: Candidate) -> Candidate:
    """Return a candidate without the pixels of another."""
    common = one.region.mask.roi.intersect(other.region.mask.roi)
    if common.is_empty:
        return one
    mask = one.region.mask
    inside = mask.inside.copy()
    here = common.shift([-start for start in mask.roi.offset])
    inside[here.slices] &= ~other.region.mask.cut(common)
    left = type(mask).from_mask(inside, mask.roi.offset)
    return replace(one, region=Region.from_mask(left))
