"""Which candidates are objects: thresholds, suppression of duplicates, holes and islands."""

from __future__ import annotations

import numpy as np

from napari_samwise.errors import InputError
from napari_samwise.segment.everything.background import is_background
from napari_samwise.segment.everything.candidates import Candidates
from napari_samwise.segment.everything.nms import suppress
from napari_samwise.segment.everything.options import EverythingOptions
from napari_samwise.segment.everything.regions import clean_regions


def filter_candidates(candidates: Candidates, options: EverythingOptions) -> Candidates:
    """Keep the candidates that pass; quick enough to follow a slider.

    Parameters
    ----------
    candidates : Candidates
        From ``find_candidates``.
    options : EverythingOptions
        With the same ``search``, and with thresholds at least as high as those that the
        candidates were decoded with; the result is then what decoding anew would give.

    Returns
    -------
    Candidates
        Best first.

    Raises
    ------
    InputError
        If candidates that these options would let pass were not kept when they were decoded.
    """
    _check_kept(candidates, options)
    good = candidates.predicted_iou >= options.predicted_iou
    good &= candidates.stability >= options.stability
    passed = _of_right_extent(candidates.select(np.flatnonzero(good)), options)
    passed = _without_duplicates(passed, options)
    if options.min_region_area:
        cleaned = [clean_regions(mask, options.min_region_area) for mask in passed.masks]
        passed = _of_right_extent(passed.with_masks(cleaned), options)
        passed = _without_duplicates(passed, options)
    return passed.select(passed.best_first())


def _of_right_extent(candidates: Candidates, options: EverythingOptions) -> Candidates:
    height, width = candidates.image_size
    areas = candidates.areas
    fits = (areas >= options.min_area) & (areas < options.max_area_share * height * width)
    if not options.keep_background:
        ground = [is_background(mask, candidates.image_size) for mask in candidates.masks]
        fits &= ~np.array(ground, dtype=bool)
    return candidates.select(np.flatnonzero(fits))


def _without_duplicates(candidates: Candidates, options: EverythingOptions) -> Candidates:
    """Suppress within each crop, and then between crops, where the smaller crop sees better."""
    order = candidates.best_first()
    kept = [
        suppress(
            candidates.masks,
            order[candidates.crop[order] == index],
            options.nms_iou,
            options.overlap_of,
        )
        for index in range(len(candidates.crops))
    ]
    candidates = candidates.select(np.concatenate(kept))
    if len(candidates.crops) == 1:
        return candidates
    crop_area = np.array([int(np.prod(crop.roi.shape)) for crop in candidates.crops])
    order = candidates.best_first()
    order = order[np.argsort(crop_area[candidates.crop[order]], kind="stable")]
    chosen = suppress(candidates.masks, order, options.nms_iou, options.overlap_of)
    return candidates.select(chosen)


def _check_kept(candidates: Candidates, options: EverythingOptions) -> None:
    decoded = candidates.options
    if options.search != decoded.search:
        raise InputError("The search has changed since the candidates were decoded; decode again.")
    for name in ("predicted_iou", "stability"):
        lowest, wanted = getattr(decoded, name), getattr(options, name)
        if wanted < lowest:
            raise InputError(
                f"Candidates were kept from a {name} of {lowest:g} on, got {wanted:g}; decode "
                "again with lower thresholds."
            )
