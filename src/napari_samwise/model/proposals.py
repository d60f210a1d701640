"""Many clicks at once, and what a model proposes for them before anything is upscaled."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from napari_samwise.geometry.boxed_mask import BoxedMask
from napari_samwise.geometry.logits_patch import OUTSIDE_LOGIT, LogitsPatch


@dataclass(frozen=True, slots=True, eq=False)
class Clicks:
    """Independent clicks, each on an object of its own.

    Parameters
    ----------
    points : ndarray
        `(N, 2)` float64, (y, x) in pixels of the plane, pixel centres at integers.
    sizes : ndarray, optional
        `(N,)` float64, the expected size of each object: the square root of its area, in pixels.
    """

    points: NDArray[np.float64]
    sizes: NDArray[np.float64] | None = None

    def __len__(self) -> int:
        """Return the number of clicks."""
        return len(self.points)

    def part(self, start: int, stop: int) -> Clicks:
        """Return the clicks ``start <= index < stop``."""
        sizes = None if self.sizes is None else self.sizes[start:stop]
        return Clicks(self.points[start:stop], sizes)


@dataclass(frozen=True, slots=True, eq=False)
class Proposals(ABC):
    """Masks of a batch of clicks: scored, and upscaled one by one where somebody asks.

    Parameters
    ----------
    low_res_logits : Tensor
        `(M, h, w)` float32 at the network's own resolution, positive inside.
    predicted_iou : Tensor
        `(M,)` float32.
    click : Tensor
        `(M,)` int64, the click of each mask, ascending.
    best_predicted_iou : float
        The highest predicted IoU of the batch, of masks that were left out too.
    """

    low_res_logits: Tensor
    predicted_iou: Tensor
    click: Tensor
    best_predicted_iou: float

    def __len__(self) -> int:
        """Return the number of masks."""
        return len(self.predicted_iou)

    @abstractmethod
    def patch(self, index: int) -> LogitsPatch:
        """Return the logits of one mask and where they lie, in pixels of the plane."""

    @abstractmethod
    def upscale(self, index: int) -> BoxedMask:
        """Return one mask in pixels of the plane, the same that ``decode`` gives."""


@dataclass(frozen=True, slots=True, eq=False)
class WholeProposals(Proposals):
    """Proposals of a model that upscales in any case.

    Parameters
    ----------
    masks : Tensor
        `(M, Y, X)` bool.
    """

    masks: Tensor

    def patch(self, index: int) -> LogitsPatch:
        """Return one mask as certain logits, a cell a pixel."""
        inside = self.masks[index].cpu().numpy()
        logits = np.where(inside, -OUTSIDE_LOGIT, OUTSIDE_LOGIT).astype(np.float32)
        return LogitsPatch(logits, (0.0, 0.0), 1.0)

    def upscale(self, index: int) -> BoxedMask:
        """Return one mask in its box."""
        return BoxedMask.from_mask(self.masks[index].cpu().numpy())
