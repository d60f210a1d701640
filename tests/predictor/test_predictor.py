"""Encode and decode: every kind of plane, every prompt, several threads."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from napari_samwise.intensity import resolve_intensity
from napari_samwise.predictor.embedding import Embedding
from napari_samwise.predictor.predictor import Predictor
from napari_samwise.predictor.store import EmbeddingStore
from napari_samwise.prompts import Prompts

DTYPES = ["?", "i1", "u1", "i2", "u2", ">u2", "i4", "u4", "i8", "u8", "f2", "f4", "f8", ">f8"]


def squares(dtype: str = "u1", size: tuple[int, int] = (40, 48)) -> np.ndarray:
    """Two squares on a dark ground, the second half as bright (except in bool)."""
    image = np.zeros(size, dtype=dtype)
    image[4:14, 6:16] = 1 if dtype == "?" else 100
    image[20:32, 24:40] = 1 if dtype == "?" else 50
    return image


def first_square(size: tuple[int, int] = (40, 48)) -> np.ndarray:
    mask = np.zeros(size, dtype=bool)
    mask[4:14, 6:16] = True
    return mask


@pytest.fixture
def predictor(tiny_model: Any) -> Predictor:
    return Predictor(tiny_model)


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_click_finds_the_square_in_any_dtype(predictor: Predictor, dtype: str) -> None:
    embedding = predictor.encode(squares(dtype))
    prediction = predictor.decode(embedding, Prompts([(8, 10)]))
    np.testing.assert_array_equal(prediction.masks[0], first_square())


@pytest.mark.parametrize("channels", [3, 4])
@pytest.mark.parametrize("dtype", ["u1", "u2", "f4"])
def test_colour_is_accepted(predictor: Predictor, dtype: str, channels: int) -> None:
    image = np.repeat(squares(dtype)[..., None], channels, axis=2)
    prediction = predictor.decode(predictor.encode(image), Prompts([(8, 10)]))
    np.testing.assert_array_equal(prediction.masks[0], first_square())


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(16, 90), st.integers(16, 90))
def test_any_size_from_16_on(predictor: Predictor, rows: int, columns: int) -> None:
    embedding = predictor.encode(np.eye(rows, columns))
    prediction = predictor.decode(embedding, Prompts(box=(0, 0, rows - 1, columns - 1)))
    assert embedding.image_size == (rows, columns)
    assert prediction.masks.shape == (3, rows, columns)


def test_layout_and_laziness_do_not_matter(predictor: Predictor) -> None:
    class Lazy:
        shape, dtype = (40, 48), np.dtype("u2")

        def __getitem__(self, index: Any) -> np.ndarray:
            return squares("u2")[index]

        def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray:
            return squares("u2")

    keys = {
        predictor.key_for(image)
        for image in (
            squares("u2"),
            squares(">u2"),
            np.asfortranarray(squares("u2")),
            np.repeat(squares("u2"), 2, axis=1)[:, ::2],
            squares("u2").tolist(),
            torch.from_numpy(squares("i4")),
            Lazy(),
        )
    }
    assert len(keys) == 1


def test_a_prediction_is_plain_numpy_best_first(predictor: Predictor) -> None:
    prediction = predictor.decode(predictor.encode(squares()), Prompts([(8, 10)]))
    assert (prediction.masks.dtype, prediction.masks.shape) == (bool, (3, 40, 48))
    assert (prediction.scores.dtype, prediction.scores.shape) == (np.float32, (3,))
    assert (prediction.logits.dtype, prediction.logits.shape) == (np.float32, (3, 64, 64))
    assert (np.diff(prediction.scores) <= 0).all()
    assert len(prediction) == 3


def test_fewer_candidates_on_demand(predictor: Predictor) -> None:
    embedding = predictor.encode(squares())
    assert len(predictor.decode(embedding, Prompts([(8, 10)]), keep=2)) == 2
    assert len(predictor.decode(embedding, Prompts([(8, 10)]), multimask=False)) == 1


def test_prompts_of_every_kind(predictor: Predictor) -> None:
    embedding = predictor.encode(squares())
    both = Prompts([(8, 10), (25, 30)])
    one = Prompts([(8, 10), (25, 30)], labels=[1, 0])
    box = Prompts(box=(2, 4, 16, 18))
    box_and_point = Prompts([(8, 10)], box=(2, 4, 9, 60))
    assert predictor.decode(embedding, both).masks[0].sum() == 100 + 12 * 16
    for prompts in (one, box):
        found = predictor.decode(embedding, prompts).masks[0]
        np.testing.assert_array_equal(found, first_square())
    assert predictor.decode(embedding, box_and_point).masks[0].sum() == 6 * 10
    exact = predictor.decode(embedding, Prompts(mask=first_square())).masks[0]
    np.testing.assert_array_equal(exact, first_square())


def test_the_logits_of_a_prediction_refine(predictor: Predictor) -> None:
    embedding = predictor.encode(squares())
    first = predictor.decode(embedding, Prompts([(8, 10)]))
    again = predictor.decode(embedding, Prompts(mask=first.logits[0]))
    np.testing.assert_array_equal(again.masks[0], first_square())


def test_the_same_plane_is_encoded_once(predictor: Predictor, tiny_model: Any) -> None:
    image = squares()
    assert not predictor.is_encoded(image)
    first = predictor.encode(image)
    assert predictor.is_encoded(image)
    assert predictor.encode(image.astype("f8")) is first
    assert tiny_model.encoded == [(40, 48, 3)]
    assert first.key == predictor.key_for(image)


def test_one_intensity_serves_all_planes_of_a_volume(predictor: Predictor) -> None:
    volume = np.stack([squares("u2"), squares("u2") * 4])
    intensity = resolve_intensity(volume, rgb=False)
    dim, bright = (predictor.encode(plane, intensity=intensity) for plane in volume)
    assert dim.image_embedding.max() < bright.image_embedding.max()
    assert predictor.key_for(volume[0]) == predictor.key_for(volume[1])


def test_a_store_may_be_shared_and_may_keep_nothing(tiny_model: Any) -> None:
    store = EmbeddingStore()
    first = Predictor(tiny_model, store=store).encode(squares())
    assert Predictor(tiny_model, store=store).encode(squares()) is first
    forgetful = Predictor(tiny_model, store=EmbeddingStore(0))
    assert forgetful.encode(squares()) is not forgetful.encode(squares())


def test_the_model_works_in_evaluation_mode_without_gradients(tiny_model: Any) -> None:
    tiny_model.train()
    embedding = Predictor(tiny_model).encode(squares())
    assert not tiny_model.training
    assert embedding.image_embedding.is_inference()


def test_threads_that_want_the_same_plane_share_one_encoding(tiny_model_class: Any) -> None:
    class Slow(tiny_model_class):  # type: ignore[misc]
        def encode(self, image: np.ndarray) -> dict[str, torch.Tensor]:
            time.sleep(0.05)
            return super().encode(image)

    together = threading.Barrier(4)
    predictor = Predictor(Slow())

    def encode(_: int) -> Embedding:
        together.wait(5)
        return predictor.encode(squares())

    with ThreadPoolExecutor(4) as pool:
        found = set(map(id, pool.map(encode, range(4))))
    assert len(found) == 1
    assert predictor.model.encoded == [(40, 48, 3)]


def test_decoding_goes_on_while_another_plane_is_encoded(tiny_model_class: Any) -> None:
    started, go_on = threading.Event(), threading.Event()

    class Slow(tiny_model_class):  # type: ignore[misc]
        def encode(self, image: np.ndarray) -> dict[str, torch.Tensor]:
            if image.shape[0] == 64:
                started.set()
                assert go_on.wait(10)
            return super().encode(image)

    predictor = Predictor(Slow())
    ready = predictor.encode(squares())
    with ThreadPoolExecutor(1) as pool:
        pending = pool.submit(predictor.encode, np.eye(64))
        assert started.wait(10)
        prediction = predictor.decode(ready, Prompts([(8, 10)]))
        assert not pending.done()
        go_on.set()
        assert pending.result(10).image_size == (64, 64)
    np.testing.assert_array_equal(prediction.masks[0], first_square())
