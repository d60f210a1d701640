"""Scenes: the same by seed, and their truth is what training takes it for."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from skimage.measure import label as connected_components

from napari_samwise.learn.scenes import SCENE_KINDS, Scene, make_scene
from napari_samwise.learn.scenes.draw import Draw

every_kind = pytest.mark.parametrize("kind", SCENE_KINDS)
needs_cuda = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")


@every_kind
def test_labels_are_connected_objects_with_a_word(kind: str) -> None:
    scene = make_scene(1, 128, kind)
    assert scene.kind == kind
    assert scene.image.shape == (128, 128, 3)
    assert scene.image.dtype == np.uint8
    assert scene.image.flags.c_contiguous
    assert scene.labels.dtype == np.int32
    _assert_sound_labels(scene)


def _assert_sound_labels(scene: Scene) -> None:
    area = np.bincount(scene.labels.ravel())
    assert list(scene.classes) == list(range(1, len(area)))
    assert len(area) > 1
    assert area[1:].min() >= 16
    assert all(word and word == word.strip().lower() for word in scene.classes.values())
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
def test_painters_name_every_label_they_paint(kind: str) -> None:
    canvas = SCENE_KINDS[kind][0](Draw(5), 100)
    assert canvas.image.shape == (3, 100, 100)
    assert canvas.image.dtype == torch.float32
    assert canvas.image.isfinite().all()
    assert canvas.labels.shape == (100, 100)
    assert canvas.labels.dtype == torch.int32
    assert set(canvas.labels.unique().tolist()) <= {0, *canvas.classes}


@every_kind
def test_pictures_have_contrast(kind: str) -> None:
    assert np.ptp(make_scene(3, 128, kind).image) > 80


@every_kind
def test_no_tensor_is_made_on_another_device_than_the_scene(kind: str) -> None:
    with torch.device("meta"):  # where what names no device lands, and then fails or has no values
        elsewhere = make_scene(7, 96, kind, device="cpu")
    assert np.array_equal(elsewhere.image, make_scene(7, 96, kind).image)


@needs_cuda
@every_kind
def test_another_device_paints_the_same_scene(kind: str) -> None:
    here, there = make_scene(2, 128, kind), make_scene(2, 128, kind, device="cuda")
    assert np.mean((here.labels > 0) == (there.labels > 0)) > 0.98
    difference = here.image.astype(float) - there.image.astype(float)
    assert np.abs(difference).mean() < 3


def test_a_scene_without_background_is_sound() -> None:
    scene = make_scene(4, 256, "metal")
    assert scene.labels.min() == 1
    _assert_sound_labels(scene)


def test_shares_add_up_to_one() -> None:
    assert sum(share for _, share in SCENE_KINDS.values()) == pytest.approx(1)


def test_kinds_are_drawn_by_their_shares() -> None:
    kinds = [make_scene(seed, 48).kind for seed in range(50)]
    assert len(set(kinds)) >= 15
    microscopy = sum(kind.startswith(("nuclei", "fluorescent")) for kind in kinds)
    assert microscopy > sum(kind in ("animals", "plants") for kind in kinds)


def test_a_kind_asked_for_is_painted_whatever_the_seed_would_draw() -> None:
    assert {make_scene(seed, 48, "worms").kind for seed in range(3)} == {"worms"}


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(KeyError):
        make_scene(0, 64, "galaxies")
