"""Calibration of predictors whose faults are known."""

from __future__ import annotations

import csv
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from napari_samwise.learn.calibration import BINS, calibrate, calibrations
from napari_samwise.learn.report.reliability import draw_calibrations
from napari_samwise.learn.report.tables import write_calibrations
from napari_samwise.learn.scores import ObjectScore

SHARE = st.floats(0, 1)


@given(st.lists(SHARE, min_size=1))
def test_a_perfect_predictor_has_no_error(ious: list[float]) -> None:
    found = calibrate(ious, ious)
    assert found.error == 0
    assert found.predicted == found.true
    assert sum(one.objects for one in found.bins) == found.objects == len(ious)
    if np.std(ious) > 1e-6:
        assert found.correlation == pytest.approx(1)


@given(st.lists(st.tuples(SHARE, SHARE), min_size=1))
def test_the_error_lies_between_that_of_the_means_and_that_of_the_masks(
    pairs: list[tuple[float, float]],
) -> None:
    predicted, true = np.array(pairs).T
    found = calibrate(predicted, true)
    assert abs(found.predicted - found.true) <= found.error + 1e-9
    assert found.error <= np.abs(predicted - true).mean() + 1e-9


def test_every_tenth_is_told() -> None:
    found = calibrate([0.05, 0.3, 0.35, 0.7, 1.0, 1.2, -0.1], [0.1, 0.5, 0.6, 0.7, 0.9, 0.8, 0.0])
    assert [one.objects for one in found.bins] == [2, 0, 0, 2, 0, 0, 0, 1, 0, 2]
    assert len(found.bins) == BINS
    fourth = found.bins[3]
    assert (fourth.low, fourth.high) == (0.3, 0.4)
    assert (fourth.predicted, fourth.true) == pytest.approx((0.325, 0.55))
    assert math.isnan(found.bins[1].true)
    # |sum of gaps| by tenth: 0.15, 0.45, 0 and 0.5.
    assert found.error == pytest.approx((0.15 + 0.45 + 0 + 0.5) / 7)


def test_errors_within_a_tenth_cancel_but_lower_the_correlation() -> None:
    found = calibrate([0.52, 0.58], [0.58, 0.52])
    assert found.error == pytest.approx(0)
    assert found.correlation == pytest.approx(-1)


def test_what_does_not_vary_has_no_correlation() -> None:
    assert math.isnan(calibrate([0.5, 0.5], [0.1, 0.9]).correlation)
    assert math.isnan(calibrate([0.5], [0.5]).correlation)
    assert math.isnan(calibrate([], []).error)


def _score(clicks: tuple[float, ...], promised: tuple[float, ...]) -> ObjectScore:
    return ObjectScore("s", "s/a", 1, 99, clicks, 0.9, 0.3, promised, 0.8, 0.1, 0.2, 1.0)


def test_each_prompt_is_compared_with_what_was_promised_for_it() -> None:
    found = calibrations([_score((0.1, 0.2, 0.3, 0.4, 0.5, 0.6), (0.9, 0.8, 0.7, 0.6, 0.55, 0.0))])
    assert {title: (one.predicted, one.true) for title, one in found.items()} == {
        "1 click": (0.9, 0.1),
        "5 clicks": (0.55, 0.5),
        "box": (0.8, 0.3),
    }


def test_the_file_has_one_line_a_tenth(tmp_path: Path) -> None:
    path = tmp_path / "c.csv"
    write_calibrations(path, {"m": {"box": calibrate([0.42, 0.44, 0.9], [0.5, 0.6, 0.9])}})
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["from"] for row in rows] == [str(tenth / 10) for tenth in range(10)]
    assert (rows[4]["objects"], rows[4]["predicted_iou"], rows[4]["true_iou"]) == (
        "2",
        "0.4300",
        "0.5500",
    )
    assert {row["expected_calibration_error"] for row in rows} == {"0.0800"}


def test_optimists_lie_below_the_diagonal_of_the_plot() -> None:
    true = np.linspace(0.1, 0.6, 30)
    picture = draw_calibrations(
        {"honest": {"box": calibrate(true, true)}, "optimist": {"box": calibrate(true + 0.3, true)}}
    )
    panel = picture[40:420, 50:430]
    height = {}
    for name, colour in (("honest", (0, 114, 178)), ("optimist", (213, 94, 0))):
        rows, columns = np.nonzero((panel == colour).all(-1))
        height[name] = np.mean(380 - rows - columns)
    assert abs(height["honest"]) < 10
    assert height["optimist"] == pytest.approx(-0.3 * 380, abs=20)
