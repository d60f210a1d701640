"""Encoding a plane, clicking all over it, and keeping what is worth keeping."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import torch
from numpy.typing import NDArray

from napari_samwise.errors import Cancelled
from napari_samwise.intensity import Intensity
from napari_samwise.model.base import SegmentationModel
from napari_samwise.model.proposals import Clicks, Proposals
from napari_samwise.predictor.embedding import Embedding
from napari_samwise.predictor.predictor import Predictor
from napari_samwise.segment.everything.candidates import Candidates
from napari_samwise.segment.everything.crops import Crop, cover
from napari_samwise.segment.everything.defaults import default_options
from napari_samwise.segment.everything.grid import grid_clicks
from napari_samwise.segment.everything.kept import Kept
from napari_samwise.segment.everything.mode import uses_seeds
from napari_samwise.segment.everything.options import GRID_POINTS, EverythingOptions, Search

_STEPS_PER_CROP = 100
"""Progress is counted in hundredths of the clicks of a crop."""


def find_candidates(
    plane: NDArray[Any],
    predictor: Predictor,
    *,
    intensity: Intensity | str = "auto",
    options: EverythingOptions | None = None,
    progress: Callable[[int, int], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> Candidates:
    """Decode clicks all over one plane and keep the masks that reach the thresholds.

    Give low thresholds to try higher ones with ``filter_candidates`` later. A mask is judged by
    its predicted IoU and its stability before it is upscaled, and kept in its box.

    Parameters
    ----------
    plane : ndarray
        `(Y, X)`, `(Y, X, 3)` or `(Y, X, 4)` of any real dtype.
    predictor : Predictor
        Encodes the plane, and its crops if there are any.
    intensity : Intensity or str
        How values become 8 bits; give a resolved one for equal treatment of planes and crops.
    options : EverythingOptions, optional
        By default what suits the model (``default_options``).
    progress : callable, optional
        Called with (done, total).
    should_stop : callable, optional
        Asked before each crop is encoded and each batch decoded.

    Raises
    ------
    ImageError
        If this is no plane.
    InputError
        If crops became too small.
    Cancelled
        If ``should_stop`` returned True.
    """
    model = predictor.model
    chosen = default_options(model) if options is None else options
    height, width = plane.shape[:2]
    crops = cover((height, width), chosen.search.crop_layers, chosen.search.crop_overlap)
    kept = Kept((height, width), crops, chosen)
    for index, crop in enumerate(crops):
        _check_stop(should_stop)
        embedding = predictor.encode(plane[crop.roi.slices], intensity=intensity)
        for share, clicks, proposals in _decode(model, embedding, crop, chosen):
            kept.add(index, clicks, proposals)
            if progress is not None:
                done = index * _STEPS_PER_CROP + int(share * _STEPS_PER_CROP)
                progress(done, len(crops) * _STEPS_PER_CROP)
            _check_stop(should_stop)
    return kept.candidates()


def _decode(
    model: SegmentationModel, embedding: Embedding, crop: Crop, options: EverythingOptions
) -> Iterator[tuple[float, Clicks, Proposals]]:
    """Yield the share done, a batch of clicks, and what the model proposes for them."""
    features = {name: tensor.to(model.device) for name, tensor in embedding.features.items()}
    with torch.inference_mode():
        clicks = _choose_clicks(model, features, embedding.image_size, crop, options.search)
    step = options.search.clicks_per_batch or model.clicks_per_batch
    for start in range(0, len(clicks), step):
        batch = clicks.part(start, start + step)
        with torch.inference_mode():
            proposals = model.decode_clicks(
                features, embedding.image_size, batch, min_iou=options.predicted_iou
            )
        yield min(1.0, (start + step) / len(clicks)), batch, proposals


def _choose_clicks(
    model: SegmentationModel,
    features: dict[str, torch.Tensor],
    image_size: tuple[int, int],
    crop: Crop,
    search: Search,
) -> Clicks:
    """Return the model's own seeds, or a grid that is sparser in deeper layers."""
    if uses_seeds(model, search):
        return model.find_seeds(features, image_size, min_confidence=search.seed_confidence)
    points = search.points_per_side or GRID_POINTS
    return grid_clicks(image_size, max(1, points // search.crop_points_divisor**crop.layer))


def _check_stop(should_stop: Callable[[], bool] | None) -> None:
    if should_stop is not None and should_stop():
        raise Cancelled("Everything mode was stopped; the encoded planes are kept.")
