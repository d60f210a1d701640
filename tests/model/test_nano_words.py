"""The word head: where it looks, and that its words travel with its numbers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from napari_samwise.errors import InputError
from napari_samwise.geometry.boxed_mask import BoxedMask
from napari_samwise.geometry.roi import Roi
from napari_samwise.learn.export import write_weights
from napari_samwise.model.nano import Nano
from napari_samwise.model.nano_encoder import NanoConfig
from napari_samwise.model.nano_levels import Pyramid
from napari_samwise.model.nano_words import draw_in_window, word_windows
from napari_samwise.predictor.predictor import Predictor
from napari_samwise.weights.load import load_model

WORDS = ("cell", "Kern ä", "red blood cell")
SPELLING = "\n".join(WORDS).encode()


def small_nano(words: bool = True) -> Nano:
    torch.manual_seed(0)
    model = Nano(
        NanoConfig(
            widths=(8, 8, 8, 8, 8),
            depths=(1, 1, 1, 1, 1),
            embed_dim=24,
            detail_dim=16,
            fine_dim=8,
            words=len(WORDS) if words else 0,
            spelling=len(SPELLING) if words else 0,
        )
    )
    if model.words is not None:
        model.words.spelling.copy_(torch.frombuffer(bytearray(SPELLING), dtype=torch.uint8))
    return model.eval().requires_grad_(False)


@pytest.fixture
def image() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 255, (150, 400, 3), dtype=np.uint8)


def boxed(y: int, x: int, height: int, width: int) -> BoxedMask:
    return BoxedMask(Roi((y, x), (height, width)), np.ones((height, width), dtype=bool))


def test_words_travel_with_the_weights(tmp_path: Path, image: np.ndarray) -> None:
    model = small_nano()
    write_weights(model.state_dict(), tmp_path / "named.safetensors", 1)
    loaded = load_model(tmp_path / "named.safetensors")
    assert loaded.vocabulary == WORDS
    masks = [boxed(10, 20, 9, 14), boxed(0, 0, 150, 380)]
    names = Predictor(loaded).name_objects(Predictor(loaded).encode(image), masks)
    assert names.shape == (2, 3)
    assert (names >= 0).all()
    assert (names.sum(1) <= 1).all()


def test_weights_without_words_load_and_say_so(tmp_path: Path, image: np.ndarray) -> None:
    write_weights(small_nano(words=False).state_dict(), tmp_path / "mute.safetensors", 1)
    predictor = Predictor(load_model(tmp_path / "mute.safetensors"))
    assert predictor.model.vocabulary == ()
    with pytest.raises(InputError, match="knows no words"):
        predictor.name_objects(predictor.encode(image), [boxed(3, 3, 5, 5)])


def test_objects_are_named_one_by_one(image: np.ndarray) -> None:
    predictor = Predictor(small_nano())
    embedding = predictor.encode(image)
    masks = [boxed(4 * n, 9 * n, 8 + n, 5 + 2 * n) for n in range(20)]
    together = predictor.name_objects(embedding, masks)
    alone = np.concatenate([predictor.name_objects(embedding, [mask]) for mask in masks])
    np.testing.assert_allclose(together, alone, atol=1e-5)
    assert predictor.name_objects(embedding, []).shape == (0, 3)


@given(
    st.integers(0, 300),
    st.integers(0, 500),
    st.integers(1, 400),
    st.integers(1, 400),
    st.integers(1, 3),
)
def test_an_object_is_drawn_where_it_is(y: int, x: int, height: int, width: int, scale: int):
    pyramid = Pyramid((700 // scale, 900 // scale))
    mask = boxed(y // scale, x // scale, max(height // scale, 1), max(width // scale, 1))
    (window,) = word_windows([mask], pyramid)
    drawn = draw_in_window(mask, window, pyramid)
    step_y, step_x = (step / 2 for step in pyramid.scale(window.level))
    # All of it, to the part of a cell: it fits, and a cell covers so many pixels.
    assert drawn.sum() == pytest.approx(mask.area * step_y * step_x, rel=1e-4)
    middles = (drawn.sum(1), drawn.sum(0))
    for axis, (weights, step) in enumerate(zip(middles, (step_y, step_x), strict=True)):
        middle = float((weights * (np.arange(96) + 0.5)).sum() / weights.sum())
        there = (2 * middle + window.corner[axis]) / (2 * step)
        expected = mask.roi.offset[axis] + mask.roi.shape[axis] / 2
        assert there == pytest.approx(expected, abs=0.51 / step)
