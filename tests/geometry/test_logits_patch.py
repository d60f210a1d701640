"""Logits on a coarse grid and the pixels that they stand for."""

from __future__ import annotations

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional as F

from napari_samwise.geometry.logits_patch import OUTSIDE_LOGIT, LogitsPatch
from napari_samwise.geometry.roi import Roi

PLANE = (400, 500)


def smooth(seed: int, shape: tuple[int, int] = (12, 16)) -> np.ndarray:
    generator = torch.Generator().manual_seed(seed)
    coarse = torch.randn(1, 1, 4, 4, generator=generator) * 4
    return F.interpolate(coarse, size=shape, mode="bicubic")[0, 0].numpy()


@given(seed=st.integers(0, 99), factor=st.sampled_from([1, 2, 3, 8]))
def test_pixels_are_interpolated_as_by_torch(seed: int, factor: int) -> None:
    logits = smooth(seed)
    patch = LogitsPatch(logits, (20.0, 30.0), float(factor))
    size = (12 * factor, 16 * factor)
    expected = F.interpolate(torch.from_numpy(logits)[None, None], size=size, mode="bilinear")
    clear = expected[0, 0].abs().numpy() > 1e-4
    found = patch.sample(Roi((20, 30), size))
    np.testing.assert_array_equal(found[clear], (expected[0, 0] > 0).numpy()[clear])


@given(
    seed=st.integers(0, 99),
    corner=st.tuples(st.integers(0, 60), st.integers(0, 60)),
    extent=st.tuples(st.integers(1, 90), st.integers(1, 90)),
)
def test_any_region_is_a_part_of_the_whole(
    seed: int, corner: tuple[int, int], extent: tuple[int, int]
) -> None:
    patch = LogitsPatch(smooth(seed), (11.0, 7.0), 4.0)
    whole = patch.sample(Roi((0, 0), (150, 150)))
    roi = Roi(corner, extent)
    np.testing.assert_array_equal(patch.sample(roi), whole[roi.slices])
    rows, columns = np.nonzero(whole)
    box = patch.positive(PLANE)
    if len(rows):
        assert box.contains((rows.min(), columns.min()))
        assert box.contains((rows.max(), columns.max()))


def test_beyond_the_patch_nothing_is_inside() -> None:
    patch = LogitsPatch(np.full((3, 3), 5, np.float32), (10.0, 10.0), 2.0)
    mask = patch.sample(Roi((0, 0), (30, 30)))
    assert mask[10:16, 10:16].all()
    assert mask.sum() == 36
    assert not patch.sample(Roi((50, 50), (4, 4))).any()
    assert LogitsPatch(-patch.logits, (10.0, 10.0), 2.0).positive(PLANE).is_empty


@given(seed=st.integers(0, 99))
def test_a_coarser_grid_averages(seed: int) -> None:
    logits = smooth(seed)
    patch = LogitsPatch(logits, (8.0, 8.0), 2.0)
    found = patch.resample((8.0, 8.0), 8.0, (3, 4))
    expected = logits.reshape(3, 4, 4, 4).mean((1, 3))
    np.testing.assert_allclose(found, expected, atol=1e-4)


@given(seed=st.integers(0, 99))
def test_the_same_grid_gives_the_same_logits(seed: int) -> None:
    logits = smooth(seed)
    patch = LogitsPatch(logits, (8.0, 8.0), 2.0)
    found = patch.resample((4.0, 6.0), 2.0, (20, 20))
    np.testing.assert_allclose(found[2:14, 1:17], logits, atol=1e-4)
    assert np.count_nonzero(found == OUTSIDE_LOGIT) == 400 - logits.size


def test_moving_a_patch_moves_its_pixels() -> None:
    patch = LogitsPatch(smooth(1), (8.0, 8.0), 2.0)
    roi = Roi((0, 0), (60, 60))
    moved = patch.shift((5, 9)).sample(roi.shift((5, 9)))
    np.testing.assert_array_equal(moved, patch.sample(roi))


@given(
    centre=st.tuples(st.floats(70, 130), st.floats(70, 130)),
    radii=st.tuples(st.floats(8, 50), st.floats(8, 50)),
    cell_px=st.sampled_from([1.0, 2.0, 4.0]),
)
def test_bounds_are_the_edges_of_the_pixels_to_parts_of_a_cell(
    centre: tuple[float, float], radii: tuple[float, float], cell_px: float
) -> None:
    places = (np.arange(int(200 / cell_px)) + 0.5) * cell_px
    squared = ((places[:, None] - centre[0]) / radii[0]) ** 2
    squared = squared + ((places - centre[1]) / radii[1]) ** 2
    bounds = LogitsPatch((1 - squared).astype(np.float32), (0.0, 0.0), cell_px).bounds()
    exact = [
        sign * radius + middle
        for sign in (-1, 1)
        for middle, radius in zip(centre, radii, strict=True)
    ]
    np.testing.assert_allclose(bounds, exact, atol=0.55 * cell_px)


def test_bounds_of_what_fills_the_patch_are_its_edges() -> None:
    patch = LogitsPatch(np.ones((4, 6), np.float32), (10.0, 20.0), 2.0)
    assert patch.bounds() == (10.0, 20.0, 18.0, 32.0)
    assert LogitsPatch(-patch.logits, (10.0, 20.0), 2.0).bounds() is None
