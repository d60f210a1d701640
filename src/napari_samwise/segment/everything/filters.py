"""Which candidates are objects: thresholds, holes and islands, suppression of duplicates."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from napari_samwise.errors import InputError
from napari_samwise.segment.everything.background import is_background
from napari_samwise.segment.everything.candidates import Candidates
from napari_samwise.segment.everything.choose import suppress
from napari_samwise.segment.everything.found import Found
from napari_samwise.segment.everything.options import EverythingOptions
from napari_samwise.segment.everything.packed_masks import PackedMasks
from napari_samwise.segment.everything.regions import clean_regions
from napari_samwise.segment.everything.scaled_mask import ScaledMask


def filter_candidates(candidates: Candidates, options: EverythingOptions) -> Candidates:
    """Keep the candidates that pass; quick enough to follow a slider.

    Parameters
    ----------
    candidates : Candidates
        From ``find_candidates``.
    options : EverythingOptions
        With the same ``search``, and with thresholds at least as high as those that the
        candidates were decoded with; the result is then what decoding anew would give.

    Raises
    ------
    InputError
        If candidates that these options would let pass were not kept when they were decoded.
    """
    _check_kept(candidates, options)
    parts = [admit(part, candidates.plane_size, options) for part in candidates.parts]
    passed = candidates.with_parts(parts)
    return passed.select(suppress(passed.table(), options, passed.part_areas))


def admit(found: Found, plane_size: tuple[int, int], options: EverythingOptions) -> Found:
    """Keep the masks that are good enough and of the right extent, each judged by itself.

    Parameters
    ----------
    found : Found
        What was found in a part of a plane.
    plane_size : tuple of int
        `(Y, X)` of the plane.
    options : EverythingOptions
        The thresholds, and which holes and islands are too small.
    """
    good = (found.predicted_iou >= options.predicted_iou) & (found.stability >= options.stability)
    passed = _of_right_extent(found.select(np.flatnonzero(good)), plane_size, options)
    if not options.min_region_area:
        return passed
    cleaned = [_clean(passed.masks[index], options) for index in range(len(passed))]
    left = np.array([i for i, mask in enumerate(cleaned) if mask.area], dtype=np.int64)
    masks = PackedMasks.pack([cleaned[index] for index in left.tolist()])
    return _of_right_extent(passed.replace_masks(masks, left), plane_size, options)


def _of_right_extent(
    found: Found, plane_size: tuple[int, int], options: EverythingOptions
) -> Found:
    height, width = plane_size
    areas = found.masks.areas
    fits = (areas >= options.min_area) & (areas < options.max_area_share * height * width)
    if not options.keep_background:
        boxes = found.masks.boxes
        around = (boxes[:, :2] == 0).all(axis=1) & (boxes[:, 2:] >= plane_size).all(axis=1)
        for index in np.flatnonzero(around & fits).tolist():
            mask = found.masks[index]
            fits[index] = not is_background(mask.cells, _in_cells(mask, plane_size))
    return found.select(np.flatnonzero(fits))


def _in_cells(mask: ScaledMask, plane_size: tuple[int, int]) -> tuple[int, int]:
    height, width = (-(-side // mask.step) for side in plane_size)
    return height, width


def _clean(mask: ScaledMask, options: EverythingOptions) -> ScaledMask:
    least = -(-options.min_region_area // mask.step**2)
    return replace(mask, cells=clean_regions(mask.cells, least))


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
