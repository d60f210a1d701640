"""Masks between a window of ``nano`` and the whole plane."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from napari_samwise.geometry.logits_patch import OUTSIDE_LOGIT
from napari_samwise.model.nano_encoder import WINDOW_PX
from napari_samwise.model.nano_levels import Pyramid, Window
from napari_samwise.model.sampling import sample_bilinear

_PIXELS_AT_ONCE = 2**22


def cut_mask(logits: Tensor, window: Window) -> Tensor:
    """Cut a window's part out of low-resolution logits.

    Parameters
    ----------
    logits : Tensor
        `(h, w)` float32 at stride 2 of level 0.
    window : Window
        What to cut.

    Returns
    -------
    Tensor
        `(1, 1, 96, 96)` float32, at stride 2 of the window's level.
    """
    step = 2**window.level
    side = WINDOW_PX // 2 * step
    y, x = (start * step // 2 for start in window.corner)
    part = logits[y : y + side, x : x + side]
    pad = (0, side - part.shape[1], 0, side - part.shape[0])
    return F.avg_pool2d(F.pad(part, pad, value=OUTSIDE_LOGIT)[None, None], step)


def paste_logits(logits: Tensor, window: Window, pyramid: Pyramid) -> Tensor:
    """Put a window's logits into low-resolution logits of the whole plane.

    Parameters
    ----------
    logits : Tensor
        `(96, 96)` float32 at stride 2 of the window's level.
    window : Window
        Where they belong.
    pyramid : Pyramid
        The pyramid of the plane.

    Returns
    -------
    Tensor
        `(h, w)` float32 at stride 2 of level 0.
    """
    step = 2**window.level
    if step > 1:
        logits = F.interpolate(
            logits[None, None], scale_factor=float(step), mode="bilinear", align_corners=False
        )[0, 0]
    whole = logits.new_full(pyramid.logits_size, OUTSIDE_LOGIT)
    y, x = (start * step // 2 for start in window.corner)
    target = whole[y : y + logits.shape[0], x : x + logits.shape[1]]
    target.copy_(logits[: target.shape[0], : target.shape[1]])
    return whole


def paste_mask(logits: Tensor, window: Window, pyramid: Pyramid) -> Tensor:
    """Sample a window's logits at the plane's pixels.

    Parameters
    ----------
    logits : Tensor
        `(96, 96)` float32 at stride 2 of the window's level.
    window : Window
        Where they belong.
    pyramid : Pyramid
        The pyramid of the plane.

    Returns
    -------
    Tensor
        `(Y, X)` bool in pixels of the plane, False beyond the window.
    """
    part, (y, x) = sample_mask(logits, window, pyramid)
    mask = torch.zeros(pyramid.image_size, dtype=torch.bool, device=logits.device)
    mask[y : y + part.shape[0], x : x + part.shape[1]] = part
    return mask


def sample_mask(logits: Tensor, window: Window, pyramid: Pyramid) -> tuple[Tensor, tuple[int, int]]:
    """Sample a window's logits at the plane's pixels around the positive ones only.

    Parameters
    ----------
    logits, window, pyramid
        As of ``paste_mask``.

    Returns
    -------
    mask : Tensor
        `(h, w)` bool; outside of it the mask is False.
    offset : tuple of int
        (y, x) of its first pixel in the plane.
    """
    positive = (logits > 0).cpu().numpy()
    cells = logits.shape[-1]
    offset, grids = [], []
    for axis in (0, 1):
        scale, start = pyramid.scale(window.level)[axis], window.corner[axis]
        pixels = np.arange(pyramid.image_size[axis], dtype=np.float32)
        unit = ((pixels + 0.5) * scale - start) / WINDOW_PX
        where = np.flatnonzero(positive.any(1 - axis)).tolist() or [cells, 0]
        # Interpolation carries a positive logit to the centres of the cells beside it.
        low, high = max(where[0] - 1, 0) / cells, min(where[-1] + 2, cells) / cells
        inside = np.flatnonzero((unit >= low) & (unit <= high))
        offset.append(int(inside[0]) if len(inside) else 0)
        grids.append(torch.from_numpy(2 * unit[inside] - 1).to(logits.device))
    if not len(grids[0]) or not len(grids[1]):
        return torch.zeros(0, 0, dtype=torch.bool, device=logits.device), (0, 0)
    # By rows, because on a coarse level of a slide the grid of a window has a billion places.
    step = max(1, _PIXELS_AT_ONCE // len(grids[1]))
    strips = [_sample(logits, rows, grids[1]) for rows in torch.split(grids[0], step)]
    return torch.cat(strips), (offset[0], offset[1])


def _sample(logits: Tensor, rows: Tensor, columns: Tensor) -> Tensor:
    """Return bool `(rows, columns)`; places go from -1 to 1 over the window."""
    # The sampling grid wants (x, y).
    grid = torch.stack(torch.meshgrid(rows, columns, indexing="ij")[::-1], -1)[None]
    return sample_bilinear(logits[None, None], grid)[0, 0] > 0
