"""Candidate masks of one object on a plane in frames."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from napari_samwise.geometry.boxed_mask import BoxedMask
from napari_samwise.predictor.framed_mask import FramedMask


@dataclass(frozen=True, eq=False)
class FramedPrediction:
    """What :meth:`FramedPlane.decode` returns for one set of prompts.

    Parameters
    ----------
    outlines : tuple of FramedMask
        N masks, best first: small, whatever the size of the object; any of them can be fed back.
    scores : ndarray
        `(N,)` float32, predicted IoU, descending.
    """

    outlines: tuple[FramedMask, ...]
    scores: NDArray[np.float32]

    @cached_property
    def masks(self) -> tuple[BoxedMask, ...]:
        """The same masks at full resolution in their boxes, made when they are first asked for."""
        return tuple(outline.boxed() for outline in self.outlines)

    def __len__(self) -> int:
        """Return the number of candidates."""
        return len(self.scores)
