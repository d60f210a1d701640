"""Candidates judge each other: what is shared counts, and nothing changes where all agree."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from napari_samwise.model.agreement import box_fit, rank_by_agreement

SCORES = hnp.arrays(np.float32, st.integers(1, 12), elements=st.floats(0, 1, width=32))


def _one_cluster(count: int, overlap: float) -> np.ndarray:
    pairwise = np.full((count, count), overlap, dtype=np.float32)
    np.fill_diagonal(pairwise, 1)
    return pairwise


def test_a_single_candidate_keeps_its_score() -> None:
    order, scores = rank_by_agreement(np.array([0.7], np.float32), np.ones((1, 1), np.float32))
    assert order.tolist() == [0]
    assert scores.tolist() == pytest.approx([0.7])


@given(said=SCORES)
def test_where_all_agree_only_scores_count(said: np.ndarray) -> None:
    order, scores = rank_by_agreement(said, np.ones((len(said), len(said)), np.float32))
    assert said[order[0]] == said.max()
    np.testing.assert_allclose(scores, np.minimum.accumulate(said[order]), atol=1e-6)


@given(said=SCORES, overlap=st.floats(0, 1))
def test_scores_never_rise_along_the_rank_nor_above_what_the_head_said(
    said: np.ndarray, overlap: float
) -> None:
    order, scores = rank_by_agreement(said, _one_cluster(len(said), overlap))
    assert sorted(order.tolist()) == list(range(len(said)))
    assert (np.diff(scores) <= 0).all()
    assert (scores <= said[order] + 1e-6).all()
    assert scores.dtype == np.float32


def test_three_that_agree_outrank_a_surer_one_that_stands_alone() -> None:
    pairwise = _one_cluster(4, 0.9)
    pairwise[0, 1:] = pairwise[1:, 0] = 0.1
    order, scores = rank_by_agreement(np.array([0.8, 0.75, 0.7, 0.7], np.float32), pairwise)
    assert order[0] == 1
    assert scores[0] < 0.75


def test_what_differs_is_offered_before_what_is_nearly_the_same() -> None:
    # Two nuclei, each drawn three times, and a cluster of both.
    part = np.kron(np.eye(2), np.full((3, 3), 0.95)).astype(np.float32)
    pairwise = np.full((7, 7), 0.45, dtype=np.float32)
    pairwise[:6, :6] = part
    np.fill_diagonal(pairwise, 1)
    said = np.array([0.9, 0.89, 0.88, 0.7, 0.69, 0.68, 0.6], np.float32)

    order, scores = rank_by_agreement(said, pairwise)

    assert order[0] == 0
    assert scores[0] >= scores[1] >= scores[2]
    assert {index // 3 for index in order[:3].tolist()} == {0, 1, 2}


@pytest.mark.parametrize("offered", [1, 2, 5])
def test_any_number_may_be_offered(offered: int) -> None:
    said = np.array([0.9, 0.5, 0.4], np.float32)
    order, _ = rank_by_agreement(said, _one_cluster(3, 0.5), offered=offered)
    assert sorted(order.tolist()) == [0, 1, 2]
    assert order[0] == 0


def test_a_much_surer_one_is_not_outvoted() -> None:
    pairwise = _one_cluster(4, 0.9)
    pairwise[0, 1:] = pairwise[1:, 0] = 0.1
    order, _ = rank_by_agreement(np.array([0.9, 0.2, 0.2, 0.2], np.float32), pairwise)
    assert order[0] == 0


def test_where_a_box_is_given_what_fills_it_is_first() -> None:
    said = np.array([0.8, 0.7, 0.7], np.float32)
    pairwise = _one_cluster(3, 0.6)
    order, scores = rank_by_agreement(said, pairwise, np.array([0.5, 0.6, 0.95], np.float32))
    assert order[0] == 2
    assert (np.diff(scores) <= 0).all()
    assert scores[0] <= 0.7


def test_a_mask_from_edge_to_edge_fits_its_box_exactly() -> None:
    box = np.array([[10.0, 20.0], [29.0, 49.0]])
    fits = box_fit([(10, 20, 30, 50), (10, 20, 20, 50), (60, 60, 70, 70), None], box)
    assert fits.tolist() == pytest.approx([1, 0.5, 0, 0])
    assert fits.dtype == np.float32
