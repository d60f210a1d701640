"""Clicks in batches and seeds of ``nano``."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from napari_samwise.model.nano import Nano
from napari_samwise.model.nano_clicks import click_windows
from napari_samwise.model.nano_levels import Pyramid, Window
from napari_samwise.model.nano_paste import paste_mask
from napari_samwise.model.nano_proposals import is_cut_off
from napari_samwise.model.nano_seeds import BEST_SIZE_PX, find_seeds, suited_level
from napari_samwise.model.proposals import Clicks

SIZE = (400, 600)


@pytest.fixture(scope="module")
def nano() -> Nano:
    torch.manual_seed(0)
    return Nano().eval().requires_grad_(False)


def test_the_batch_a_click_comes_in_does_not_matter(nano: Nano) -> None:
    image = np.random.default_rng(0).integers(0, 255, (*SIZE, 3), dtype=np.uint8)
    rng = np.random.default_rng(1)
    clicks = Clicks(rng.uniform(0, 399, (6, 2)), np.array([5.0, 20, 40, 80, 160, 320]))
    with torch.inference_mode():
        features = nano.encode(image)
        together = nano.decode_clicks(features, SIZE, clicks)
        alone = [nano.decode_clicks(features, SIZE, clicks.part(i, i + 1)) for i in range(6)]
    assert len(together) == sum(map(len, alone))
    scores = torch.cat([one.predicted_iou for one in alone])
    torch.testing.assert_close(together.predicted_iou, scores, atol=1e-5, rtol=1e-4)
    logits = torch.cat([one.low_res_logits for one in alone])
    torch.testing.assert_close(together.low_res_logits, logits, atol=1e-3, rtol=1e-3)
    for index in range(len(together)):
        window = together.windows[index]
        pasted = paste_mask(together.low_res_logits[index], window, together.pyramid)
        boxed = together.upscale(index)
        assert boxed.area == pasted.sum()
        assert boxed.inside.sum() == pasted.numpy()[boxed.roi.slices].sum()


def test_without_sizes_every_level_is_tried() -> None:
    pyramid = Pyramid(SIZE)
    owner, windows = click_windows(Clicks(np.array([(10.0, 20.0), (300.0, 500.0)])), pyramid)
    assert [window.level for window in windows] == [*range(pyramid.count)] * 2
    assert owner.tolist() == [0] * pyramid.count + [1] * pyramid.count


def test_a_size_chooses_the_level() -> None:
    pyramid = Pyramid((1000, 1500))
    sizes = BEST_SIZE_PX * 2.0 ** np.arange(-3, 6)
    assert suited_level(sizes, pyramid).tolist() == [0, 0, 0, 0, 1, 2, 3, 3, 3]


@pytest.mark.parametrize("side", ["top", "bottom", "left", "right"])
def test_a_mask_is_cut_off_by_inner_sides_only(side: str) -> None:
    logits = torch.full((1, 1, 96, 96), -1.0)
    index = {"top": (0, 50), "bottom": (-1, 50), "left": (50, 0), "right": (50, -1)}[side]
    logits[0, 0][index] = 1
    pyramid = Pyramid((1000, 1500))
    assert is_cut_off(logits, [Window(0, (400, 400))], pyramid).item()
    corner = {"top": (0, 400), "bottom": (808, 400), "left": (400, 0), "right": (400, 1308)}
    assert not is_cut_off(logits, [Window(0, corner[side])], pyramid).item()


@settings(max_examples=20)
@given(
    size=st.tuples(st.integers(16, 500), st.integers(16, 500)),
    seed=st.integers(0, 99),
    threshold=st.floats(-2, 2),
)
def test_sampling_in_a_box_is_sampling_the_whole_window(
    size: tuple[int, int], seed: int, threshold: float
) -> None:
    pyramid = Pyramid(size)
    logits = torch.randn(96, 96, generator=torch.Generator().manual_seed(seed))
    logits = logits.cumsum(0).cumsum(1) / 20 - threshold
    window = pyramid.window(pyramid.count - 1, np.array(size) / 2.0)
    units = [
        ((torch.arange(extent) + 0.5) * scale - start) / 192
        for extent, scale, start in zip(
            size, pyramid.scale(window.level), window.corner, strict=True
        )
    ]
    grid = 2 * torch.stack(torch.meshgrid(*units, indexing="ij")[::-1], -1) - 1
    sampled = torch.nn.functional.grid_sample(
        logits[None, None], grid[None], padding_mode="border", align_corners=False
    )[0, 0]
    mask = paste_mask(logits, window, pyramid)
    sure = sampled.abs() > 1e-4
    assert mask[sure].equal(sampled[sure] > 0)


def dense_maps(pyramid: Pyramid, discs: list[tuple[float, float, float]]) -> list[Tensor]:
    """What perfect heads say of discs (y, x, radius) in pixels of the plane."""
    levels = []
    for level in range(pyramid.count):
        scale = np.array(pyramid.scale(level))
        height, width = (-(-side // 4) + 8 for side in pyramid.size(level))
        maps = np.zeros((3, height, width), dtype=np.float32)
        maps[0] = -9
        y = ((np.arange(height) + 0.5) * 4 / scale[0] - 0.5)[:, None]
        x = (np.arange(width) + 0.5) * 4 / scale[1] - 0.5
        for cy, cx, radius in discs:
            depth = 1 - np.hypot(y - cy, x - cx) / radius
            inside = depth > maps[1]
            size = np.sqrt(np.pi) * radius * np.sqrt(scale.prod())
            maps[:, inside] = np.stack(
                [np.full(inside.sum(), 9), depth[inside], np.full(inside.sum(), np.log2(size / 32))]
            )
        levels.append(torch.from_numpy(maps))
    return levels


def test_every_object_is_clicked_at_its_depth_and_with_its_size() -> None:
    pyramid = Pyramid(SIZE)
    discs = [(50.0, 60.0, 15.0), (51.0, 92.0, 14.0), (200.0, 300.0, 90.0), (350.0, 500.0, 30.0)]
    seeds = find_seeds(dense_maps(pyramid, discs), pyramid, 0.5)
    assert seeds.sizes is not None
    assert seeds.levels is not None
    # Sizes of 27, 25, 160 and 53 pixels: the last one lies between two levels, and both take it.
    assert seeds.levels.tolist() == [0, 0, 0, 1, 2]
    for y, x, radius in discs:
        away = np.hypot(*(seeds.points - (y, x)).T)
        nearest = int(away.argmin())
        assert away[nearest] < 0.3 * radius
        assert seeds.sizes[nearest] == pytest.approx(np.sqrt(np.pi) * radius, rel=0.1)


def test_where_nothing_is_there_are_no_seeds() -> None:
    pyramid = Pyramid(SIZE)
    assert len(find_seeds(dense_maps(pyramid, []), pyramid, 0.5)) == 0


def test_an_oblong_object_is_clicked_once_and_touching_ones_once_each() -> None:
    pyramid = Pyramid(SIZE)
    chain = [(200.0, 100.0 + 4 * step, 16.0) for step in range(30)]
    assert len(find_seeds(dense_maps(pyramid, chain), pyramid, 0.3)) <= 3
    pair = [(200.0, 100.0, 20.0), (200.0, 138.0, 20.0)]
    assert len(find_seeds(dense_maps(pyramid, pair), pyramid, 0.3)) == 2


@settings(max_examples=25)
@given(
    size=st.tuples(st.integers(16, 400), st.integers(16, 400)),
    seed=st.integers(0, 99),
    least=st.floats(0, 0.9),
)
def test_seeds_of_any_maps_lie_in_the_plane(size: tuple[int, int], seed: int, least: float) -> None:
    pyramid = Pyramid(size)
    generator = torch.Generator().manual_seed(seed)
    maps = [
        3 * torch.randn(3, *(-(-side // 4) for side in pyramid.size(level)), generator=generator)
        for level in range(pyramid.count)
    ]
    seeds = find_seeds(maps, pyramid, least)
    assert (seeds.points >= 0).all()
    assert (seeds.points <= np.array(size) - 1).all()
    assert seeds.sizes is not None
    assert (seeds.sizes > 0).all()
    assert seeds.levels is not None
    near = np.hypot(*(seeds.points[:, None] - seeds.points[None]).T)
    own = 0.4 * np.minimum(seeds.sizes[:, None], seeds.sizes[None])
    other_level = seeds.levels[:, None] != seeds.levels[None]
    assert ((near > own) | other_level)[~np.eye(len(seeds), dtype=bool)].all()


def test_a_level_alone_gives_the_same_seeds_as_among_others() -> None:
    pyramid = Pyramid((640, 800))
    discs = [(50.0, 60.0, 15.0), (300.0, 400.0, 90.0), (500.0, 620.0, 40.0)]
    maps = dense_maps(pyramid, discs)
    together = find_seeds(maps, pyramid, 0.5)
    assert together.levels is not None
    for level in range(3):
        frame = Pyramid((640, 800), frame_step=2**level)
        alone = find_seeds([maps[level]], frame, 0.5)
        np.testing.assert_allclose(alone.points, together.points[together.levels == level])


def test_a_flat_plane_has_no_seeds(nano: Nano) -> None:
    image = np.full((37, 50, 3), 90, dtype=np.uint8)
    with torch.inference_mode():
        seeds = nano.find_seeds(nano.encode(image), (37, 50), min_confidence=0.9)
    assert len(seeds) == 0
