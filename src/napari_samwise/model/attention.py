"""Self-attention with decomposed relative positions (Li et al. 2021, MViTv2, section 4.1).

The score of query q at (y, x) with key k at (y', x') is ``q.k / sqrt(d) + q.R_h[y - y'] +
q.R_w[x - x']``. Written out it needs a matrix of tokens x tokens for every head, 0.8 GB for one
block of ViT-B; ``fused_attention`` gives the same numbers without ever storing it.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

RelativeAttend = Callable[[Tensor, Tensor, Tensor, Tensor, Tensor], Tensor]

# Fused kernels for half precision want the width of a head to be a multiple of this.
_HEAD_ALIGNMENT = 8


def relative_positions(table: Tensor, size: int) -> Tensor:
    """Look up the position embedding of every pair of a query and a key along one axis.

    Parameters
    ----------
    table : Tensor
        `(2 * size - 1, d)`, embeddings of the distances from ``1 - size`` to ``size - 1``.
    size : int
        Tokens along the axis.

    Returns
    -------
    Tensor
        `(size, size, d)`, of query (first axis) relative to key (second axis).
    """
    positions = torch.arange(size, device=table.device)
    return table[positions[:, None] - positions[None, :] + size - 1]


def reference_attention(q: Tensor, k: Tensor, v: Tensor, rel_y: Tensor, rel_x: Tensor) -> Tensor:
    """Attend as the formula is written, with all scores in memory; the tests' yardstick.

    Parameters
    ----------
    q, k, v : Tensor
        `(B, heads, Y * X, d)`.
    rel_y : Tensor
        `(Y, Y, d)`, relative positions along y, query first.
    rel_x : Tensor
        `(X, X, d)`, relative positions along x, query first.

    Returns
    -------
    Tensor
        `(B, heads, Y * X, d)`.
    """
    bias_y, bias_x = _position_scores(q, rel_y, rel_x)
    scores = (q * q.shape[-1] ** -0.5) @ k.mT
    # (B, heads, Y * X, Y, X)
    scores = torch.unflatten(scores, 3, (rel_y.shape[0], rel_x.shape[0]))
    scores = scores + bias_y.unsqueeze(4) + bias_x.unsqueeze(3)
    return scores.flatten(3).softmax(dim=-1) @ v


def fused_attention(q: Tensor, k: Tensor, v: Tensor, rel_y: Tensor, rel_x: Tensor) -> Tensor:
    """Attend with the position scores folded into wider queries and keys.

    With ``q' = [q / sqrt(d), q.R_h, q.R_w]`` and ``k' = [k, onehot(y), onehot(x)]`` the plain
    product ``q'.k'`` is the whole score, so a fused kernel can run over the keys in blocks and
    nothing of size tokens x tokens exists. Parameters and result as of ``reference_attention``.
    """
    head_dim, height, width = q.shape[-1], rel_y.shape[0], rel_x.shape[0]
    padding = -(head_dim + height + width) % _HEAD_ALIGNMENT
    bias_y, bias_x = _position_scores(q, rel_y, rel_x)
    marks = torch.zeros(height, width, height + width + padding, dtype=k.dtype, device=k.device)
    marks[..., :height] = torch.eye(height, device=k.device)[:, None]
    marks[..., height : height + width] = torch.eye(width, device=k.device)
    marks = marks.flatten(0, 1).expand(*k.shape[:3], -1)
    q_wide = torch.cat([q * head_dim**-0.5, bias_y, F.pad(bias_x, (0, padding))], dim=-1)
    k_wide = torch.cat([k, marks], dim=-1)
    # The fused kernels take values of the keys' width only.
    v_wide = F.pad(v, (0, height + width + padding))
    return F.scaled_dot_product_attention(q_wide, k_wide, v_wide, scale=1.0)[..., :head_dim]


def _position_scores(q: Tensor, rel_y: Tensor, rel_x: Tensor) -> tuple[Tensor, Tensor]:
    """Score queries against positions: `(B, heads, Y * X, Y)` and `(B, heads, Y * X, X)`."""
    grid = torch.unflatten(q, 2, (rel_y.shape[0], rel_x.shape[0]))
    scores_y = torch.einsum("bnyxd,ykd->bnyxk", grid, rel_y)
    scores_x = torch.einsum("bnyxd,xkd->bnyxk", grid, rel_x)
    return scores_y.flatten(2, 3), scores_x.flatten(2, 3)


class RelativeAttention(nn.Module):
    """Multi-head self-attention of a square map of tokens, with relative positions.

    Parameters
    ----------
    dim : int
        Channels of a token.
    num_heads : int
        Attention heads.
    size : int
        Side of the map (or window) in tokens.

    Attributes
    ----------
    attend : callable
        ``fused_attention``, or ``reference_attention`` to compare with.
    """

    attend: RelativeAttend

    def __init__(self, dim: int, num_heads: int, size: int) -> None:
        super().__init__()
        self.num_heads = num_heads
        self.size = size
        self.qkv = nn.Linear(dim, 3 * dim)
        self.proj = nn.Linear(dim, dim)
        self.rel_pos_h = nn.Parameter(torch.zeros(2 * size - 1, dim // num_heads))
        self.rel_pos_w = nn.Parameter(torch.zeros(2 * size - 1, dim // num_heads))
        self.attend = fused_attention

    def forward(self, tokens: Tensor) -> Tensor:
        """Map `(B, size, size, dim)` to the same shape."""
        # (3, B, heads, tokens, d)
        qkv = torch.unflatten(self.qkv(tokens).flatten(1, 2), 2, (3, self.num_heads, -1))
        q, k, v = qkv.permute(2, 0, 3, 1, 4)
        rel_y = relative_positions(self.rel_pos_h, self.size)
        rel_x = relative_positions(self.rel_pos_w, self.size)
        out = self.attend(q, k, v, rel_y, rel_x)
        # (B, tokens, dim)
        out = self.proj(out.transpose(1, 2).flatten(2))
        return torch.unflatten(out, 1, (self.size, self.size))
