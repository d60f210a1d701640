"""Simulated clicks lie where a user would click."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import ndimage as ndi

from napari_samwise.learn.clicks import (
    deepest_point,
    error_point,
    random_error_point,
    random_point,
    tight_box,
)

sizes = st.tuples(st.integers(1, 12), st.integers(1, 12))
masks = sizes.flatmap(lambda size: arrays(bool, size)).filter(np.any)
pairs = sizes.flatmap(lambda size: st.tuples(arrays(bool, size), arrays(bool, size)))
seeds = st.integers(0, 2**32)


@given(masks, seeds)
def test_points_of_an_object_are_inside_it(mask: np.ndarray, seed: int) -> None:
    assert mask[deepest_point(mask)]
    assert mask[random_point(np.random.default_rng(seed), mask)]


def test_the_deepest_point_is_in_the_thickest_part() -> None:
    mask = np.zeros((30, 40), bool)
    mask[10:21, 5:16] = True
    mask[14:16, 16:38] = True
    assert deepest_point(mask) == (15, 10)


def test_the_rim_of_the_array_is_a_border() -> None:
    mask = np.zeros((20, 20), bool)
    mask[:9, :9] = True
    assert deepest_point(mask) == (4, 4)


@given(pairs)
def test_the_next_click_lies_in_the_larger_error(pair: tuple[np.ndarray, np.ndarray]) -> None:
    truth, found = pair
    assume((truth != found).any())
    click = error_point(truth, found)
    assert click is not None
    point, label = click
    assert truth[point] != found[point]
    assert label == int(truth[point])
    missing, surplus = (truth & ~found).sum(), (found & ~truth).sum()
    assert label == int(missing >= surplus)


@given(pairs, seeds)
def test_random_clicks_lie_in_the_error_too(pair: tuple[np.ndarray, np.ndarray], seed: int) -> None:
    truth, found = pair
    click = random_error_point(np.random.default_rng(seed), truth, found)
    if (truth == found).all():
        assert click is None
    else:
        assert click is not None
        point, label = click
        assert truth[point] != found[point]
        assert label == int(truth[point])


@given(masks)
def test_a_perfect_mask_needs_no_click(mask: np.ndarray) -> None:
    assert error_point(mask, mask) is None


@given(masks)
def test_the_box_is_tight(mask: np.ndarray) -> None:
    y0, x0, y1, x1 = tight_box(mask)
    inside = mask[y0 : y1 + 1, x0 : x1 + 1]
    assert inside.sum() == mask.sum()
    assert all(side.any() for side in (inside[0], inside[-1], inside[:, 0], inside[:, -1]))


@pytest.mark.parametrize("seed", range(20))
def test_where_a_mask_lies_in_a_plane_does_not_matter(seed: int) -> None:
    rng = np.random.default_rng(seed)
    part = ndi.binary_opening(rng.random((30, 40)) < 0.8)
    part[3, 4] = True
    plane = np.zeros((90, 70), np.bool_)
    top, left = (int(rng.integers(0, 61)), int(rng.integers(0, 31)))
    plane[top : top + 30, left : left + 40] = part

    def moved(point: tuple[int, int]) -> tuple[int, int]:
        return point[0] + top, point[1] + left

    depth = ndi.distance_transform_edt(np.pad(plane, 1))[1:-1, 1:-1]
    assert depth[deepest_point(plane)] == depth.max()
    assert deepest_point(plane) == moved(deepest_point(part))
    draws = [random_point(np.random.default_rng(seed), each) for each in (plane, part)]
    assert draws[0] == moved(draws[1])
    assert plane[draws[0]]
