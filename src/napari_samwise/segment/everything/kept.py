"""Collecting masks batch by batch, and dropping what does not reach the thresholds."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from napari_samwise.geometry.lattice import Frame
from napari_samwise.model.proposals import Clicks, Proposals
from napari_samwise.segment.everything.found import Found
from napari_samwise.segment.everything.options import EverythingOptions
from napari_samwise.segment.everything.packed_masks import PackedMasks
from napari_samwise.segment.everything.scaled_mask import ScaledMask, mask_of
from napari_samwise.segment.everything.stability import stability_scores
from napari_samwise.segment.everything.view import View


class Kept:
    """The masks of one part of a plane while they are being found.

    Parameters
    ----------
    view : View
        The plane.
    part : Frame
        What was encoded.
    options : EverythingOptions
        The thresholds.
    """

    def __init__(self, view: View, part: Frame, options: EverythingOptions) -> None:
        self._view = view
        self._part = part
        self._options = options
        self._masks: list[ScaledMask] = []
        self._scores: list[tuple[float, float]] = []
        self._points: list[NDArray[np.float64]] = []
        self._best_predicted_iou: float | None = None

    def add_proposals(self, clicks: Clicks, proposals: Proposals) -> None:
        """Keep the stable masks of a batch.

        Parameters
        ----------
        clicks : Clicks
            The batch, in pixels from the part's corner.
        proposals : Proposals
            Its masks of enough predicted IoU.
        """
        best = proposals.best_predicted_iou
        self._best_predicted_iou = max(self._best_predicted_iou or 0.0, best)
        stability = stability_scores(
            proposals.low_res_logits, self._options.search.stability_offset
        )
        for index in torch.nonzero(stability >= self._options.stability)[:, 0].tolist():
            self.add(
                mask_of(proposals, index, self._part.roi),
                (float(proposals.predicted_iou[index]), float(stability[index])),
                clicks.points[int(proposals.click[index])] + self._part.roi.offset,
            )

    def add(
        self, mask: ScaledMask, scores: tuple[float, float], point: NDArray[np.float64]
    ) -> None:
        """Keep a mask that its part does not cut off and that no finer part sees.

        Parameters
        ----------
        mask : ScaledMask
            In the plane.
        scores : tuple of float
            Predicted IoU and stability.
        point : ndarray
            `(2,)` float64, its click, (y, x) in pixels of the plane.
        """
        box = mask.box
        if box.is_empty or self._view.cuts(self._part, box):
            return
        least = self._view.least_extent(self._part)
        if least and max(box.shape) <= least:
            return
        self._masks.append(mask)
        self._scores.append(scores)
        self._points.append(point)

    def found(self) -> Found:
        """Return all that was kept, in the order found."""
        scores = np.array(self._scores, dtype=np.float32).reshape(-1, 2)
        return Found(
            PackedMasks.pack(self._masks),
            scores[:, 0],
            scores[:, 1],
            np.array(self._points, dtype=np.float64).reshape(-1, 2),
            self._best_predicted_iou,
        )
