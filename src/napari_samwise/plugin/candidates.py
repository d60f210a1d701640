"""The masks that one plane's prompts may mean, and the one that the user chose."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from napari_samwise.geometry.boxed_mask import BoxedMask
from napari_samwise.geometry.roi import Roi
from napari_samwise.plugin.hint import Hint
from napari_samwise.plugin.request import Request
from napari_samwise.predictor.framed_mask import FramedMask
from napari_samwise.predictor.framed_prediction import FramedPrediction
from napari_samwise.predictor.prediction import Prediction


class Mask(Protocol):
    """Pixels of a plane of any size, made where they are asked for."""

    @property
    def roi(self) -> Roi:
        """A box `(Y, X)` that holds all of them."""

    def cut(self, roi: Roi) -> NDArray[np.bool_]:
        """Return the part `roi.shape` in a region within the box."""


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """One mask.

    Parameters
    ----------
    mask : Mask
        In pixels of the plane.
    predicted_iou : float
        The network's estimate of its IoU with the object.
    hint : Hint or FramedMask
        With which a further click refines it.
    """

    mask: Mask
    predicted_iou: float
    hint: Hint | FramedMask


def candidates_of(prediction: Prediction | FramedPrediction) -> tuple[Candidate, ...]:
    """Return what was decoded, best first, in little memory."""
    scores = [float(score) for score in prediction.scores]
    if isinstance(prediction, FramedPrediction):
        pairs = zip(prediction.outlines, scores, strict=True)
        return tuple(Candidate(outline, score, outline) for outline, score in pairs)
    rows = zip(prediction.masks, scores, prediction.logits, strict=True)
    return tuple(
        Candidate(BoxedMask.from_mask(mask), score, Hint.of(logits)) for mask, score, logits in rows
    )


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """What answers a request, and which of it would be committed.

    Parameters
    ----------
    request : Request
        What was asked.
    found : tuple of Candidate
        At least one, best first.
    chosen : int
        Index of the candidate that is shown.
    is_final : bool
        False for a first look, after which a better answer comes.
    """

    request: Request
    found: tuple[Candidate, ...]
    chosen: int = 0
    is_final: bool = True

    @property
    def mask(self) -> Mask:
        """The chosen mask."""
        return self.found[self.chosen].mask

    @property
    def hint(self) -> Hint | FramedMask:
        """What refines the chosen mask."""
        return self.found[self.chosen].hint

    @property
    def predicted_iou(self) -> float:
        """The network's estimate of the chosen mask's IoU with the object."""
        return self.found[self.chosen].predicted_iou

    def step(self, by: int) -> Candidates:
        """Choose another one, going round at the ends."""
        return self.choose((self.chosen + by) % len(self.found))

    def choose(self, index: int) -> Candidates:
        """Choose a candidate by its rank; the last one if there are fewer."""
        return replace(self, chosen=min(index, len(self.found) - 1))

    def choose_like(self, mask: Mask) -> Candidates:
        """Choose the candidate whose box is most like that of a mask."""
        overlaps = [_overlap(candidate.mask.roi, mask.roi) for candidate in self.found]
        return self.choose(int(np.argmax(overlaps)))


def _overlap(a: Roi, b: Roi) -> float:
    """Return the IoU of two boxes."""
    shared = float(np.prod(a.intersect(b).shape))
    together = float(np.prod(a.shape)) + float(np.prod(b.shape)) - shared
    return shared / together if together else 1.0
