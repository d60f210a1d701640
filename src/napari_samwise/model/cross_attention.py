"""Attention between the few tokens of a prompt and the many cells of an image."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class Attention(nn.Module):
    """Multi-head attention whose inner width may be smaller than that of its inputs.

    ``forward`` is the plain form. Where one side has a handful of tokens and the other thousands
    of cells, ``read_image`` and ``write_image`` give the same result with every projection moved
    to the side of the tokens: ``(W_q t).(W_k c) = (W_k^T W_q t).c``, and a mean of projected
    values is the projection of the mean. No cell is projected any more, which is most of the work
    of a decoder.

    Parameters
    ----------
    dim : int
        Channels of inputs and outputs.
    num_heads : int
        Attention heads.
    downsample : int
        ``dim`` over the inner width.

    Attributes
    ----------
    can_fold : bool
        Whether to move the projections where it pays; False gives the plain form everywhere.
    """

    def __init__(self, dim: int, num_heads: int, downsample: int = 1) -> None:
        super().__init__()
        self.num_heads = num_heads
        self.inner_dim = dim // downsample
        self.scale = (self.inner_dim // num_heads) ** -0.5
        self.q_proj = nn.Linear(dim, self.inner_dim)
        self.k_proj = nn.Linear(dim, self.inner_dim)
        self.v_proj = nn.Linear(dim, self.inner_dim)
        self.out_proj = nn.Linear(self.inner_dim, dim)
        self.can_fold = True

    def forward(self, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        """Attend from queries `(N or 1, Q, dim)` to keys and values `(N or 1, K, dim)`.

        Returns `(N, Q, dim)`; what is shared by all is projected once.
        """
        count = max(len(q), len(k))
        queries, keys, values = (
            self._split(project(x)).expand(count, -1, -1, -1)
            for project, x in ((self.q_proj, q), (self.k_proj, k), (self.v_proj, v))
        )
        out = F.scaled_dot_product_attention(queries, keys, values)
        projected: Tensor = self.out_proj(out.transpose(1, 2).flatten(2))
        return projected

    def read_image(self, tokens: Tensor, cells: Tensor, values: Tensor) -> Tensor:
        """Attend from tokens to the image.

        Parameters
        ----------
        tokens : Tensor
            `(N, T, dim)`, with their position encoding.
        cells : Tensor
            `(N or 1, L, dim)`, with their position encoding.
        values : Tensor
            `(N or 1, L, dim)`, the cells without it.

        Returns
        -------
        Tensor
            `(N, T, dim)`.
        """
        # Cells that many prompts share are cheaper to project, once for all of them.
        if not self._folding_pays(len(tokens) // len(cells) * tokens.shape[1]):
            out: Tensor = self(tokens, cells, values)
            return out
        queries = self._split(self.q_proj(tokens)) * self.scale
        # (N, heads, T, dim); the keys' bias adds the same to every score of a query, so it falls
        # out of the softmax.
        folded = queries @ torch.unflatten(self.k_proj.weight, 0, (self.num_heads, -1))
        # (N, heads * T, L)
        weights = (folded.flatten(1, 2) @ cells.mT).softmax(dim=-1)
        means = torch.unflatten(weights @ values, 1, (self.num_heads, -1))
        heads = means @ torch.unflatten(self.v_proj.weight, 0, (self.num_heads, -1)).mT
        projected: Tensor = self.out_proj(heads.transpose(1, 2).flatten(2) + self.v_proj.bias)
        return projected

    def write_image(self, cells: Tensor, tokens: Tensor, values: Tensor) -> Tensor:
        """Attend from the image to tokens.

        Parameters
        ----------
        cells : Tensor
            `(N or 1, L, dim)`, with their position encoding.
        tokens : Tensor
            `(N, T, dim)`, with their position encoding.
        values : Tensor
            `(N, T, dim)`, the tokens without it.

        Returns
        -------
        Tensor
            `(N, L, dim)`.
        """
        if not self._folding_pays(tokens.shape[1]):
            out: Tensor = self(cells, tokens, values)
            return out
        keys = self._split(self.k_proj(tokens)) * self.scale
        # (N, heads, T, dim) and (N, heads, T, 1)
        folded = keys @ torch.unflatten(self.q_proj.weight, 0, (self.num_heads, -1))
        offsets = keys @ self.q_proj.bias.view(self.num_heads, -1, 1)
        # (N, L, heads * T)
        scores = cells @ folded.flatten(1, 2).mT + offsets.flatten(1).unsqueeze(1)
        weights = torch.unflatten(scores, 2, (self.num_heads, -1)).softmax(dim=-1).flatten(2)
        # (N, heads, T, dim)
        outputs = self._split(self.v_proj(values)) @ self._split(self.out_proj.weight).mT
        return weights @ outputs.flatten(1, 2) + self.out_proj.bias

    def _split(self, x: Tensor) -> Tensor:
        """Split the heads: `(..., n, inner_dim)` to `(..., heads, n, d)`."""
        return torch.unflatten(x, -1, (self.num_heads, -1)).transpose(-3, -2)

    def _folding_pays(self, tokens_per_cell: int) -> bool:
        """Whether the folded form multiplies less for each cell than projecting it."""
        return self.can_fold and tokens_per_cell * self.num_heads <= self.inner_dim
