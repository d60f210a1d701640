"""Partitions of the plane: cells, grains and foams that fill it."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from napari_samwise.learn.scenes.draw import Draw
from napari_samwise.learn.scenes.fields import grid, smooth_noises

_BLOCK_PX = 8
_RIVALS = 12


def partition(
    draw: Draw,
    size: int,
    seeds: Tensor,
    warp_px: float,
    weights: Tensor | None = None,
    warp_scale_px: float | None = None,
    at: Tensor | None = None,
) -> tuple[Tensor, Tensor]:
    """Divide the plane among seeds: a power (Laguerre) diagram with bent borders.

    Parameters
    ----------
    draw : Draw
        Source of every choice.
    size : int
        Side of the picture.
    seeds : Tensor
        `(N, 2)` float32, (row, column); at least two. They may lie outside the picture.
    warp_px : float
        Spread of the displacement that bends the borders; 0 leaves them straight.
    weights : Tensor, optional
        `(N,)` float32 in pixels, the radius of each seed's circle: larger ones take more room (and
        much smaller ones may get none). By default all are alike: Voronoi cells.
    warp_scale_px : float, optional
        Over which the displacement varies; by default a sixth of the picture.
    at : Tensor, optional
        `(2, Y, X)` float32, where each pixel lies among the seeds (turned or stretched, say); by
        default at its own (row, column).

    Returns
    -------
    cells : Tensor
        `(Y, X)` int32, 1 to N.
    border : Tensor
        `(Y, X)` float32 in pixels, the distance to the nearest border before it was bent.
    """
    if at is None:
        at = grid(size, draw.device)
    if warp_px > 0:
        at = at + warp_px * smooth_noises(draw, size, warp_scale_px or size / 6, 2)
    radii = torch.zeros(len(seeds), device=draw.device) if weights is None else weights
    blocks = _blocks(at, size)  # (B, P, 2)
    # Only the seeds near the middle of a block can be nearest to one of its pixels.
    power = torch.cdist(blocks.mean(1), seeds).square() - radii.square()
    near = power.topk(min(_RIVALS, len(seeds)), largest=False).indices  # (B, K)
    rivals = seeds[near]
    power = torch.cdist(blocks, rivals, compute_mode="donot_use_mm_for_euclid_dist").square()
    power = power - radii[near].square()[:, None]  # (B, P, K)
    best, winner = power.min(2)
    apart = torch.cdist(rivals, rivals)  # (B, K, K)
    margin = (power - best[..., None]) / (2 * _of_winner(apart, winner)).clamp(min=1e-3)
    border = margin.scatter(2, winner[..., None], torch.inf).amin(2)
    cells = near.gather(1, winner) + 1
    return _plane(cells, size).to(torch.int32), _plane(border, size)


def _of_winner(apart: Tensor, winner: Tensor) -> Tensor:
    """Return `(B, P, K)`, the distances of each pixel's winning seed to its rivals."""
    return apart.gather(1, winner[..., None].expand(-1, -1, apart.shape[2]))


def _blocks(at: Tensor, size: int) -> Tensor:
    """Return the `(2, Y, X)` positions as `(B, P, 2)`, block by block, the rim repeated."""
    more = -size % _BLOCK_PX
    padded = F.pad(at[None], (0, more, 0, more), mode="replicate")[0]
    side = (size + more) // _BLOCK_PX
    tiles = padded.view(2, side, _BLOCK_PX, side, _BLOCK_PX).permute(1, 3, 2, 4, 0)
    return tiles.reshape(side**2, _BLOCK_PX**2, 2)


def _plane(values: Tensor, size: int) -> Tensor:
    """Return `(B, P)` values of blocks as `(size, size)`."""
    side = -(-size // _BLOCK_PX)
    tiles = values.view(side, side, _BLOCK_PX, _BLOCK_PX).transpose(1, 2)
    return tiles.reshape(side * _BLOCK_PX, side * _BLOCK_PX)[:size, :size].contiguous()
