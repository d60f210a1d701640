"""The masks that were decoded in one part of a plane, and their scores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_samwise.segment.everything.packed_masks import PackedMasks


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """Masks and scores, column by column.

    Parameters
    ----------
    masks : PackedMasks
        N masks in the plane, none empty.
    predicted_iou : ndarray
        `(N,)` float32.
    stability : ndarray
        `(N,)` float32 (``stability_scores``).
    points : ndarray
        `(N, 2)` float64, the click of each, (y, x) in pixels of the plane.
    best_predicted_iou : float or None
        The highest predicted IoU of any mask, kept or not; None where none was decoded.
    """

    masks: PackedMasks
    predicted_iou: NDArray[np.float32]
    stability: NDArray[np.float32]
    points: NDArray[np.float64]
    best_predicted_iou: float | None

    @classmethod
    def join(cls, several: Sequence[Found]) -> Found:
        """Put what was found in several parts one behind the other."""
        best = [f.best_predicted_iou for f in several if f.best_predicted_iou is not None]
        return cls(
            PackedMasks.join([f.masks for f in several]),
            np.concatenate([np.zeros(0, np.float32), *(f.predicted_iou for f in several)]),
            np.concatenate([np.zeros(0, np.float32), *(f.stability for f in several)]),
            np.concatenate([np.zeros((0, 2)), *(f.points for f in several)]),
            max(best, default=None),
        )

    def __len__(self) -> int:
        """Return the number of masks."""
        return len(self.masks)

    @property
    def nbytes(self) -> int:
        """Size in bytes."""
        return self.masks.nbytes + 24 * len(self)

    def select(self, chosen: NDArray[np.int64]) -> Found:
        """Return some of the masks, by index, in that order."""
        return self.replace_masks(self.masks.select(chosen), chosen)

    def replace_masks(self, masks: PackedMasks, chosen: NDArray[np.int64]) -> Found:
        """Return other masks for those at some indices, and drop the rest."""
        return Found(
            masks,
            self.predicted_iou[chosen],
            self.stability[chosen],
            self.points[chosen],
            self.best_predicted_iou,
        )

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Return all that is in it as arrays by name; inverse of ``from_arrays``."""
        best = np.nan if self.best_predicted_iou is None else self.best_predicted_iou
        return {
            "cells": self.masks.cells,
            "steps": self.masks.steps,
            "areas": self.masks.areas,
            "starts": self.masks.starts,
            "bits": self.masks.bits,
            "predicted_iou": self.predicted_iou,
            "stability": self.stability,
            "points": self.points,
            "best_predicted_iou": np.array(best),
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Found:
        """Build it from arrays by name."""
        best = float(arrays["best_predicted_iou"])
        return cls(
            PackedMasks(*(arrays[name] for name in ("cells", "steps", "areas", "starts", "bits"))),
            arrays["predicted_iou"],
            arrays["stability"],
            arrays["points"],
            None if np.isnan(best) else best,
        )
