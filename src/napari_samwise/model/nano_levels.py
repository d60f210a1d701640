"""The pyramid of ``nano``: the plane at several scales, and windows in them.

What a click does not say is the size of the object. So the plane is encoded at every power of two
of scale, a prompt is decoded in a window of fixed size on each level that could hold its object,
and the candidates compete by predicted IoU: part, object, cluster.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from napari_samwise.model.nano_encoder import WINDOW_PX

LONGEST_PX = 2048
"""Planes with a longer side are shrunk to this, as SAM shrinks to 1024."""

_PAD = 32
_CELL = 8


@dataclass(frozen=True, slots=True)
class Pyramid:
    """The levels of one plane.

    Parameters
    ----------
    image_size : tuple of int
        `(Y, X)` of the plane.

    Attributes
    ----------
    finest_size : tuple of int
        `(h, w)` of level 0 in its own pixels.
    count : int
        Number of levels; level k has half the resolution of level k - 1.
    """

    image_size: tuple[int, int]

    @property
    def finest_size(self) -> tuple[int, int]:
        """Size of level 0: small planes are magnified, so that small objects span many cells."""
        longest = max(self.image_size)
        if longest <= 80:
            scale = 4.0
        elif longest <= 320:
            scale = 2.0
        else:
            scale = min(1.0, LONGEST_PX / longest)
        height, width = (max(1, round(side * scale)) for side in self.image_size)
        return height, width

    @property
    def count(self) -> int:
        """Halve until the whole plane fits into one window."""
        count, longest = 1, max(self.finest_size)
        while longest > WINDOW_PX:
            count, longest = count + 1, (longest + 1) // 2
        return count

    @property
    def logits_size(self) -> tuple[int, int]:
        """Size `(h, w)` of low-resolution logits: level 0 at stride 2."""
        height, width = self.finest_size
        return (height + 1) // 2, (width + 1) // 2

    def scale(self, level: int) -> tuple[float, float]:
        """Pixels of the level per pixel of the plane, along y and x."""
        height, width = self.finest_size
        return (
            height / self.image_size[0] / 2**level,
            width / self.image_size[1] / 2**level,
        )

    def size(self, level: int) -> tuple[int, int]:
        """Size `(h, w)` of a level in its own pixels, before padding."""
        height, width = self.finest_size
        step = 2**level
        return -(-height // step), -(-width // step)

    def window(self, level: int, centre: Tensor) -> tuple[int, int]:
        """Return the corner (y, x) of the window nearest around ``centre``, in level pixels.

        Windows start on the grid of the embedding and stay inside the padded level.
        """
        corner = []
        for axis in (0, 1):
            last = -(-max(self.size(level)[axis] - WINDOW_PX, 0) // _CELL) * _CELL
            start = round((float(centre[axis]) - WINDOW_PX / 2) / _CELL) * _CELL
            corner.append(min(max(start, 0), last))
        return corner[0], corner[1]


def build_levels(picture: Tensor, pyramid: Pyramid) -> list[Tensor]:
    """Return the padded pictures of all levels.

    Parameters
    ----------
    picture : Tensor
        `(1, 3, Y, X)` float32, normalised so that 0 is mid-grey.
    pyramid : Pyramid
        The pyramid of this plane.

    Returns
    -------
    list of Tensor
        `(1, 3, H, W)`, H and W divisible by 32 and at least the window; padded with 0.
    """
    if pyramid.finest_size != pyramid.image_size:
        picture = F.interpolate(
            picture,
            size=pyramid.finest_size,
            mode="bilinear",
            align_corners=False,
            antialias=max(pyramid.finest_size) < max(pyramid.image_size),
        )
    levels = []
    for level in range(pyramid.count):
        if level:
            odd = (0, picture.shape[-1] % 2, 0, picture.shape[-2] % 2)
            picture = F.avg_pool2d(F.pad(picture, odd, mode="replicate"), 2)
        height, width = (
            -(-max(side + _CELL, WINDOW_PX) // _PAD) * _PAD for side in picture.shape[-2:]
        )
        pad = (0, width - picture.shape[-1], 0, height - picture.shape[-2])
        levels.append(F.pad(picture, pad).contiguous(memory_format=torch.channels_last))
    return levels


def cut_mask(logits: Tensor, level: int, corner: tuple[int, int], outside: float) -> Tensor:
    """Cut a window's part out of low-resolution logits.

    Parameters
    ----------
    logits : Tensor
        `(h, w)` float32 at stride 2 of level 0.
    level : int
        Level of the window.
    corner : tuple of int
        Corner of the window in pixels of its level.
    outside : float
        Logit beyond the plane.

    Returns
    -------
    Tensor
        `(1, 1, 96, 96)`, at stride 2 of the window's level.
    """
    step = 2**level
    side = WINDOW_PX // 2 * step
    y, x = (start * step // 2 for start in corner)
    part = logits[y : y + side, x : x + side]
    pad = (0, side - part.shape[1], 0, side - part.shape[0])
    part = F.pad(part, pad, value=outside)[None, None]
    return F.avg_pool2d(part, step) if step > 1 else part


def paste_logits(
    window: Tensor, level: int, corner: tuple[int, int], size: tuple[int, int], outside: float
) -> Tensor:
    """Put a window's logits `(96, 96)` into low-resolution logits `(h, w)` of the whole plane."""
    step = 2**level
    if step > 1:
        window = F.interpolate(
            window[None, None], scale_factor=float(step), mode="bilinear", align_corners=False
        )[0, 0]
    whole = window.new_full(size, outside)
    y, x = (start * step // 2 for start in corner)
    target = whole[y : y + window.shape[0], x : x + window.shape[1]]
    target.copy_(window[: target.shape[0], : target.shape[1]])
    return whole


def paste_mask(window: Tensor, level: int, corner: tuple[int, int], pyramid: Pyramid) -> Tensor:
    """Sample a window's logits `(96, 96)` at the plane's pixels; return a `(Y, X)` bool mask."""
    mask = torch.zeros(pyramid.image_size, dtype=torch.bool, device=window.device)
    spans, grids = [], []
    for axis in (0, 1):
        scale, start = pyramid.scale(level)[axis], corner[axis]
        first = max(0, int(start / scale))
        last = min(pyramid.image_size[axis], int((start + WINDOW_PX) / scale) + 1)
        pixels = torch.arange(first, last, device=window.device, dtype=torch.float32)
        unit = ((pixels + 0.5) * scale - start) / WINDOW_PX
        inside = (unit >= 0) & (unit <= 1)
        first, pixels = first + int((~inside).int().argmin()), unit[inside]
        spans.append(slice(first, first + len(pixels)))
        grids.append(2 * pixels - 1)
    grid = torch.stack(torch.meshgrid(grids[0], grids[1], indexing="ij")[::-1], -1)[None]
    sampled = F.grid_sample(
        window[None, None], grid, mode="bilinear", padding_mode="border", align_corners=False
    )
    mask[spans[0], spans[1]] = sampled[0, 0] > 0
    return mask
