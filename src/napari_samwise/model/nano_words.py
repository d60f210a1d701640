"""The word head of ``nano``: what an object is called.

An object is described by the features inside its mask, by what surrounds it and by its size, as the
score head describes a mask. Which words there are lies in the weights, beside the numbers, so that
a file of weights says of itself what it can read.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from napari_samwise.geometry.boxed_mask import BoxedMask
from napari_samwise.geometry.roi import Roi
from napari_samwise.model.nano_encoder import WINDOW_PX, NanoConfig
from napari_samwise.model.nano_levels import Pyramid, Window
from napari_samwise.model.nano_prompts import ROOM_PX
from napari_samwise.model.nano_score import grow

_DENSE, _SCALARS, _HIDDEN = 3, 2, 128
_SIDE = WINDOW_PX // 2


class WordHead(nn.Module):
    """A score for every word, and for none of them.

    Parameters
    ----------
    config : NanoConfig
        Its ``words`` and ``spelling`` are the sizes of this head.
    """

    spelling: Tensor

    def __init__(self, config: NanoConfig) -> None:
        super().__init__()
        inputs = 2 * (config.embed_dim + config.detail_dim) + _DENSE + _SCALARS
        self.head = nn.Sequential(
            nn.Linear(inputs, _HIDDEN), nn.GELU(), nn.Linear(_HIDDEN, config.words + 1)
        )
        self.register_buffer("spelling", torch.zeros(config.spelling, dtype=torch.uint8))

    @property
    def vocabulary(self) -> tuple[str, ...]:
        """The words, in the order of the scores."""
        return tuple(bytes(self.spelling.tolist()).decode().split("\n"))

    def forward(self, seen: Tensor) -> Tensor:
        """Score the words for `P` objects.

        Parameters
        ----------
        seen : Tensor
            `(P, F)` float32, from ``describe_objects``.

        Returns
        -------
        Tensor
            `(P, words + 1)` logits of a softmax; the last one stands for none of the words.
        """
        scores: Tensor = self.head(seen)
        return scores


def describe_objects(embedding: Tensor, detail: Tensor, dense: Tensor, inside: Tensor) -> Tensor:
    """Describe `P` objects for ``WordHead``, each in its own window.

    The mean embedding of the window tells what kind of image it is.

    Parameters
    ----------
    embedding : Tensor
        `(P, embed_dim, 24, 24)`.
    detail : Tensor
        `(P, detail_dim, 48, 48)`.
    dense : Tensor
        `(P, 3, 48, 48)`, what ``DenseHeads`` see.
    inside : Tensor
        `(P, 1, 96, 96)` float32, the share of each cell that the object covers.

    Returns
    -------
    Tensor
        `(P, F)` float32.
    """
    fine = F.avg_pool2d(inside, 2)
    coarse = F.avg_pool2d(fine, 2)
    ring = (grow(fine) - fine).clamp(min=0)
    within = _mean(detail, fine)
    scalars = [(part.sum((-3, -2, -1)) + 1).log()[:, None] for part in (fine, ring)]
    parts = [
        _mean(embedding, coarse),
        embedding.mean((-2, -1)),
        within,
        _mean(detail, ring) - within,
        _mean(dense.clamp(-8, 8), fine),
        *scalars,
    ]
    return torch.cat(parts, 1)


def word_windows(masks: Sequence[BoxedMask], pyramid: Pyramid) -> list[Window]:
    """Choose for each object the finest level on which all of it fits into a window.

    Parameters
    ----------
    masks : sequence of BoxedMask
        In pixels of the plane, not empty.
    pyramid : Pyramid
        The pyramid of the plane.
    """
    windows = []
    for mask in masks:
        level = _level_of(mask.roi, pyramid)
        first, last = np.array(mask.roi.offset), np.array(mask.roi.end)
        windows.append(pyramid.window(level, (first + last - 1) / 2))
    return windows


def draw_in_window(mask: BoxedMask, window: Window, pyramid: Pyramid) -> NDArray[np.float32]:
    """Return how much of each cell of a window a mask covers.

    Parameters
    ----------
    mask : BoxedMask
        In pixels of the plane.
    window : Window
        Where to look.
    pyramid : Pyramid
        The pyramid of the plane.

    Returns
    -------
    ndarray
        `(96, 96)` float32, 0 to 1.
    """
    rows, columns = (
        _overlaps(mask.roi.offset[axis], mask.roi.shape[axis], window.corner[axis], scale)
        for axis, scale in enumerate(pyramid.scale(window.level))
    )
    covered: NDArray[np.float32] = rows @ mask.inside.astype(np.float32) @ columns.T
    return covered


def _overlaps(first: int, count: int, corner: int, scale: float) -> NDArray[np.float32]:
    """Return `(96, count)`: the share of each cell that lies in each pixel, along one axis."""
    pixels = (np.arange(first, first + count + 1) * scale - corner) / 2
    cells = np.arange(_SIDE)[:, None]
    shared = np.minimum(pixels[1:], cells + 1) - np.maximum(pixels[:-1], cells)
    return shared.clip(min=0).astype(np.float32)


def _level_of(roi: Roi, pyramid: Pyramid) -> int:
    for level in range(pyramid.count - 1):
        scales = zip(roi.shape, pyramid.scale(level), strict=True)
        if max(side * scale for side, scale in scales) <= ROOM_PX:
            return level
    return pyramid.count - 1


def _mean(features: Tensor, weights: Tensor) -> Tensor:
    """Return `(P, C)` means of `(P, C, s, s)` features over `(P, 1, s, s)` weights."""
    total = (features * weights).sum((-2, -1))
    mean: Tensor = total / (weights.sum((-2, -1)) + 1e-3)
    return mean
