"""Intervals from redrawn images."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from napari_samwise.learn.bootstrap import DRAWS, interval, redraw


def _mean(sums: NDArray[np.float64]) -> NDArray[np.float64]:
    mean: NDArray[np.float64] = sums[..., :-1] / sums[..., -1:]
    return mean


def _interval_of(values: list[float], seed: int = 0) -> tuple[float, float]:
    totals = np.stack([np.array(values), np.ones(len(values))], axis=1)
    low, high = interval(redraw(totals, _mean, np.random.default_rng(seed)))
    return low[0], high[0]


@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_the_interval_holds_the_mean_and_lies_within_the_values(values: list[float]) -> None:
    low, high = _interval_of(values)
    slack = 1e-12
    assert min(values) - slack <= low <= np.mean(values) + slack
    assert np.mean(values) - slack <= high <= max(values) + slack


def test_the_same_seed_gives_the_same_interval() -> None:
    values = np.random.default_rng(1).random(20).tolist()
    assert _interval_of(values) == _interval_of(values)
    assert _interval_of(values) != _interval_of(values, seed=1)


def test_its_width_is_that_of_the_theory() -> None:
    values = np.random.default_rng(2).normal(0, 1, 400)
    low, high = _interval_of(values.tolist())
    assert abs((high - low) / (2 * 1.96 * values.std() / 20) - 1) < 0.1


def test_images_weigh_by_their_objects() -> None:
    totals = np.array([[9.0, 9], [0, 1]])
    drawn = redraw(totals, _mean, np.random.default_rng(0))
    assert drawn.shape == (DRAWS, 1)
    assert np.unique(drawn.round(9)).tolist() == [0, 0.9, 1]
