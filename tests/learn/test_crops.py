"""Crops: image and labels move together, and areas are those of whole objects."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage as ndi

from napari_samwise.learn import crops
from napari_samwise.learn.crops import Crop, normalise, random_crop, random_frame
from napari_samwise.learn.scenes import make_scene
from napari_samwise.model.nano_encoder import WINDOW_PX

SEEDS = range(12)


def _discs() -> np.ndarray:
    """Discs of radius 20, 12 and 30, the last one cut by the picture's border."""
    labels = np.zeros((160, 200), np.int32)
    rows, columns = np.indices(labels.shape)
    for label, (row, column, radius) in enumerate([(50, 60, 20), (110, 60, 12), (90, 190, 30)], 1):
        labels[np.hypot(rows - row, columns - column) <= radius] = label
    return labels


def _crop(seed: int, image: np.ndarray, labels: np.ndarray) -> Crop:
    rng = np.random.default_rng(seed)
    while True:
        crop = random_crop(rng, image, labels)
        if crop is not None:
            return crop


def _as_picture(labels: np.ndarray) -> np.ndarray:
    return np.repeat((labels * 80).astype(np.uint8)[..., None], 3, -1)


@pytest.mark.parametrize("seed", SEEDS)
def test_image_and_labels_move_together(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crops, "_expose", lambda rng, picture, *, grey: picture)
    labels = _discs()
    crop = _crop(seed, _as_picture(labels), labels)
    seen = crop.image.mean(0) * 0.25 + 0.5
    # Pixels between two labels are mixed, and those outside the picture are mid-grey.
    even = ndi.maximum_filter(crop.labels, 7) == ndi.minimum_filter(crop.labels, 7)
    inside = even & (crop.image[0] != 0)
    assert inside.sum() > 1000
    wrong = np.abs(seen - crop.labels * 80 / 255)[inside] > 0.02
    assert wrong.mean() < 0.01


@pytest.mark.parametrize("seed", range(40))
def test_areas_are_those_of_whole_objects(seed: int) -> None:
    labels = _discs()
    crop = _crop(seed, _as_picture(labels), labels)
    rim = {int(i) for i in np.unique(crop.labels[[0, -1]])}
    rim |= {int(i) for i in np.unique(crop.labels[:, [0, -1]])}
    for identity, area in crop.areas.items():
        visible = int((crop.labels == identity).sum())
        slack = 4 * np.sqrt(area) + 10
        assert area >= visible - slack
        if identity not in rim:
            assert area == pytest.approx(visible, abs=slack)


def test_the_part_outside_the_window_counts() -> None:
    labels = np.zeros((400, 400), np.int32)
    labels[50:350, 50:350] = 1
    labels[10:30, 10:30] = 2
    cut = [_crop(seed, _as_picture(labels), labels) for seed in range(40)]
    larger = [crop for crop in cut if crop.areas.get(1, 0) > 1.5 * WINDOW_PX**2]
    assert larger
    assert all((crop.labels == 1).sum() <= WINDOW_PX**2 for crop in larger)


@pytest.mark.parametrize("seed", SEEDS)
def test_crops_of_scenes_are_what_the_network_expects(seed: int) -> None:
    scene = make_scene(seed, 160)
    crop = _crop(seed, scene.image, scene.labels)
    assert crop.image.shape == (3, WINDOW_PX, WINDOW_PX)
    assert crop.image.dtype == np.float32
    assert np.abs(crop.image).max() <= 2
    assert crop.labels.shape == (WINDOW_PX, WINDOW_PX)
    assert set(crop.areas) == set(np.unique(crop.labels[crop.labels > 0]).tolist())
    assert crop.promptable
    for identity in crop.promptable:
        assert 20 <= (crop.labels == identity).sum() < 0.8 * WINDOW_PX**2


def test_the_seed_decides_the_crop() -> None:
    scene = make_scene(1, 160)
    first, again, other = (_crop(seed, scene.image, scene.labels) for seed in (4, 4, 5))
    assert np.array_equal(first.image, again.image)
    assert np.array_equal(first.labels, again.labels)
    assert not np.array_equal(first.image, other.image)


def test_grey_pictures_may_be_coloured_but_colour_is_seen() -> None:
    labels = _discs()
    image = np.zeros((*labels.shape, 3), np.uint8)
    image[..., 2] = labels * 80
    coloured = [_crop(seed, image, labels).image for seed in SEEDS]
    assert any(np.ptp(picture, axis=0).max() > 0.2 for picture in coloured)


def test_without_a_useful_object_there_is_no_crop() -> None:
    labels = np.zeros((64, 64), np.int32)
    image = np.zeros((64, 64, 3), np.uint8)
    assert random_crop(np.random.default_rng(0), image, labels) is None
    labels[3:6, 3:6] = 1
    assert random_crop(np.random.default_rng(0), image, labels) is None


def test_frames_give_objects_every_size() -> None:
    mask = np.zeros((200, 200), bool)
    mask[80:120, 80:120] = True
    rng = np.random.default_rng(0)
    sides = [40 * random_frame(rng, mask).area_scale ** 0.5 for _ in range(200)]
    assert min(sides) < 25
    assert max(sides) > 75


def test_normalise_is_that_of_the_encoder() -> None:
    grey = np.array([0, 127.5, 255], np.float32)
    assert normalise(grey).tolist() == [-2, 0, 2]
