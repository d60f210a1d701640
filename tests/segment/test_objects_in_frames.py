"""Prompts on planes in frames, to labels in memory and on disk."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from napari_samwise.errors import InputError
from napari_samwise.prompts import Prompts
from napari_samwise.segment.objects import segment


def scene(size: tuple[int, int] = (300, 420)) -> tuple[np.ndarray, np.ndarray]:
    """Squares on a ground, and which is which."""
    image = np.full(size, 40, dtype=np.uint8)
    truth = np.zeros(size, dtype=np.int32)
    for label, (y, x) in enumerate([(20, 30), (140, 200), (250, 380)], 1):
        image[y : y + 18, x : x + 22] = 200
        truth[y : y + 18, x : x + 22] = label
    return image, truth


PROMPTS = {1: Prompts([(30, 40)]), 2: Prompts([(150, 210)]), 3: Prompts([(260, 390)])}


def test_frames_give_what_the_whole_plane_gives(tiny_model: Any) -> None:
    image, truth = scene()
    whole = segment(image, PROMPTS, model=tiny_model)
    assert tiny_model.encoded == [(300, 420, 3)]
    framed = segment(image, PROMPTS, model=tiny_model, frame_px=128)
    np.testing.assert_array_equal(whole, truth)
    np.testing.assert_array_equal(framed, truth)
    assert max(max(shape) for shape in tiny_model.encoded[1:]) == 128


def test_planes_that_the_model_cannot_see_at_once_are_framed(tiny_model: Any) -> None:
    image, truth = scene()
    tiny_model.whole_px, tiny_model.frame_px, tiny_model.top_px = 400, 128, 128
    np.testing.assert_array_equal(segment(image, PROMPTS, model=tiny_model), truth)
    assert (300, 420, 3) not in tiny_model.encoded


def test_each_plane_of_a_volume_has_frames(tiny_model: Any) -> None:
    image, truth = scene()
    volume = np.stack([image, image[::-1]])
    prompts = {1: Prompts([(0, 30, 40)]), 2: Prompts([(1, 269, 40)])}
    labels = segment(volume, prompts, model=tiny_model, frame_px=128, axes="ZYX")
    np.testing.assert_array_equal(labels[0], truth == 1)
    np.testing.assert_array_equal(labels[1], 2 * (truth[::-1] == 1))


def test_a_pyramid_is_read_level_by_level(tiny_model: Any) -> None:
    image, truth = scene()
    labels = segment([image, image[::2, ::2]], PROMPTS, model=tiny_model, frame_px=128)
    np.testing.assert_array_equal(labels, truth)


def test_labels_go_into_the_array_given_and_keep_what_is_there(tiny_model: Any) -> None:
    zarr = pytest.importorskip("zarr")
    image, truth = scene()
    out = zarr.create_array({}, shape=image.shape, chunks=(64, 64), dtype="i4", fill_value=0)
    out[145:150, 205:210] = 77
    found = segment(image, PROMPTS, model=tiny_model, frame_px=128, out=out)
    assert found is out
    truth[145:150, 205:210] = 77
    np.testing.assert_array_equal(out[:], truth)


def test_only_chunks_around_objects_are_written(tiny_model: Any, tmp_path: Path) -> None:
    image, truth = scene((1100, 1600))
    out = tmp_path / "labels.zarr"
    labels = segment(image, PROMPTS, model=tiny_model, frame_px=128, out=out)
    np.testing.assert_array_equal(labels[:], truth)
    assert labels.dtype == np.int32
    chunks = [path for path in (out / "c").rglob("*") if path.is_file()]
    assert len(chunks) == 1


def test_what_labels_cannot_go_into_is_refused(tiny_model: Any, tmp_path: Path) -> None:
    image, _ = scene()
    with pytest.raises(InputError, match="shape"):
        segment(image, PROMPTS, model=tiny_model, out=np.zeros((3, 3), np.int32))
    with pytest.raises(InputError, match="zarr"):
        segment(image, PROMPTS, model=tiny_model, out=tmp_path / "labels.tif")
    with pytest.raises(InputError, match="multiple of 64"):
        segment(image, PROMPTS, model=tiny_model, frame_px=100)
