"""The pyramid of nano: its levels, and where windows lie in them."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from napari_samwise.model.nano_encoder import WINDOW_PX
from napari_samwise.model.nano_levels import LONGEST_PX, Pyramid, build_levels

sides = st.integers(16, 700)
few = settings(max_examples=25, deadline=None)


@given(sides, sides)
def test_coarsest_level_fits_into_one_window(height: int, width: int) -> None:
    pyramid = Pyramid((height, width))
    assert max(pyramid.size(pyramid.count - 1)) <= WINDOW_PX
    if pyramid.count > 1:
        assert max(pyramid.size(pyramid.count - 2)) > WINDOW_PX


@given(sides, sides, st.floats(0, 1), st.floats(0, 1))
@few
def test_windows_hold_their_centre_and_stay_inside(
    height: int, width: int, down: float, right: float
) -> None:
    pyramid = Pyramid((height, width))
    centre = np.array([down * (height - 1), right * (width - 1)])
    levels = build_levels(torch.zeros(1, 1, height, width), pyramid)
    assert len(levels) == pyramid.count
    for level, padded in enumerate(levels):
        window = pyramid.window(level, centre)
        assert window.level == level
        placed = pyramid.to_window(centre[None], window)
        assert ((placed > 0) & (placed < WINDOW_PX)).all()
        for axis in (0, 1):
            assert window.corner[axis] % 8 == 0
            assert 0 <= window.corner[axis] <= padded.shape[axis + 2] - WINDOW_PX


def test_windows_are_centred_where_there_is_room() -> None:
    pyramid = Pyramid((900, 900))
    window = pyramid.window(0, np.array([400.0, 500.0]))
    placed = pyramid.to_window(np.array([[400.0, 500.0]]), window)
    assert np.abs(placed - WINDOW_PX / 2).max() <= 4.5


def test_levels_are_halves_of_each_other() -> None:
    picture = torch.rand(1, 3, 401, 333, generator=torch.Generator().manual_seed(0))
    levels = build_levels(picture, Pyramid((401, 333)))
    fine = torch.nn.functional.avg_pool2d(levels[0][..., :400, :332], 2)
    torch.testing.assert_close(levels[1][..., :200, :166], fine)


def test_levels_are_padded_with_mid_grey_for_the_encoder() -> None:
    for padded in build_levels(torch.ones(1, 3, 333, 401), Pyramid((333, 401))):
        assert padded.shape[-2] % 32 == padded.shape[-1] % 32 == 0
        assert set(padded.unique().tolist()) == {0.0, 1.0}


@pytest.mark.parametrize(
    ("image_size", "finest"),
    [
        ((16, 16), (64, 64)),
        ((80, 33), (320, 132)),
        ((81, 33), (162, 66)),
        ((512, 400), (512, 400)),
        ((4096, 1000), (LONGEST_PX, 500)),
        ((20, 8192), (5, LONGEST_PX)),
    ],
)
def test_small_planes_are_magnified_and_large_ones_shrunk(
    image_size: tuple[int, int], finest: tuple[int, int]
) -> None:
    assert Pyramid(image_size).finest_size == finest
