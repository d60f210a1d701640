"""Candidate masks of one object, best first."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Prediction:
    """What :meth:`Predictor.decode` returns for one set of prompts.

    Parameters
    ----------
    masks : ndarray
        `(N, Y, X)` bool, in image pixels.
    scores : ndarray
        `(N,)` float32, predicted IoU of each mask with the object, descending.
    logits : ndarray
        `(N, h, w)` float32, mask logits at low resolution, positive inside;
        ``Prompts(mask=prediction.logits[0])`` refines.
    """

    masks: NDArray[np.bool_]
    scores: NDArray[np.float32]
    logits: NDArray[np.float32]

    def __len__(self) -> int:
        """Return the number of candidates."""
        return len(self.scores)
