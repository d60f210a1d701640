"""What cannot be encoded or decoded is refused in one sentence, and nothing is encoded for it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from napari_samwise.errors import ImageError, InputError, ModelNameError, PromptError
from napari_samwise.predictor.predictor import Predictor
from napari_samwise.prompts import Prompts


@pytest.fixture
def predictor(tiny_model: Any) -> Predictor:
    return Predictor(tiny_model)


@pytest.mark.parametrize(
    ("image", "message"),
    [
        (np.zeros(20), "rank 1"),
        (np.zeros((1, 1, 1, 1, 20, 20)), "rank 6"),
        (np.zeros((20, 20, 7)), "rank 3"),
        (np.zeros((0, 20)), "empty"),
        (np.zeros((15, 400)), "16 x 16"),
        (np.full((20, 20), np.nan), "finite values"),
        (np.ones((20, 20)), "two different values, got 1.0 everywhere"),
        (np.zeros((20, 20), complex), "complex128"),
        (np.full((20, 20), None), "dtype object"),
        ("cells.tif", "read the file first"),
        (None, "must be an array, got NoneType"),
    ],
)
def test_images(predictor: Predictor, tiny_model: Any, image: Any, message: str) -> None:
    for attempt in (predictor.encode, predictor.key_for, predictor.is_encoded):
        with pytest.raises(ImageError, match=message) as caught:
            attempt(image)
        assert "\n" not in str(caught.value)
    assert tiny_model.encoded == []


@pytest.mark.parametrize("intensity", ["contrast-limits", "window", "bright", 3, None])
def test_policies_that_need_more(predictor: Predictor, intensity: Any) -> None:
    with pytest.raises(ImageError, match="intensity policy"):
        predictor.encode(np.eye(20), intensity=intensity)


@pytest.mark.parametrize(
    ("prompts", "message"),
    [
        (Prompts(), "No prompt is given"),
        (Prompts([(3, 3)], labels=[0]), "exclude"),
        (Prompts([(3, 3), (3, 40)]), "inside the image of size .20, 30."),
        (Prompts(box=(40, 40, 50, 50)), "must overlap"),
        (Prompts([(1, 3, 3)]), "each of the image's 2 axes"),
        (Prompts(mask=np.ones((30, 20), bool)), "plane's size"),
        (Prompts(text="nuclei"), "reads no text"),
        ([(3, 3)], "got list"),
    ],
)
def test_prompts(predictor: Predictor, prompts: Any, message: str) -> None:
    embedding = predictor.encode(np.eye(20, 30))
    with pytest.raises(PromptError, match=message) as caught:
        predictor.decode(embedding, prompts)
    assert "\n" not in str(caught.value)


def test_a_box_partly_outside_is_clipped(predictor: Predictor) -> None:
    image = np.ones((20, 30))
    image[0, 29] = 2
    embedding = predictor.encode(image)
    prediction = predictor.decode(embedding, Prompts(box=(10, -5, 99, 14)))
    expected = np.zeros((20, 30), dtype=bool)
    expected[10:, :15] = True
    np.testing.assert_array_equal(prediction.masks[0], expected)


def test_an_embedding_of_another_model(predictor: Predictor, tiny_model_class: Any) -> None:
    other = tiny_model_class()
    other.digest = "other"
    embedding = Predictor(other).encode(np.eye(20))
    with pytest.raises(InputError, match="other weights"):
        predictor.decode(embedding, Prompts([(3, 3)]))


def test_an_image_is_no_embedding(predictor: Predictor) -> None:
    with pytest.raises(InputError, match=r"call predictor\.encode"):
        predictor.decode(np.eye(20), Prompts([(3, 3)]))  # type: ignore[arg-type]


def test_no_candidates_at_all(predictor: Predictor) -> None:
    embedding = predictor.encode(np.eye(20))
    with pytest.raises(InputError, match="1 or more"):
        predictor.decode(embedding, Prompts([(3, 3)]), keep=0)


@pytest.mark.parametrize("model", [None, 3, object()])
def test_models_that_are_none(model: Any) -> None:
    with pytest.raises(ModelNameError, match="a name such as 'nano'"):
        Predictor(model)
