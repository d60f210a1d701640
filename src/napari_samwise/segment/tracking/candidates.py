"""What one object may look like on the next frame."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_samwise.geometry.boxed_mask import BoxedMask
from napari_samwise.segment.tracking.history import History
from napari_samwise.segment.tracking.look import likeness, look_of
from napari_samwise.segment.tracking.prompting import prompts_from
from napari_samwise.segment.tracking.regions import Region
from napari_samwise.segment.tracking.view import View

_SURE = 0.6
"""With a score as high as this nothing else is tried."""


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """A mask of an object on a frame, judged.

    Parameters
    ----------
    region : Region
        The mask.
    predicted_iou : float
        The model's estimate.
    overlap : float
        0 to 1, IoU with the last mask where it should have moved.
    score : float
        0 to 1, predicted IoU x overlap x likeness of area and grey values.
    """

    region: Region
    predicted_iou: float
    overlap: float
    score: float


def find_candidates(
    history: History,
    guesses: Sequence[BoxedMask],
    view: View,
    others: Sequence[NDArray[np.float64]] = (),
) -> list[Candidate]:
    """Decode an object on the next frame and judge what comes.

    Each guess is tried with and without the mask itself as a prompt, until a candidate is sure.

    Parameters
    ----------
    history : History
        The object.
    guesses : sequence of BoxedMask
        Where it may be, the most likely first.
    view : View
        The next frame.
    others : sequence of ndarray
        `(2,)` points (y, x) in the neighbours.

    Returns
    -------
    list of Candidate
        Best first.
    """
    found: list[Candidate] = []
    for guess in guesses:
        for with_mask in (True, False):
            prompts = prompts_from(guess, view.size, others, with_mask=with_mask)
            earlier = guess if with_mask else None
            for mask, score in view.decode(prompts, earlier):
                if not mask.roi.is_empty:
                    found.append(_judge(mask, score, guess, history, view))
            if max((one.score for one in found), default=0.0) >= _SURE:
                return _best_first(found)
    return _best_first(found)


def _judge(
    mask: BoxedMask, predicted_iou: float, guess: BoxedMask, history: History, view: View
) -> Candidate:
    region = Region.from_mask(mask)
    shared = mask.shared_area(guess)
    overlap = shared / (region.area + guess.area - shared)
    # At the border of the plane an object shrinks because it leaves.
    expected = history.area * guess.area / history.region.area
    alike = (min(region.area, expected) / max(region.area, expected)) ** 0.5
    if history.look is not None:
        alike *= likeness(history.look, look_of(mask, view.shades))
    sure = min(max(predicted_iou, 0.0), 1.0)
    return Candidate(region, sure, overlap, sure * overlap * alike)


def _best_first(found: Sequence[Candidate]) -> list[Candidate]:
    return sorted(found, key=lambda one: -one.score)
