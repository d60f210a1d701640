"""The pyramid of nano: where windows lie, and that masks come back to where they were."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from napari_samwise.model.nano_encoder import WINDOW_PX
from napari_samwise.model.nano_levels import (
    Pyramid,
    build_levels,
    cut_mask,
    paste_logits,
    paste_mask,
)

sides = st.integers(16, 700)


@given(sides, sides)
@settings(max_examples=60, deadline=None)
def test_coarsest_level_fits_into_one_window(height: int, width: int) -> None:
    pyramid = Pyramid((height, width))
    assert max(pyramid.size(pyramid.count - 1)) <= WINDOW_PX
    if pyramid.count > 1:
        assert max(pyramid.size(pyramid.count - 2)) > WINDOW_PX


@given(sides, sides, st.floats(0, 1), st.floats(0, 1))
@settings(max_examples=60, deadline=None)
def test_windows_hold_their_centre_and_stay_inside(
    height: int, width: int, down: float, right: float
) -> None:
    pyramid = Pyramid((height, width))
    levels = build_levels(torch.zeros(1, 3, height, width), pyramid)
    for level, padded in enumerate(levels):
        size = pyramid.size(level)
        centre = torch.tensor([down * size[0], right * size[1]])
        corner = pyramid.window(level, centre)
        for axis in (0, 1):
            assert corner[axis] % 8 == 0
            assert corner[axis] <= float(centre[axis]) <= corner[axis] + WINDOW_PX
            assert 0 <= corner[axis] <= padded.shape[axis + 2] - WINDOW_PX


def test_levels_are_halves_of_each_other() -> None:
    picture = torch.rand(1, 3, 401, 333)
    levels = build_levels(picture, Pyramid((401, 333)))
    fine = torch.nn.functional.avg_pool2d(levels[0][..., :400, :332], 2)
    torch.testing.assert_close(levels[1][..., :200, :166], fine)


@pytest.mark.parametrize("size", [(57, 61), (100, 128), (256, 320), (512, 512), (943, 1024)])
def test_a_mask_survives_cut_and_paste(size: tuple[int, int]) -> None:
    pyramid = Pyramid(size)
    rows, columns = torch.meshgrid(
        *(torch.arange(side, dtype=torch.float32) for side in pyramid.logits_size), indexing="ij"
    )
    middle = [side * 0.4 for side in pyramid.logits_size]
    radius = min(pyramid.logits_size) * 0.2
    logits = radius - torch.hypot(rows - middle[0], columns - middle[1])
    for level in range(pyramid.count):
        radius_px = radius * 2 / 2**level
        if 2 * radius_px > 0.9 * WINDOW_PX:
            continue
        centre = torch.tensor([2 * m / 2**level for m in middle])
        corner = pyramid.window(level, centre)
        window = cut_mask(logits, level, corner, -10.0)[0, 0]
        again = paste_logits(window, level, corner, pyramid.logits_size, -10.0)
        assert _iou(again > 0, logits > 0) > 0.9
        mask = paste_mask(window, level, corner, pyramid)
        whole = torch.nn.functional.interpolate(
            logits[None, None], size=size, mode="bilinear", align_corners=False
        )[0, 0]
        assert _iou(mask, whole > 0) > 0.9


def _iou(a: torch.Tensor, b: torch.Tensor) -> float:
    return float((a & b).sum() / (a | b).sum())
