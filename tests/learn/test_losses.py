"""Losses fall towards the truth, and true IoU knows of what the window cuts off."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from napari_samwise.learn.losses import dense_loss, mask_loss, true_iou


def _truth() -> Tensor:
    truth = torch.zeros(1, 24, 24)
    truth[:, 6:18, 0:12] = 1
    return truth


def _logits(mask: Tensor, sharpness: float = 12.0) -> Tensor:
    return ((2 * mask - 1) * sharpness)[:, None]


def test_a_perfect_mask_costs_next_to_nothing() -> None:
    assert mask_loss(_logits(_truth()), _truth()).item() < 1e-3


def test_worse_masks_cost_more() -> None:
    truth = _truth()
    worse = [truth, truth.roll(2, 1), truth.roll(6, 1), 1 - truth]
    costs = [mask_loss(_logits(mask), truth).item() for mask in worse]
    assert costs == sorted(costs)
    assert costs[-1] > 5
    unsure = mask_loss(_logits(truth, 0.5), truth).item()
    assert costs[0] < unsure < costs[-1]


def test_each_candidate_is_judged_by_itself() -> None:
    truth = _truth()
    both = torch.cat([_logits(truth), _logits(1 - truth)], 1)
    cost = mask_loss(both, truth)
    assert cost.shape == (1, 2)
    assert cost[0, 0] < 1e-3 < cost[0, 1]


def test_descending_the_loss_finds_the_mask() -> None:
    truth = _truth()
    logits = torch.zeros(1, 1, 24, 24, requires_grad=True)
    optimiser = torch.optim.SGD([logits], lr=50.0)
    for _ in range(25):
        optimiser.zero_grad()
        mask_loss(logits, truth).sum().backward()
        optimiser.step()
    assert torch.equal(logits[0, 0] > 0, truth[0] > 0.5)


def test_true_iou_is_intersection_over_union() -> None:
    truth = _truth()
    area = truth.sum((-2, -1))
    shifted = truth.roll(6, 2)
    both = torch.cat([_logits(truth), _logits(shifted)], 1)
    assert true_iou(both, truth, area).tolist() == [[1.0, pytest.approx(1 / 3)]]
    nothing = _logits(torch.zeros_like(truth))
    assert true_iou(nothing, truth, area).item() == 0


def test_a_mask_cut_off_by_the_window_is_worth_less() -> None:
    truth = _truth()
    area = truth.sum((-2, -1))
    assert true_iou(_logits(truth), truth, 2 * area).item() == pytest.approx(0.5)


def test_rounded_areas_never_make_an_iou_above_one() -> None:
    truth = _truth()
    assert true_iou(_logits(truth), truth, truth.sum((-2, -1)) * 0.9).item() == 1


def _dense_target() -> Tensor:
    target = torch.zeros(1, 3, 12, 12)
    target[:, 0, 3:9, 3:9] = 1
    target[:, 1, 3:9, 3:9] = 0.7
    target[:, 2, 3:9, 3:9] = -1.5
    return target


def _dense_prediction(target: Tensor) -> Tensor:
    predicted = target.clone()
    predicted[:, 0] = (2 * target[:, 0] - 1) * 12
    return predicted


def test_perfect_dense_predictions_cost_nothing() -> None:
    target = _dense_target()
    assert dense_loss(_dense_prediction(target), target).item() < 1e-3


@pytest.mark.parametrize("channel", [0, 1, 2])
def test_every_dense_head_is_taught(channel: int) -> None:
    target = _dense_target()
    predicted = _dense_prediction(target)
    predicted[:, channel] = 3 - predicted[:, channel]
    assert dense_loss(predicted, target).item() > 0.5


def test_size_is_taught_inside_objects_only() -> None:
    target = _dense_target()
    predicted = _dense_prediction(target)
    predicted[:, 2, :3] = 99
    assert dense_loss(predicted, target).item() < 1e-3


def test_unknown_foreground_is_ignored() -> None:
    target = _dense_target()
    predicted = _dense_prediction(target)
    target[:, 0, :, 10:] = -1
    predicted[:, :, :, 10:] = 50
    assert dense_loss(predicted, target).item() < 1e-3
    nothing_known = torch.full_like(target, -1.0)
    assert dense_loss(predicted, nothing_known).item() == 0
