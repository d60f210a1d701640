"""The key changes with everything that the features depend on, and with nothing else."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from napari_samwise.intensity import Intensity
from napari_samwise.predictor.predictor import Predictor

images = hnp.arrays(np.uint8, (16, 18))


@pytest.fixture(scope="module")
def predictor(tiny_model_class: Any) -> Predictor:
    return Predictor(tiny_model_class())


def limits(low: float, high: float) -> Intensity:
    return Intensity("contrast-limits", (low,), (high,), rgb=False)


IDENTITY = limits(0, 255)


@given(image=images, row=st.integers(0, 15), column=st.integers(0, 17), step=st.integers(1, 255))
def test_any_pixel_changes_the_key(
    predictor: Predictor, image: np.ndarray, row: int, column: int, step: int
) -> None:
    changed = image.copy()
    changed[row, column] ^= step
    assert predictor.key_for(changed, IDENTITY) != predictor.key_for(image, IDENTITY)
    assert predictor.key_for(image.copy(), IDENTITY) == predictor.key_for(image, IDENTITY)


@given(image=images, high=st.integers(1, 254))
def test_limits_change_the_key_where_they_change_what_is_seen(
    predictor: Predictor, image: np.ndarray, high: int
) -> None:
    narrow = limits(0, high)
    same_pixels = (narrow.apply(image) == IDENTITY.apply(image)).all()
    same_key = predictor.key_for(image, narrow) == predictor.key_for(image, IDENTITY)
    assert same_key == same_pixels


def test_the_shape_is_part_of_the_key(predictor: Predictor) -> None:
    image = np.zeros((16, 32), np.uint8)
    assert predictor.key_for(image, IDENTITY) != predictor.key_for(image.reshape(32, 16), IDENTITY)


@pytest.mark.parametrize(
    ("attribute", "value"),
    [("digest", "other"), ("preprocessing", "tiny-2"), ("precision", torch.bfloat16)],
)
def test_the_model_is_part_of_the_key(tiny_model_class: Any, attribute: str, value: Any) -> None:
    image = np.eye(16, dtype=np.uint8)
    model, other = tiny_model_class(), tiny_model_class()
    setattr(other, attribute, value)
    assert Predictor(model).key_for(image) != Predictor(other).key_for(image)


def test_a_model_without_a_digest_is_known_by_its_tensors(tiny_model_class: Any) -> None:
    image = np.eye(16, dtype=np.uint8)
    keys = []
    for value in (0.0, 0.0, 1.0):
        model = tiny_model_class()
        model.digest = ""
        torch.nn.init.constant_(model.anchor, value)
        keys.append(Predictor(model).key_for(image))
    assert keys[0] == keys[1]
    assert keys[0] != keys[2]
