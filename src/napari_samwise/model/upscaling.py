"""From the cells of an embedding to the pixels of mask logits, four times finer."""

from __future__ import annotations

from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from napari_samwise.model.layers import LayerNorm2d


class Upscaling(nn.Sequential):
    """Two transposed convolutions that double a map, applied without moving pixels.

    A transposed convolution whose kernel is its stride is a linear map from a cell to the 2 x 2
    pixels under it. So pixels can stay with their cell while they still have many channels, and
    ``join_pixels`` puts only the finished masks in order. As an ``nn.Sequential`` the layers have
    their published names, and ``nn.Sequential.forward`` is the plain form.

    Parameters
    ----------
    dim : int
        Channels of a cell; a pixel has an eighth of them.
    """

    def __init__(self, dim: int) -> None:
        super().__init__(
            nn.ConvTranspose2d(dim, dim // 4, kernel_size=2, stride=2),
            LayerNorm2d(dim // 4),
            nn.GELU(),
            nn.ConvTranspose2d(dim // 4, dim // 8, kernel_size=2, stride=2),
            nn.GELU(),
        )

    def forward(self, cells: Tensor) -> Tensor:
        """Map cells `(N, L, dim)` to their pixels, `(N, L * 16, dim / 8)`."""
        norm = cast("LayerNorm2d", self[1])
        pixels = _double(cells, cast("nn.ConvTranspose2d", self[0]))
        pixels = F.gelu(nn.LayerNorm.forward(norm, pixels))
        return F.gelu(_double(pixels, cast("nn.ConvTranspose2d", self[3])))


def _double(x: Tensor, conv: nn.ConvTranspose2d) -> Tensor:
    """Apply a 2 x 2 transposed convolution to `(N, P, C)`: `(N, P * 4, C')`."""
    # (C, C', 2, 2) to (4 * C', C)
    weight = conv.weight.permute(2, 3, 1, 0).flatten(0, 2)
    bias = cast("Tensor", conv.bias).repeat(4)
    return torch.unflatten(F.linear(x, weight, bias), 2, (4, -1)).flatten(1, 2)


def join_pixels(pixels: Tensor, height: int, width: int) -> Tensor:
    """Put pixels that lie with their cell in the order of a map.

    Parameters
    ----------
    pixels : Tensor
        `(N, M, h * w * 16)`: cells in row-major order; within a cell its 2 x 2 quarters, within a
        quarter its 2 x 2 pixels.
    height, width : int
        Size of the embedding in cells.

    Returns
    -------
    Tensor
        `(N, M, 4 * h, 4 * w)`.
    """
    # (N, M, h, w, 2, 2, 2, 2) to (N, M, h, 2, 2, w, 2, 2)
    grid = torch.unflatten(pixels, 2, (height, width, 2, 2, 2, 2)).permute(0, 1, 2, 4, 6, 3, 5, 7)
    return grid.flatten(5).flatten(2, 4)
