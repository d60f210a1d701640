"""Which masks nano offers: the best first, and different ones if there are."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from napari_samwise.model.nano_candidates import best_candidates
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


def test_the_best_that_differ_are_offered() -> None:
    logits = torch.stack([_square(10, 40), _square(10, 41), _square(50, 10), _square(10, 30)])
    score = torch.tensor([[0.6, 0.9, 0.3, 0.8]])
    found = best_candidates(logits[None], score, WINDOWS[:1], PYRAMID, 3)
    assert found.predicted_iou.tolist() == pytest.approx([0.9, 0.8, 0.3])
    assert [_area(one) for one in found.low_res_logits] == [41**2, 30**2, 10**2]


def test_like_ones_fill_up_and_keep_their_rank() -> None:
    logits = torch.stack([_square(10, 40), _square(10, 41), _square(50, 10), _square(10, 40)])
    score = torch.tensor([[0.7, 0.9, 0.3, 0.6]])
    found = best_candidates(logits[None], score, WINDOWS[:1], PYRAMID, 3)
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
    found = best_candidates(torch.stack([fine, coarse]), score, WINDOWS, PYRAMID, 3)
    assert found.predicted_iou.tolist() == pytest.approx([0.9, 0.5, 0.2])
    areas = [int(mask.sum()) for mask in found.masks]
    assert areas == pytest.approx([80**2, 120**2, 12**2], rel=0.2)


def test_empty_masks_count_as_one() -> None:
    logits = torch.stack([_square(0, 0), _square(5, 0), _square(30, 20), _square(0, 0)])
    score = torch.tensor([[0.9, 0.8, 0.1, 0.7]])
    found = best_candidates(logits[None], score, WINDOWS[:1], PYRAMID, 2)
    assert found.predicted_iou.tolist() == pytest.approx([0.9, 0.1])
