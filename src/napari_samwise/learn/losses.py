"""Losses of training: mask (focal and dice), predicted IoU, and the dense heads."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

FOCAL_WEIGHT, SCORE_WEIGHT = 5.0, 4.0
_FIRST_WEIGHTS, _LATER_WEIGHTS = (0.4, 1.0), (1.0, 0.5)
"""Of the single mask and of the three: one prompt is ambiguous, several hardly are."""
_SHARPNESS = 15.0


def mask_loss(logits: Tensor, truth: Tensor) -> Tensor:
    """Return focal (Lin et al. 2017) plus dice loss of every candidate.

    Parameters
    ----------
    logits : Tensor
        `(P, M, h, w)` float32.
    truth : Tensor
        `(P, h, w)` float32, the share of each cell that the object covers.

    Returns
    -------
    Tensor
        `(P, M)`.
    """
    target = truth[:, None].expand_as(logits)
    inside = logits.sigmoid()
    cross_entropy = F.binary_cross_entropy_with_logits(logits, target, reduction="none")
    # By the object's area rather than the window's, so that small objects count as much.
    focal = (cross_entropy * (target - inside).abs()).sum((-2, -1))
    focal = focal / (4 * target.sum((-2, -1)) + 100)
    shared = (inside * target).sum((-2, -1))
    dice = 1 - (2 * shared + 1) / (inside.sum((-2, -1)) + target.sum((-2, -1)) + 1)
    return FOCAL_WEIGHT * focal + dice


def true_iou(logits: Tensor, truth: Tensor, whole_area: Tensor) -> Tensor:
    """Return the IoU of every candidate with the whole object, the part outside included.

    Parameters
    ----------
    logits : Tensor
        `(P, M, h, w)` float32.
    truth : Tensor
        `(P, h, w)` float32.
    whole_area : Tensor
        `(P,)` float32, the object's area in cells, also outside the window: a mask cut off by
        the window is worth less, so that a coarser level can win.
    """
    found = logits > 0
    target = (truth > 0.5)[:, None]
    shared = (found & target).sum((-2, -1)).float()
    visible = target.sum((-2, -1)).float()
    total = torch.maximum(whole_area[:, None], visible)
    return shared / (found.sum((-2, -1)) + total - shared).clamp(min=1)


def prompt_loss(each: Tensor, score: Tensor, exact: Tensor, *, first: bool) -> Tensor:
    """Weigh the single mask, the best of the three (and a little all), and the predicted IoU.

    Parameters
    ----------
    each : Tensor
        `(P, 4)`, from ``mask_loss``; of all masks that are judged, or of those that are taught.
    score, exact : Tensor
        `(Q, 4)` predicted and true IoU.
    first : bool
        Whether nothing was asked before.
    """
    best = each[:, 1:].min(1).values.mean()
    three = best + 0.1 * each[:, 1:].mean()
    judged = ((score - exact) ** 2).mean()
    single_weight, three_weight = _FIRST_WEIGHTS if first else _LATER_WEIGHTS
    return single_weight * each[:, 0].mean() + three_weight * three + SCORE_WEIGHT * judged


def won_iou(score: Tensor, exact: Tensor) -> Tensor:
    """Return the true IoU that a sharp softmax over predicted IoU wins, of one contest.

    Parameters
    ----------
    score, exact : Tensor
        `(N,)` predicted and true IoU of all candidates.
    """
    return (torch.softmax(_SHARPNESS * score, 0) * exact).sum()


def dense_loss(predicted: Tensor, target: Tensor) -> Tensor:
    """Return the loss of the dense heads.

    Parameters
    ----------
    predicted : Tensor
        `(B, 3, h, w)` float32: foreground logit, depth, log size.
    target : Tensor
        `(B, 3, h, w)` float32: foreground 0 or 1 (negative where unknown), depth, log size.
    """
    foreground, depth, size = target.unbind(1)
    known = (foreground >= 0).float()
    inside = (foreground > 0.5).float()
    entropy = F.binary_cross_entropy_with_logits(
        predicted[:, 0], foreground.clamp(min=0), reduction="none"
    )
    # Squared, and more inside: most of a picture is at depth 0, the median that an absolute
    # error would settle for.
    depth_error = 2 * (predicted[:, 1] - depth) ** 2 * known * (1 + 2 * inside)
    size_error = (predicted[:, 2] - size).abs() * inside
    loss = (entropy * known).sum() / known.sum().clamp(min=1)
    loss = loss + depth_error.sum() / known.sum().clamp(min=1)
    return loss + 0.5 * size_error.sum() / inside.sum().clamp(min=1)
