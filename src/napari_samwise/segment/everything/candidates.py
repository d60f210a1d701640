"""The masks that everything mode has decoded on one plane, as a value to filter at will."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from napari_samwise.geometry.boxed_mask import BoxedMask
from napari_samwise.segment.everything.crops import Crop
from napari_samwise.segment.everything.options import EverythingOptions


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """Masks of one plane and their scores, none of them in a full frame.

    Parameters
    ----------
    image_size : tuple of int
        `(Y, X)` of the plane.
    masks : tuple of BoxedMask
        N masks in pixels of the plane, none empty.
    predicted_iou : ndarray
        `(N,)` float32.
    stability : ndarray
        `(N,)` float32 (``stability_scores``).
    points : ndarray
        `(N, 2)` float64, the click of each, (y, x) in pixels of the plane.
    crop : ndarray
        `(N,)` int64, index in ``crops``.
    crops : tuple of Crop
        What was encoded.
    options : EverythingOptions
        What they were decoded with: worse ones were not kept.
    best_predicted_iou : float
        The highest predicted IoU of any mask on the plane, kept or not.
    """

    image_size: tuple[int, int]
    masks: tuple[BoxedMask, ...]
    predicted_iou: NDArray[np.float32]
    stability: NDArray[np.float32]
    points: NDArray[np.float64]
    crop: NDArray[np.int64]
    crops: tuple[Crop, ...]
    options: EverythingOptions
    best_predicted_iou: float

    def __len__(self) -> int:
        """Return the number of masks."""
        return len(self.masks)

    @property
    def areas(self) -> NDArray[np.int64]:
        """`(N,)` int64, pixels of each mask."""
        return np.array([mask.area for mask in self.masks], dtype=np.int64)

    @property
    def nbytes(self) -> int:
        """Size of all masks in bytes."""
        return sum(mask.inside.nbytes for mask in self.masks)

    def select(self, chosen: NDArray[np.int64]) -> Candidates:
        """Return some of the candidates, by index, in that order."""
        return replace(
            self,
            masks=tuple(self.masks[index] for index in chosen.tolist()),
            predicted_iou=self.predicted_iou[chosen],
            stability=self.stability[chosen],
            points=self.points[chosen],
            crop=self.crop[chosen],
        )

    def with_masks(self, masks: Sequence[BoxedMask]) -> Candidates:
        """Return the same candidates with other masks, without those that are empty now."""
        changed = replace(self, masks=tuple(masks))
        return changed.select(np.flatnonzero(changed.areas > 0))

    def best_first(self) -> NDArray[np.int64]:
        """Return all indices by predicted IoU, falling; equal ones by place and extent.

        The order of the candidates themselves has no say.
        """
        boxes = np.array([(*m.roi.offset, *m.roi.end) for m in self.masks]).reshape(-1, 4)
        y0, x0, y1, x1 = boxes.T
        return np.lexsort((self.areas, x1, y1, x0, y0, -self.predicted_iou))
