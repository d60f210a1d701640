"""Which masks nano offers: the best first, and different ones if there are."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from napari_samwise.model.base import Decoded
from napari_samwise.model.nano_candidates import (
    best_candidates,
    each_in_its_window,
    judge_by_agreement,
)
from napari_samwise.model.nano_levels import Pyramid, Window
from napari_samwise.model.nano_paste import OUTSIDE_LOGIT

PYRAMID = Pyramid((400, 400))
WINDOWS = [Window(0, (0, 0)), Window(1, (0, 0))]


def _square(start: int, side: int) -> Tensor:
    """Logits of a square of so many cells."""
    logits = torch.full((96, 96), OUTSIDE_LOGIT)
    logits[start : start + side, start : start + side] = 8.0
    return logits


def _area(logits: Tensor) -> int:
    return int((logits > 0).sum())


def _best(logits: Tensor, score: Tensor, windows: list[Window], wanted: int) -> Decoded:
    return best_candidates(*each_in_its_window(logits, score, windows), PYRAMID, wanted)


def test_the_best_that_differ_are_offered() -> None:
    logits = torch.stack([_square(10, 40), _square(10, 41), _square(50, 10), _square(10, 30)])
    score = torch.tensor([[0.6, 0.9, 0.3, 0.8]])
    found = _best(logits[None], score, WINDOWS[:1], 3)
    assert found.predicted_iou.tolist() == pytest.approx([0.9, 0.8, 0.3])
    assert [_area(one) for one in found.low_res_logits] == [41**2, 30**2, 10**2]


def test_like_ones_fill_up_and_keep_their_rank() -> None:
    logits = torch.stack([_square(10, 40), _square(10, 41), _square(50, 10), _square(10, 40)])
    score = torch.tensor([[0.7, 0.9, 0.3, 0.6]])
    found = _best(logits[None], score, WINDOWS[:1], 3)
    assert found.predicted_iou.tolist() == pytest.approx([0.9, 0.7, 0.3])
    assert [_area(one) for one in found.low_res_logits] == [41**2, 40**2, 10**2]
    assert found.masks.shape == (3, 400, 400)
    assert [int(mask.sum()) for mask in found.masks] == pytest.approx(
        [82**2, 80**2, 20**2], rel=0.15
    )


def test_the_same_object_on_two_levels_is_offered_once() -> None:
    fine = torch.stack([_square(20, 40), _square(60, 6)])
    coarse = torch.stack([_square(10, 20), _square(40, 30)])
    score = torch.tensor([[0.9, 0.2], [0.8, 0.5]])
    found = _best(torch.stack([fine, coarse]), score, WINDOWS, 3)
    assert found.predicted_iou.tolist() == pytest.approx([0.9, 0.5, 0.2])
    areas = [int(mask.sum()) for mask in found.masks]
    assert areas == pytest.approx([80**2, 120**2, 12**2], rel=0.2)


def test_empty_masks_count_as_one() -> None:
    logits = torch.stack([_square(0, 0), _square(5, 0), _square(30, 20), _square(0, 0)])
    score = torch.tensor([[0.9, 0.8, 0.1, 0.7]])
    found = _best(logits[None], score, WINDOWS[:1], 2)
    assert found.predicted_iou.tolist() == pytest.approx([0.9, 0.1])


def test_what_two_levels_draw_alike_is_ranked_before_a_lonely_mask() -> None:
    fine = torch.stack([_square(20, 40), _square(60, 6)])
    coarse = torch.stack([_square(10, 20), _square(40, 30)])
    score = torch.tensor([[0.8, 0.2], [0.8, 0.85]])
    every = each_in_its_window(torch.stack([fine, coarse]), score, WINDOWS)

    logits, judged, windows = judge_by_agreement(*every, PYRAMID)

    assert [_area(one) for one in logits] == [40**2, 30**2, 6**2, 20**2]
    assert windows == [WINDOWS[0], WINDOWS[1], WINDOWS[0], WINDOWS[1]]
    assert judged.tolist() == sorted(judged.tolist(), reverse=True)
    assert judged[0] < 0.8


def test_an_empty_mask_comes_last_whatever_its_score() -> None:
    every = torch.stack([_square(0, 0), _square(10, 40)]), torch.tensor([0.9, 0.4])

    logits, judged, _ = judge_by_agreement(*every, WINDOWS[:1] * 2, PYRAMID)

    assert [_area(one) for one in logits] == [40**2, 0]
    assert judged[0] <= 0.4
