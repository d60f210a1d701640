"""Encoding one part of a plane, and decoding what it is in charge of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace

import numpy as np
import torch
from scipy import ndimage as ndi

from napari_samwise.errors import Cancelled
from napari_samwise.geometry.boxed_mask import BoxedMask
from napari_samwise.geometry.lattice import Frame
from napari_samwise.geometry.roi import Roi
from napari_samwise.model.base import SegmentationModel
from napari_samwise.model.proposals import Clicks
from napari_samwise.predictor.embedding import Embedding
from napari_samwise.predictor.stored_precision import as_stored
from napari_samwise.segment.everything.found import Found
from napari_samwise.segment.everything.kept import Kept
from napari_samwise.segment.everything.mode import uses_distances, uses_seeds
from napari_samwise.segment.everything.options import EverythingOptions
from napari_samwise.segment.everything.scaled_mask import ScaledMask
from napari_samwise.segment.everything.view import View
from napari_samwise.segment.everything.watershed import label_distances

Report = Callable[[float], None]
"""Told the share of a part that is done, 0 to 1."""


def search_part(
    view: View,
    part: Frame,
    model: SegmentationModel,
    options: EverythingOptions,
    *,
    report: Report,
    should_stop: Callable[[], bool] | None,
) -> Found:
    """Return the masks of one part that reach the thresholds.

    Parameters
    ----------
    view : View
        The plane.
    part : Frame
        One of its parts.
    model : SegmentationModel
        Decodes.
    options : EverythingOptions
        Where to click and what to keep.
    report : callable
        Told the share that is done.
    should_stop : callable, optional
        Asked before the part is encoded and before each batch is decoded.

    Raises
    ------
    Cancelled
        If ``should_stop`` returned True.
    """
    _check_stop(should_stop)
    # Rounded as on disk, if it comes from there or not: labels must not depend on who has a store.
    embedding = as_stored(view.embedding(part))
    kept = Kept(view, part, options)
    if uses_distances(model, options.search):
        report(0.5)
        _check_stop(should_stop)
        _tell_apart(view, part, model, embedding, options, kept)
        report(1.0)
        return kept.found()
    features = {name: tensor.to(model.device) for name, tensor in embedding.features.items()}
    with torch.inference_mode():
        clicks = _choose_clicks(view, part, model, features, embedding.image_size, options)
    step = options.search.clicks_per_batch or model.clicks_per_batch
    for start in range(0, len(clicks), step):
        batch = clicks.part(start, start + step)
        with torch.inference_mode():
            proposals = model.decode_clicks(
                features, embedding.image_size, batch, min_iou=options.predicted_iou
            )
            kept.add_proposals(batch, proposals)
        report(min(1.0, (start + step) / len(clicks)))
        _check_stop(should_stop)
    report(1.0)
    return kept.found()


def _choose_clicks(
    view: View,
    part: Frame,
    model: SegmentationModel,
    features: dict[str, torch.Tensor],
    size: tuple[int, int],
    options: EverythingOptions,
) -> Clicks:
    """Return the model's own seeds, or a grid."""
    if not uses_seeds(model, options.search):
        return view.grid(part, options.search)
    seeds = model.find_seeds(features, size, min_confidence=options.search.seed_confidence)
    mine = view.own(part, seeds.points)
    columns = {field.name: getattr(seeds, field.name) for field in fields(seeds)}
    return replace(seeds, **{k: v[mine] for k, v in columns.items() if v is not None})


def _tell_apart(
    view: View,
    part: Frame,
    model: SegmentationModel,
    embedding: Embedding,
    options: EverythingOptions,
    kept: Kept,
) -> None:
    """Keep what an instance decoder sees in a part, by the middle of each object's box."""
    with torch.inference_mode():
        # At the scale of the frame: of a coarse one, maps in pixels of the plane were huge.
        maps = model.find_distances(embedding.features, part.size)
    planes = (maps.foreground, maps.centre, maps.boundary)
    foreground, centre, boundary = (each.float().cpu().numpy() for each in planes)
    least = -(-options.min_area // part.step**2)
    labels = label_distances(foreground, centre, boundary, options.watershed, least)
    start = [begin // part.step for begin in part.roi.offset]
    for number, slices in enumerate(ndi.find_objects(labels), start=1):
        box = Roi.from_slices(slices)
        mask = ScaledMask(BoxedMask(box.shift(start), labels[slices] == number), part.step)
        middle = (np.array(mask.box.offset) + mask.box.end - 1) / 2
        if view.own(part, middle[None] - part.roi.offset)[0]:
            kept.add(mask, (1.0, 1.0), middle)


def _check_stop(should_stop: Callable[[], bool] | None) -> None:
    if should_stop is not None and should_stop():
        raise Cancelled("Everything mode was stopped; what was finished is kept.")
