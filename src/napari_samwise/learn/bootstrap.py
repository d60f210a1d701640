"""Confidence intervals from drawing images again and again (Efron 1979)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

DRAWS = 2000
_TAILS_PERCENT = (2.5, 97.5)

Statistic = Callable[[NDArray[np.float64]], NDArray[np.float64]]


def redraw(
    totals: NDArray[np.float64], statistic: Statistic, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Compute a statistic of as many images, drawn with replacement, ``DRAWS`` times.

    Parameters
    ----------
    totals : ndarray
        `(images, K)`, what an image adds to the K sums of which the statistic is a function.
    statistic : callable
        From `(..., K)` sums to `(..., M)` values.
    rng : Generator
        Source of the draws.

    Returns
    -------
    ndarray
        `(DRAWS, M)` float64.
    """
    images = len(totals)
    times_drawn = rng.multinomial(images, np.full(images, 1 / images), size=DRAWS)
    return statistic(times_drawn @ totals)


def interval(drawn: NDArray[np.float64]) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return both ends of the 95 % percentile interval of each of M values.

    Parameters
    ----------
    drawn : ndarray
        `(DRAWS, M)`, from ``redraw``.
    """
    low, high = np.percentile(drawn, _TAILS_PERCENT, axis=0)
    return tuple(low.tolist()), tuple(high.tolist())
