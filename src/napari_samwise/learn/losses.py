"""Losses of training: mask (focal and dice), predicted IoU, and the dense heads."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

FOCAL_WEIGHT, SCORE_WEIGHT = 5.0, 4.0


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
