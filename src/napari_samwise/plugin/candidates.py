"""The masks that one plane's prompts may mean, and the one that the user chose."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from napari_samwise.predictor.prediction import Prediction
from napari_samwise.prompts import Prompts


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """A prediction with the prompts that it answers.

    Parameters
    ----------
    prompts : Prompts
        What was decoded.
    prediction : Prediction
        Best first.
    chosen : int
        Index of the candidate that is shown and would be committed.
    """

    prompts: Prompts
    prediction: Prediction
    chosen: int = 0

    @property
    def mask(self) -> NDArray[np.bool_]:
        """`(Y, X)` bool, the chosen mask in image pixels."""
        mask: NDArray[np.bool_] = self.prediction.masks[self.chosen]
        return mask

    @property
    def logits(self) -> NDArray[np.float32]:
        """`(h, w)` float32, the chosen mask's logits, with which a further click refines it."""
        logits: NDArray[np.float32] = self.prediction.logits[self.chosen]
        return logits

    @property
    def predicted_iou(self) -> float:
        """The network's estimate of the chosen mask's IoU with the object."""
        return float(self.prediction.scores[self.chosen])

    def step(self, by: int) -> Candidates:
        """Choose another one, going round at the ends."""
        return self.choose((self.chosen + by) % len(self.prediction.masks))

    def choose(self, index: int) -> Candidates:
        """Choose a candidate by its rank; the last one if there are fewer."""
        return replace(self, chosen=min(index, len(self.prediction.masks) - 1))


def same_prompts(first: Prompts, second: Prompts) -> bool:
    """Tell whether two prompts of a plane would be decoded to the same masks."""
    return (
        np.array_equal(first.points, second.points)
        and np.array_equal(first.labels, second.labels)
        and _same(first.box, second.box)
        and _same(first.mask, second.mask)
    )


def adds_points(old: Prompts, new: Prompts) -> bool:
    """Tell whether ``new`` is ``old`` with further points behind its own, and nothing else."""
    count = len(old.points)
    return (
        len(new.points) > count
        and np.array_equal(new.points[:count], old.points)
        and np.array_equal(new.labels[:count], old.labels)
        and _same(old.box, new.box)
        and _same(old.mask, new.mask)
    )


def _same(first: NDArray[np.generic] | None, second: NDArray[np.generic] | None) -> bool:
    if first is None or second is None:
        return first is second
    return np.array_equal(first, second)
