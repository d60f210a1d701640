"""Restyled pictures: another look, the same outlines."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage as ndi

from napari_samwise.learn.noise import FloatImage
from napari_samwise.learn.restyle import mix_colours, random_filter, restyle, tone_curve


def _picture(seed: int, *, grey: bool) -> FloatImage:
    rng = np.random.default_rng(seed)
    planes = ndi.gaussian_filter(rng.random((1 if grey else 3, 40, 40)), (0, 2, 2))
    planes = (planes - planes.min()) / (planes.max() - planes.min())
    return np.repeat(planes, 3 if grey else 1, 0).astype(np.float32)


@given(seed=st.integers(0, 2**32), grey=st.booleans())
def test_a_restyled_picture_is_a_picture(seed: int, grey: bool) -> None:
    picture = _picture(seed % 7, grey=grey)
    before = picture.copy()
    out = restyle(np.random.default_rng(seed), picture, grey=grey)
    assert out.shape == picture.shape
    assert out.dtype == np.float32
    assert 0 <= out.min() <= out.max() <= 1
    assert out.std() >= 0.05
    np.testing.assert_array_equal(picture, before)
    if grey:
        np.testing.assert_array_equal(out[0], out[1])
        np.testing.assert_array_equal(out[0], out[2])


def test_every_look_is_drawn_and_most_pictures_stay() -> None:
    picture = _picture(1, grey=False)
    rng = np.random.default_rng(0)
    changed = [restyle(rng, picture, grey=False) is not picture for _ in range(400)]
    assert 0.3 < np.mean(changed) < 0.6


@pytest.mark.parametrize("change", [tone_curve, mix_colours])
def test_pixels_of_one_colour_keep_one_colour(change) -> None:  # type: ignore[no-untyped-def]
    picture = np.zeros((3, 8, 8), np.float32)
    picture[0, 2:6, 2:6], picture[1] = 0.8, 0.3
    for seed in range(20):
        out = change(np.random.default_rng(seed), picture)
        assert np.ptp(out[:, 2:6, 2:6], axis=(1, 2)).max() == 0
        assert np.ptp(out[:, :2], axis=(1, 2)).max() == 0


def test_a_filter_moves_nothing() -> None:
    picture = np.zeros((3, 33, 33), np.float32)
    picture[:, 16, 16] = 1
    for seed in range(20):
        out = random_filter(np.random.default_rng(seed), picture, grey=True)
        touched = np.argwhere(np.abs(out[0] - out[0, 0, 0]) > 1e-6)
        assert np.abs(touched - 16).max() <= 2


def test_a_picture_without_contrast_is_not_asked_for_any() -> None:
    flat = np.full((3, 16, 16), 0.4, np.float32)
    for seed in range(40):
        assert np.isfinite(restyle(np.random.default_rng(seed), flat, grey=True)).all()
