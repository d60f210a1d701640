"""Batches: seeded, of the promised shapes, prompts where the objects are."""

from __future__ import annotations

from itertools import islice

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from napari_samwise.learn.batch import Batch, assemble, dense_targets, first_prompt
from napari_samwise.learn.clicks import tight_box
from napari_samwise.learn.corpus import LabelledPlane
from napari_samwise.learn.crops import Crop
from napari_samwise.learn.feed import Feed, FeedOptions
from napari_samwise.model.nano_decoder import BOX_FIRST, BOX_SECOND, INCLUDE, NO_POINT
from napari_samwise.model.nano_encoder import WINDOW_PX

OPTIONS = FeedOptions(images=3, objects=2, scene_px=96, scene_reuse=3)


def _batches(feed: Feed, count: int) -> list[Batch]:
    return list(islice(feed, count))


@pytest.fixture(scope="module")
def batches() -> list[Batch]:
    return _batches(Feed([], OPTIONS, seed=0), 8)


def test_batches_have_the_promised_shapes(batches: list[Batch]) -> None:
    for batch in batches:
        count = len(batch.owner)
        assert 3 <= count <= 6
        assert batch.images.shape == (3, 3, WINDOW_PX, WINDOW_PX)
        assert batch.dense.shape == (3, 3, WINDOW_PX // 4, WINDOW_PX // 4)
        assert batch.truth.shape == (count, WINDOW_PX, WINDOW_PX)
        assert batch.whole_area.shape == (count,)
        assert batch.points.shape == (count, 2, 2)
        assert batch.labels.shape == (count, 2)
        assert batch.images.dtype is batch.points.dtype is batch.whole_area.dtype is torch.float32
        assert batch.truth.dtype is torch.bool
        assert set(batch.owner.tolist()) == {0, 1, 2}


def test_first_prompts_are_on_their_objects(batches: list[Batch]) -> None:
    kinds = set()
    for batch in batches:
        for points, labels, truth in zip(batch.points, batch.labels, batch.truth, strict=True):
            kinds.add(tuple(labels.tolist()))
            if labels[0] == INCLUDE:
                row, column = points[0].floor().long().tolist()
                assert truth[row, column]
            else:
                _assert_box_of(truth.numpy(), points.numpy())
    assert kinds == {(INCLUDE, NO_POINT), (BOX_FIRST, BOX_SECOND)}


def _assert_box_of(mask: NDArray[np.bool_], corners: NDArray[np.float32]) -> None:
    y0, x0, y1, x1 = tight_box(mask)
    tight = np.array([[y0, x0], [y1 + 1, x1 + 1]])
    reach = 2 * (0.3 + 0.05 * (tight[1] - tight[0])) + 2
    assert (np.abs(corners - tight) <= reach).all()
    assert (corners[1] - corners[0] >= 2 - 1e-4).all()


def test_the_seed_decides_the_stream() -> None:
    first, again, other = (_batches(Feed([], OPTIONS, seed), 2)[1] for seed in (3, 3, 4))
    assert torch.equal(first.images, again.images)
    assert torch.equal(first.points, again.points)
    assert torch.equal(first.truth, again.truth)
    assert not torch.equal(first.images, other.images)


def test_workers_make_different_batches() -> None:
    feed = Feed([], OPTIONS, seed=0)
    loader = torch.utils.data.DataLoader(feed, batch_size=None, num_workers=2)
    first, second = islice(loader, 2)
    assert not torch.equal(first.images, second.images)


def test_real_planes_get_their_share(squares_plane: LabelledPlane) -> None:
    empty = LabelledPlane("e/a", "empty", squares_plane.image, np.zeros_like(squares_plane.labels))
    feed = Feed([squares_plane, empty], FeedOptions(images=2, synthetic=0.5, scene_px=64), seed=0)
    assert feed.real.sources == ("squares",)
    rng = np.random.default_rng(0)
    real = [feed._picture(rng, [])[0] is squares_plane.image for _ in range(60)]
    assert 0.3 < np.mean(real) < 0.7


def test_prompts_reach_all_objects_of_a_window() -> None:
    labels = np.zeros((WINDOW_PX, WINDOW_PX), np.int32)
    labels[10:40, 10:40], labels[60:90, 60:90], labels[120:122, 120:122] = 1, 2, 3
    crop = Crop(
        np.zeros((3, *labels.shape), np.float32), labels, {1: 900.0, 2: 900.0, 3: 4.0}, (1, 2)
    )
    batch = assemble(np.random.default_rng(0), [crop], objects=5, box=0.0)
    assert len(batch.owner) == 2
    assert sorted(batch.truth.flatten(1).sum(1).tolist()) == [900, 900]
    assert batch.labels.tolist() == [[INCLUDE, NO_POINT]] * 2


@pytest.mark.parametrize("seed", range(5))
def test_a_jittered_box_keeps_an_extent(seed: int) -> None:
    mask = np.zeros((WINDOW_PX, WINDOW_PX), bool)
    mask[90, 20:150] = True
    corners, kinds = first_prompt(np.random.default_rng(seed), mask, box=True)
    assert kinds == [BOX_FIRST, BOX_SECOND]
    _assert_box_of(mask, corners)


def test_dense_targets_tell_foreground_depth_and_size() -> None:
    labels = np.zeros((WINDOW_PX, WINDOW_PX), np.int32)
    labels[20:84, 20:84] = 1
    labels[120:152, 120:152] = 2
    areas = {1: 64.0**2, 2: 4 * 32.0**2}
    targets = dense_targets(Crop(np.zeros((3, 1, 1), np.float32), labels, areas, (1, 2)))
    foreground, depth, size = targets
    cells = labels[2::4, 2::4]
    assert np.array_equal(foreground, cells > 0)
    assert depth.min() == 0
    assert depth[cells == 1].max() == depth[cells == 2].max() == 1
    assert depth[13, 13] > depth[13, 7]
    assert set(size[cells == 1]) == {1.0}
    assert set(size[cells == 2]) == {1.0}
    assert set(size[cells == 0]) == {0.0}
