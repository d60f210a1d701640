"""Whether predicted IoU can be believed: reliability of what a model promises of its masks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from napari_samwise.learn.scores import ObjectScore

BINS = 10

_FIFTH = 4


@dataclass(frozen=True, slots=True)
class ReliabilityBin:
    """The masks whose predicted IoU lies in one tenth.

    Parameters
    ----------
    low, high : float
        The tenth, ``high`` left out; what is predicted beyond 0 or 1 is in the first or last one.
    objects : int
        How many there are.
    predicted, true : float
        Mean of their predicted and true IoU; NaN where there is none.
    """

    low: float
    high: float
    objects: int
    predicted: float
    true: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """How predicted and true IoU agree for one kind of prompt.

    Parameters
    ----------
    objects : int
        How many masks were compared.
    predicted, true : float
        Means; NaN without a mask.
    error : float
        Expected calibration error (Naeini et al. 2015): the mean over ``bins``, by their number of
        masks, of the difference between mean predicted and mean true IoU.
    correlation : float
        Pearson's r; NaN where either does not vary.
    bins : tuple of ReliabilityBin
        ``BINS``, ascending.
    """

    objects: int
    predicted: float
    true: float
    error: float
    correlation: float
    bins: tuple[ReliabilityBin, ...]


def calibrations(scores: Sequence[ObjectScore]) -> dict[str, Calibration]:
    """Compare what was promised after one click, after five, and for the box.

    Parameters
    ----------
    scores : sequence of ObjectScore
        Of one model; every object counts the same, whatever its source.
    """
    return {
        title: calibrate([of(score)[0] for score in scores], [of(score)[1] for score in scores])
        for title, of in _STAGES.items()
    }


def calibrate(predicted: ArrayLike, true: ArrayLike) -> Calibration:
    """Compare predicted and true IoU.

    Parameters
    ----------
    predicted : array-like
        `(N,)` float, what a model promised.
    true : array-like
        `(N,)` float in 0 to 1, of the same masks.
    """
    promised, kept = np.asarray(predicted, np.float64), np.asarray(true, np.float64)
    # A hair more, so that what is 0.9 in single precision is not below 0.9.
    which = np.floor(promised * BINS + 1e-6).clip(0, BINS - 1).astype(int)
    bins = tuple(
        ReliabilityBin(
            index / BINS,
            (index + 1) / BINS,
            int(np.count_nonzero(which == index)),
            _mean(promised[which == index]),
            _mean(kept[which == index]),
        )
        for index in range(BINS)
    )
    gaps = [one.objects * abs(one.predicted - one.true) for one in bins if one.objects]
    return Calibration(
        objects=len(promised),
        predicted=_mean(promised),
        true=_mean(kept),
        error=sum(gaps) / len(promised) if gaps else float("nan"),
        correlation=_correlation(promised, kept),
        bins=bins,
    )


def _mean(values: np.ndarray) -> float:
    return float(values.mean()) if len(values) else float("nan")


def _correlation(a: np.ndarray, b: np.ndarray) -> float:
    if len(a) < 2 or a.std() == 0 or b.std() == 0:
        return float("nan")
    return float(np.corrcoef(a, b)[0, 1])


_STAGES: dict[str, Callable[[ObjectScore], tuple[float, float]]] = {
    "1 click": lambda score: (score.predicted_clicks[0], score.clicks[0]),
    "5 clicks": lambda score: (score.predicted_clicks[_FIFTH], score.clicks[_FIFTH]),
    "box": lambda score: (score.predicted_box, score.box),
}
