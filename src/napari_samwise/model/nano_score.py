"""The IoU head of ``nano``, which sees the mask that it judges.

A head fed by its token alone stays constant in a network this small. Given the features inside
the mask and in a ring around it, the mask's size, confidence and stability, it learns at once.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

_SCALARS = 15
_CELL_PX = 4
_GRADIENT = 0.1


class MaskScore(nn.Module):
    """Predicted IoU of each mask."""

    def __init__(self, detail_dim: int, embed_dim: int) -> None:
        super().__init__()
        self.head = nn.Sequential(
            nn.Linear(2 * detail_dim + embed_dim + _SCALARS, 128),
            nn.GELU(),
            nn.Linear(128, 64),
            nn.GELU(),
            nn.Linear(64, 1),
        )

    def forward(
        self, logits: Tensor, features: Tensor, tokens: Tensor, maps: Tensor, dense: Tensor
    ) -> Tensor:
        """Score `(P, M)` masks, 0 to 1.

        Parameters
        ----------
        logits : Tensor
            `(P, M, 2s, 2s)` float32.
        features : Tensor
            `(P, C, s, s)` float32, conditioned on the prompt.
        tokens : Tensor
            `(P, M, D)` float32.
        maps : Tensor
            `(P, 6, s, s)` float32, the drawn prompts.
        dense : Tensor
            `(P, 3, s, s)` float32, foreground logit, depth and log size of every place.
        """
        with torch.no_grad():
            inside, ring, scalars = _describe(logits.detach(), maps)
            scalars = torch.cat([scalars, _compare(inside, ring, dense)], -1)
        if torch.is_grad_enabled():
            # The masks shall not be bent towards what is easy to score: little gradient flows back.
            features = features * _GRADIENT + features.detach() * (1 - _GRADIENT)
            tokens = tokens * _GRADIENT + tokens.detach() * (1 - _GRADIENT)
        columns = features.permute(0, 2, 3, 1).flatten(1, 2)  # (P, s*s, C)
        mean_inside = inside.flatten(2) @ columns / (inside.flatten(2).sum(-1, keepdim=True) + 1)
        mean_ring = ring.flatten(2) @ columns / (ring.flatten(2).sum(-1, keepdim=True) + 1)
        seen = torch.cat([mean_inside, mean_ring - mean_inside, tokens, scalars], -1)
        score: Tensor = self.head(seen)[..., 0].sigmoid()
        return score


def _describe(logits: Tensor, maps: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return soft masks and rings `(P, M, s, s)` and scalars `(P, M, 8)`."""
    inside = F.avg_pool2d(logits.sigmoid(), 2)
    grown = grow(inside)
    ring = (grown - inside).clamp(min=0)
    area = inside.sum((-2, -1))
    ring_area = ring.sum((-2, -1))
    confidence = (logits.abs().clamp(max=4) * (logits > -2)).sum((-2, -1)) / (
        (logits > -2).sum((-2, -1)) + 1
    )
    stability = (logits > 1).sum((-2, -1)) / ((logits > -1).sum((-2, -1)) + 1)
    include, exclude, box = maps[:, 1:2], maps[:, 3:4], maps[:, 5:6]
    hit = (inside * include).amax((-2, -1)) - (inside * exclude).amax((-2, -1))
    box_area = box.sum((-2, -1))
    in_box = (inside * box).sum((-2, -1)) / (area + 1)
    edge = torch.cat(
        [inside[..., 0, :], inside[..., -1, :], inside[..., :, 0], inside[..., :, -1]], -1
    ).sum(-1)
    scalars = [
        (area + 1).log(),
        (ring_area + 1).log(),
        confidence,
        stability,
        hit,
        (box_area + 1).log().expand_as(area),
        in_box,
        edge / 10,
    ]
    return inside, ring, torch.stack(scalars, -1)


def grow(values: Tensor) -> Tensor:
    """Return the greatest value of each five by five neighbours of `(..., h, w)`, all 0 or more.

    It is ``max_pool2d(values, 5, 1, 2)``, which takes 30 times as long on a CPU.
    """
    return _grow_rows(_grow_rows(values).mT).mT


def _grow_rows(values: Tensor) -> Tensor:
    padded = F.pad(values, (2, 2))
    pairs = torch.maximum(padded[..., :-1], padded[..., 1:])
    return torch.maximum(torch.maximum(pairs[..., :-3], pairs[..., 2:-1]), padded[..., 4:])


def _compare(inside: Tensor, ring: Tensor, dense: Tensor) -> Tensor:
    """Return `(P, M, 7)`: how far masks agree with what the dense heads see.

    The mask of one whole object covers foreground up to its greatest depth, has background or
    borders around it, and the size that its pixels tell.
    """
    foreground = dense[:, :1].sigmoid()
    depth, log_size = dense[:, 1:2].clamp(0, 1), dense[:, 2:].clamp(-4, 4)
    area = inside.sum((-2, -1))

    def mean(values: Tensor, over: Tensor) -> Tensor:
        return (values * over).sum((-2, -1)) / (over.sum((-2, -1)) + 1e-3)

    told = mean(log_size * foreground, inside) / (mean(foreground, inside) + 1e-3)
    actual = 0.5 * torch.log2(area * _CELL_PX**2 + 1) - 5.0  # unit: 32 px, as in the heads
    return torch.stack(
        [
            mean(foreground, inside),
            mean(foreground, ring),
            mean(depth, inside),
            mean(depth, ring),
            (depth * inside).amax((-2, -1)),
            told,
            (actual - told).clamp(-4, 4),
        ],
        -1,
    )
