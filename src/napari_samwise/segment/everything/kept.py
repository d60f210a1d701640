"""Collecting candidates batch by batch, and dropping what does not reach the thresholds."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from napari_samwise.geometry.boxed_mask import BoxedMask
from napari_samwise.model.proposals import Clicks, Proposals
from napari_samwise.segment.everything.candidates import Candidates
from napari_samwise.segment.everything.crops import Crop
from napari_samwise.segment.everything.options import EverythingOptions
from napari_samwise.segment.everything.stability import stability_scores


class Kept:
    """The candidates of one plane while they are being found.

    Parameters
    ----------
    image_size : tuple of int
        `(Y, X)` of the plane.
    crops : tuple of Crop
        What gets encoded.
    options : EverythingOptions
        The thresholds.
    """

    def __init__(
        self, image_size: tuple[int, int], crops: tuple[Crop, ...], options: EverythingOptions
    ) -> None:
        self._image_size = image_size
        self._crops = crops
        self._options = options
        self._masks: list[BoxedMask] = []
        self._scores: list[tuple[float, float]] = []
        self._points: list[NDArray[np.float64]] = []
        self._crop: list[int] = []
        self._best_predicted_iou = 0.0

    def add(self, crop_index: int, clicks: Clicks, proposals: Proposals) -> None:
        """Keep the stable masks of a batch that their crop does not cut off.

        Parameters
        ----------
        crop_index : int
            The crop that was encoded.
        clicks : Clicks
            The batch, in pixels of the crop.
        proposals : Proposals
            Its masks of enough predicted IoU.
        """
        crop = self._crops[crop_index]
        self._best_predicted_iou = max(self._best_predicted_iou, proposals.best_predicted_iou)
        stability = stability_scores(
            proposals.low_res_logits, self._options.search.stability_offset
        )
        for index in torch.nonzero(stability >= self._options.stability)[:, 0].tolist():
            mask = proposals.upscale(index)
            if mask.roi.is_empty:
                continue
            mask = mask.shift(crop.roi.offset)
            if crop.cuts(mask, self._image_size):
                continue
            self._masks.append(mask)
            self._scores.append((float(proposals.predicted_iou[index]), float(stability[index])))
            self._points.append(clicks.points[int(proposals.click[index])] + crop.roi.offset)
            self._crop.append(crop_index)

    def candidates(self) -> Candidates:
        """Return all that was kept, in the order found."""
        scores = np.array(self._scores, dtype=np.float32).reshape(-1, 2)
        return Candidates(
            image_size=self._image_size,
            masks=tuple(self._masks),
            predicted_iou=scores[:, 0],
            stability=scores[:, 1],
            points=np.array(self._points, dtype=np.float64).reshape(-1, 2),
            crop=np.array(self._crop, dtype=np.int64),
            crops=self._crops,
            options=self._options,
            best_predicted_iou=self._best_predicted_iou,
        )
