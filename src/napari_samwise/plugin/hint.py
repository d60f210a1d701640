"""A mask's logits, kept small, from which a further click starts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_samwise.geometry.boxed_mask import BoxedMask
from napari_samwise.geometry.roi import Roi


@dataclass(frozen=True, slots=True, eq=False)
class Hint:
    """Logits cut down to where they differ from their lowest value.

    The history keeps one for every click that refined a mask, and of a large plane most is
    background.

    Parameters
    ----------
    shape : tuple of int
        `(h, w)` of the whole.
    fill : float
        The lowest logit, which holds everywhere else.
    roi : Roi
        Where ``values`` lie.
    values : ndarray
        `roi.shape` float32.
    """

    shape: tuple[int, int]
    fill: float
    roi: Roi
    values: NDArray[np.float32]

    @classmethod
    def of(cls, logits: NDArray[np.float32]) -> Hint:
        """Cut logits of shape `(h, w)` down."""
        fill = logits.min()
        roi = BoxedMask.from_mask(logits > fill).roi
        return cls((logits.shape[0], logits.shape[1]), float(fill), roi, logits[roi.slices].copy())

    def logits(self) -> NDArray[np.float32]:
        """Return the whole `(h, w)` again."""
        whole = np.full(self.shape, self.fill, dtype=np.float32)
        whole[self.roi.slices] = self.values
        return whole
