"""Scenes: the same by seed, and their truth is what training takes it for."""

from __future__ import annotations

import numpy as np
import pytest
from skimage.measure import label as connected_components

from napari_samwise.learn.scenes import SCENE_KINDS, Scene, make_scene
from napari_samwise.learn.scenes.optics import expose
from napari_samwise.learn.scenes.shapes import (
    blob,
    cells_of_points,
    inner_distance,
    smooth_noise,
    window_around,
)

every_kind = pytest.mark.parametrize("kind", SCENE_KINDS)


@every_kind
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_labels_are_connected_objects_with_a_word(kind: str, seed: int) -> None:
    scene = make_scene(seed, 128, kind)
    assert scene.kind == kind
    assert scene.image.shape == (128, 128, 3)
    assert scene.image.dtype == np.uint8
    assert scene.labels.dtype == np.int32
    _assert_sound_labels(scene)


def _assert_sound_labels(scene: Scene) -> None:
    area = np.bincount(scene.labels.ravel())
    assert list(scene.classes) == list(range(1, len(area)))
    assert len(area) > 1
    assert area[1:].min() >= 16
    assert all(scene.classes.values())
    pieces = connected_components(scene.labels, background=0, connectivity=1)
    assert pieces.max() == len(area) - 1


@every_kind
def test_the_seed_decides_every_bit(kind: str) -> None:
    first, again, other = make_scene(7, 96, kind), make_scene(7, 96, kind), make_scene(8, 96, kind)
    assert np.array_equal(first.image, again.image)
    assert np.array_equal(first.labels, again.labels)
    assert first.classes == again.classes
    assert not np.array_equal(first.image, other.image)


@every_kind
def test_pictures_have_contrast(kind: str) -> None:
    image = make_scene(3, 128, kind).image
    assert np.ptp(image) > 100


def test_a_scene_without_background_is_sound() -> None:
    scene = make_scene(28, 256, "grains")
    assert scene.labels.min() == 1
    _assert_sound_labels(scene)


def test_kinds_are_drawn_by_their_shares() -> None:
    kinds = [make_scene(seed, 48).kind for seed in range(60)]
    assert len(set(kinds)) >= 6
    assert kinds.count("nuclei") > kinds.count("grains")


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(KeyError):
        make_scene(0, 64, "galaxies")


@pytest.mark.parametrize("seed", range(6))
def test_grey_pictures_have_three_equal_channels(seed: int) -> None:
    rng = np.random.default_rng(seed)
    clean = np.zeros((64, 64), np.float32)
    clean[20:40, 20:40] = 0.6
    image = expose(rng, clean)
    assert image.dtype == np.uint8
    assert (image == image[..., :1]).all()
    inside, outside = image[25:35, 25:35].mean(), image[:10, :10].mean()
    assert abs(inside - outside) > 30


def test_noise_is_standardised_and_smooth() -> None:
    noise = smooth_noise(np.random.default_rng(0), 128, 20)
    assert noise.shape == (128, 128)
    assert abs(noise.mean()) < 1e-4
    assert noise.std() == pytest.approx(1, abs=1e-3)
    assert np.abs(np.diff(noise, axis=0)).max() < 0.6


@pytest.mark.parametrize("elongation", [1.0, 3.0])
def test_a_blob_has_the_area_of_its_circle(elongation: float) -> None:
    rng = np.random.default_rng(0)
    rows, columns = blob(rng, (60, 70), 20, elongation, 0.0, (128, 128))
    assert len(rows) == pytest.approx(np.pi * 20**2, rel=0.03)
    assert (rows.mean(), columns.mean()) == pytest.approx((60, 70), abs=0.5)


def test_a_blob_is_clipped_to_the_picture() -> None:
    rows, columns = blob(np.random.default_rng(0), (2, 125), 20, 1.0, 0.2, (128, 128))
    assert rows.min() == 0
    assert columns.max() == 127


def test_cells_partition_the_plane_and_know_their_border() -> None:
    partition, border = cells_of_points(np.random.default_rng(0), 96, 12, 3.0)
    assert set(np.unique(partition)) <= set(range(1, 13))
    assert border.min() >= 0
    differs = partition[:, 1:] != partition[:, :-1]
    assert border[:, 1:][differs].max() < 2.5
    assert border.max() > 10


def test_inner_distance_starts_at_the_edge_of_each_label() -> None:
    labels = np.zeros((20, 30), np.int32)
    labels[5:15, 5:15] = 1
    labels[5:15, 15:25] = 2
    depth = inner_distance(labels)
    assert (depth[labels == 0] == 0).all()
    assert depth[10, 14] == 0
    assert depth[10, 10] == pytest.approx(4)


def test_a_window_is_clipped_to_the_picture() -> None:
    assert window_around(np.array([3.7, 60.2]), 5, 64) == (slice(0, 9), slice(55, 64))
