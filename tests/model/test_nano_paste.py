"""Masks of nano come back to where they were, in every window."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from napari_samwise.model.nano_encoder import WINDOW_PX
from napari_samwise.model.nano_levels import Pyramid, Window
from napari_samwise.model.nano_paste import OUTSIDE_LOGIT, cut_mask, paste_logits, paste_mask

SIZES = [(57, 61), (100, 128), (256, 320), (512, 512), (943, 1024)]


@pytest.mark.parametrize("size", SIZES)
def test_a_mask_survives_cut_and_paste_on_every_level(size: tuple[int, int]) -> None:
    pyramid = Pyramid(size)
    middle = np.array(size) * 0.4
    radius = min(size) * 0.2
    logits = _disc(pyramid.logits_size, middle * pyramid.scale(0) / 2, radius / 2)
    truth = _disc(size, middle, radius / pyramid.scale(0)[0]) > 0
    tried = 0
    for level in range(pyramid.count):
        if 2 * radius / 2**level > 0.9 * WINDOW_PX:
            continue
        tried += 1
        window = pyramid.window(level, middle)
        part = cut_mask(logits, window)[0, 0]
        assert part.shape == (WINDOW_PX // 2, WINDOW_PX // 2)
        assert _iou(paste_logits(part, window, pyramid) > 0, logits > 0) > 0.9
        assert _iou(paste_mask(part, window, pyramid), truth) > 0.9
    assert tried


@pytest.mark.parametrize("size", [(400, 500), (160, 250), (943, 1024)])
def test_masks_are_the_upscaled_logits(size: tuple[int, int]) -> None:
    pyramid = Pyramid(size)
    generator = torch.Generator().manual_seed(1)
    coarse = torch.randn(1, 1, 12, 12, generator=generator) * 4
    part = F.interpolate(coarse, size=(WINDOW_PX // 2,) * 2, mode="bicubic")[0, 0]
    window = pyramid.window(0, np.array(size) / 2)
    mask = paste_mask(part, window, pyramid)
    logits = paste_logits(part, window, pyramid)
    height, width = pyramid.finest_size
    upscaled = F.interpolate(logits[None, None], scale_factor=2.0, mode="bilinear")
    upscaled = F.interpolate(upscaled[..., :height, :width], size)
    assert (mask == (upscaled[0, 0] > 0)).float().mean() > 0.99


def test_outside_the_window_nothing_is_claimed() -> None:
    pyramid = Pyramid((600, 600))
    window = Window(0, (200, 320))
    full = torch.full((WINDOW_PX // 2, WINDOW_PX // 2), 9.0)
    mask = paste_mask(full, window, pyramid)
    assert mask[200:392, 320:512].all()
    assert int(mask.sum()) == WINDOW_PX**2
    logits = paste_logits(full, window, pyramid)
    assert int((logits > 0).sum()) == (WINDOW_PX // 2) ** 2
    assert logits.min() == OUTSIDE_LOGIT


def test_a_window_larger_than_the_plane_fills_with_outside() -> None:
    pyramid = Pyramid((40, 40))
    part = cut_mask(torch.ones(pyramid.logits_size), Window(0, (0, 0)))
    assert (part[..., :80, :80] == 1).all()
    assert (part[..., 80:, :] == OUTSIDE_LOGIT).all()
    assert (part[..., :, 80:] == OUTSIDE_LOGIT).all()


def _disc(size: tuple[int, int], middle: np.ndarray, radius: float) -> Tensor:
    rows, columns = np.indices(size) + 0.5
    away = np.hypot(rows - middle[0], columns - middle[1])
    return torch.from_numpy(radius - away).float()


def _iou(a: Tensor, b: Tensor) -> float:
    return float((a & b).sum() / (a | b).sum())
