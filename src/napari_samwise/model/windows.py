"""Cutting a map of tokens into square windows, and putting it together again."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor


def partition(tokens: Tensor, size: int) -> Tensor:
    """Cut a map into windows, zero-padded at the bottom and right.

    Parameters
    ----------
    tokens : Tensor
        `(B, Y, X, C)`.
    size : int
        Side of a window in tokens.

    Returns
    -------
    Tensor
        `(B * windows, size, size, C)`, windows of an image in row-major order.
    """
    height, width = tokens.shape[1:3]
    tokens = F.pad(tokens, (0, 0, 0, -width % size, 0, -height % size))
    # (B, rows, size, columns, size, C)
    grid = torch.unflatten(torch.unflatten(tokens, 2, (-1, size)), 1, (-1, size))
    return grid.transpose(2, 3).flatten(0, 2)


def unpartition(windows: Tensor, image_size: tuple[int, int]) -> Tensor:
    """Undo ``partition``, dropping the padding.

    Parameters
    ----------
    windows : Tensor
        `(B * windows, size, size, C)`.
    image_size : tuple of int
        `(Y, X)` of the map in tokens.

    Returns
    -------
    Tensor
        `(B, Y, X, C)`.
    """
    size = windows.shape[1]
    height, width = image_size
    rows, columns = -(-height // size), -(-width // size)
    grid = torch.unflatten(windows, 0, (-1, rows, columns))
    # (B, rows, size, columns, size, C)
    tokens = grid.transpose(2, 3).flatten(3, 4).flatten(1, 2)
    return tokens[:, :height, :width]
