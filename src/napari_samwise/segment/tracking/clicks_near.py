"""Clicks around a place of one frame, where the model sees objects or in a ring."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from napari_samwise.geometry.boxed_mask import BoxedMask
from napari_samwise.model.base import SegmentationModel
from napari_samwise.model.proposals import Clicks
from napari_samwise.predictor.embedding import Embedding
from napari_samwise.segment.tracking.regions import Region
from napari_samwise.segment.tracking.view import View

_SEED_CONFIDENCE = 0.3
_SEED_REACH = 1.2
"""Seeds within so many diameters of the object are clicked."""
_RING = 8
"""Directions in which to click where a model does not see for itself where objects are."""
_RING_RADIUS = 0.35
"""In diameters of the object: two halves of a disc that part have their centres about there."""


class ClicksNear:
    """Clicks on one frame; where the model sees objects is found once, not for each of them.

    Parameters
    ----------
    view : View
        The frame.
    model : SegmentationModel
        Decodes clicks.
    """

    def __init__(self, view: View, model: SegmentationModel) -> None:
        self.view = view
        self.model = model
        self._seeds: dict[str, Clicks] = {}

    def masks(self, region: Region, least_iou: float) -> list[tuple[BoxedMask, float]]:
        """Click around an object and return what is there.

        Parameters
        ----------
        region : Region
            Where the object was last.
        least_iou : float
            Predicted IoU below which a mask is left out.

        Returns
        -------
        list of (BoxedMask, float)
            Masks in pixels of the frame, none of them empty, and their predicted IoU.
        """
        embedding, corner = self.view.encoded_near(region.mask.roi)
        features = {name: part.to(self.model.device) for name, part in embedding.features.items()}
        size, centre = embedding.image_size, region.centroid - corner
        with torch.inference_mode():
            if self.model.has_seeds:
                reach = _SEED_REACH * region.diameter()
                clicks = _within(self._seeds_of(embedding, features), centre, reach)
            else:
                clicks = _ring(centre, region.diameter(), size)
            if not len(clicks):
                return []
            proposals = self.model.decode_clicks(features, size, clicks, min_iou=least_iou)
        masks = (proposals.upscale(index) for index in range(len(proposals)))
        found = zip(masks, proposals.predicted_iou.tolist(), strict=True)
        return [(mask.shift(corner), score) for mask, score in found if mask.area]

    def _seeds_of(self, embedding: Embedding, features: Mapping[str, Tensor]) -> Clicks:
        seeds = self._seeds.get(embedding.key)
        if seeds is None:
            seeds = self.model.find_seeds(
                features, embedding.image_size, min_confidence=_SEED_CONFIDENCE
            )
            self._seeds[embedding.key] = seeds
        return seeds


def _within(seeds: Clicks, centre: NDArray[np.float64], reach: float) -> Clicks:
    chosen = np.linalg.norm(seeds.points - centre, axis=1) <= reach
    return Clicks(seeds.points[chosen], None if seeds.sizes is None else seeds.sizes[chosen])


def _ring(centre: NDArray[np.float64], diameter: float, size: tuple[int, int]) -> Clicks:
    angles = np.arange(_RING) * (2 * np.pi / _RING)
    directions = np.stack([np.sin(angles), np.cos(angles)], axis=1)
    points = centre + _RING_RADIUS * diameter * directions
    inside = ((points >= 0) & (points <= np.array(size) - 1)).all(axis=1)
    return Clicks(points[inside])
