"""Average precision, by hand and by law."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from napari_samwise.learn.everything_score import (
    THRESHOLDS,
    average_precision,
    count_matches,
    count_totals,
)

LABELS = hnp.arrays(np.int32, (6, 7), elements=st.integers(0, 4))


def _rows(*spans: tuple[int, int, int]) -> np.ndarray:
    """A line of 100 pixels with objects (label, start, stop)."""
    labels = np.zeros((1, 100), np.int32)
    for label, start, stop in spans:
        labels[0, start:stop] = label
    return labels


def _ap(truth: np.ndarray, found: np.ndarray) -> list[float]:
    return average_precision(count_totals([count_matches(truth, found)])).tolist()


def test_the_thresholds_are_those_of_the_data_science_bowl() -> None:
    assert THRESHOLDS == (0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95)


def test_a_case_by_hand() -> None:
    truth = _rows((1, 0, 10), (2, 20, 30), (3, 40, 50))
    # IoU 8/10 with the first, 6/10 with the second, the third is missed, and one is invented.
    found = _rows((7, 0, 8), (8, 20, 26), (9, 60, 70))
    counts = count_matches(truth, found)
    assert counts.matched == (2, 2, 1, 1, 1, 1, 0, 0, 0, 0)
    assert (counts.truth, counts.found) == (3, 3)
    # TP 2, FP 1, FN 1; then TP 1, FP 2, FN 2; then nothing.
    mean_ap = (2 * 2 / 4 + 4 * 1 / 5) / 10
    assert _ap(truth, found) == pytest.approx([2 / 4, mean_ap, 2 / 3, 2 / 3])


def test_a_merged_pair_is_at_most_one_hit() -> None:
    truth = _rows((1, 0, 10), (2, 10, 14))
    assert _ap(truth, _rows((1, 0, 14)))[0] == pytest.approx(1 / 2)
    assert _ap(_rows((1, 0, 10), (2, 10, 20)), _rows((1, 0, 20)))[0] == 0


def test_half_is_not_more_than_half() -> None:
    counts = count_matches(_rows((1, 0, 10)), _rows((1, 0, 5), (2, 5, 10)))
    assert counts.matched[0] == 0


def test_nothing_to_find_and_nothing_found_is_right() -> None:
    nothing, something = _rows(), _rows((1, 0, 10))
    assert _ap(nothing, nothing) == [1, 1, 1, 1]
    assert _ap(nothing, something) == [0, 0, 0, 0]
    assert _ap(something, nothing) == [0, 0, 0, 0]


def test_objects_that_do_not_count_are_neither_right_nor_wrong() -> None:
    truth = _rows((1, 0, 10), (2, 20, 30))
    found = _rows((1, 0, 10), (2, 20, 29), (3, 40, 50))
    counts = count_matches(truth, found, counted=[1])
    assert (counts.matched[0], counts.truth, counts.found) == (1, 1, 2)
    assert count_matches(truth, found, counted=[]).truth == 0


def test_counts_of_planes_add_up() -> None:
    truth = _rows((1, 0, 10))
    good, bad = count_matches(truth, truth), count_matches(truth, _rows((1, 50, 60)))
    ap = average_precision(count_totals([good, bad, good]))
    assert ap.tolist() == pytest.approx([2 / 4, 2 / 4, 2 / 3, 2 / 3])


@given(LABELS, LABELS)
def test_exchange_exchanges_precision_and_recall(a: np.ndarray, b: np.ndarray) -> None:
    one, other = count_matches(a, b), count_matches(b, a)
    assert one.matched == other.matched
    assert (one.truth, one.found) == (other.found, other.truth)
    ap, mean_ap, precision, recall = _ap(a, b)
    assert _ap(b, a) == [ap, mean_ap, recall, precision]


@given(LABELS, LABELS)
def test_ap_lies_between_0_and_1_and_is_no_more_than_precision_and_recall(
    a: np.ndarray, b: np.ndarray
) -> None:
    counts = count_matches(a, b)
    assert list(counts.matched) == sorted(counts.matched, reverse=True)
    assert counts.matched[0] <= min(counts.truth, counts.found)
    ap, mean_ap, precision, recall = _ap(a, b)
    assert 0 <= mean_ap <= ap + 1e-12
    assert ap <= min(precision, recall) <= 1


@given(LABELS, st.permutations(range(1, 5)))
def test_the_truth_under_other_numbers_is_perfect(labels: np.ndarray, numbers: list[int]) -> None:
    renamed = np.array([0, *numbers])[labels]
    assert _ap(labels, renamed) == [1, 1, 1, 1]
