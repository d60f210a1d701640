"""From prompts to labels in planes, volumes and series."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from napari_samwise.errors import Cancelled, ImageError, InputError, ModelNameError, PromptError
from napari_samwise.predictor.predictor import Predictor
from napari_samwise.prompts import Prompts
from napari_samwise.segment.objects import segment


def stack(planes: int = 4) -> np.ndarray:
    """`(Z, Y, X)` uint16 with one square a plane, further right in every plane."""
    volume = np.zeros((planes, 24, 40), dtype=np.uint16)
    for z in range(planes):
        volume[z, 6:16, 4 + 5 * z : 14 + 5 * z] = 1000
    return volume


def on_plane(z: int) -> Prompts:
    return Prompts([(z, 10, 8 + 5 * z)])


class Lazy:
    """An array that is read only by slicing and remembers which planes were read."""

    def __init__(self, array: np.ndarray) -> None:
        self.array, self.shape, self.dtype = array, array.shape, array.dtype
        self.read: list[Any] = []

    def __getitem__(self, index: Any) -> np.ndarray:
        self.read.append(index)
        return self.array[index]


def test_a_click_in_a_volume_fills_its_plane_only(tiny_model: Any) -> None:
    labels = segment(stack(), {3: on_plane(2)}, model=tiny_model, axes="ZYX")
    assert labels.dtype == np.int32
    expected = np.zeros((4, 24, 40), dtype=int)
    expected[2][stack()[2] > 0] = 3
    np.testing.assert_array_equal(labels, expected)
    assert tiny_model.encoded == [(24, 40, 3)]


def test_a_box_through_a_volume_is_decoded_on_every_plane(tiny_model: Any) -> None:
    volume = np.repeat(stack(1), 4, axis=0)
    labels = segment(volume, {1: Prompts(box=[(1, 4, 2), (2, 18, 16)])}, model=tiny_model)
    expected = (volume > 0) & np.isin(np.arange(4), (1, 2))[:, None, None]
    np.testing.assert_array_equal(labels, expected)
    # Both planes hold the same pixels, so the second comes from the store.
    assert len(tiny_model.encoded) == 1


def test_earlier_objects_keep_their_pixels(tiny_model: Any) -> None:
    image = np.full((20, 20), 7)
    image[19, 0] = 8
    first, second = Prompts(box=(0, 0, 12, 12)), Prompts(box=(8, 8, 19, 19))
    labels = segment(image, {5: first, 2: second}, model=tiny_model)
    assert (labels[:13, :13] == 5).all()
    assert labels[13:, 13:].all()
    assert labels[15, 15] == 2


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20)
@given(order=st.permutations("TZYX"), channel=st.sampled_from(["", "first", "last"]))
def test_every_axis_order_gives_the_same_labels(
    tiny_model: Any, order: list[str], channel: str
) -> None:
    image = np.stack([stack(), stack()[::-1]])
    point = {"T": 1, "Z": 3, "Y": 10, "X": 8}
    names = "".join(order)
    moved = np.einsum(f"TZYX->{names}", image)
    axes = names
    if channel == "first":
        moved, axes = np.stack([moved] * 3, axis=0), f"C{names}"
    elif channel == "last":
        moved, axes = np.stack([moved] * 4, axis=-1), f"{names}C"
    prompts = {1: Prompts([[point[name] for name in names]])}
    labels = segment(moved, prompts, model=tiny_model, axes=axes)
    expected = np.zeros(image.shape, dtype=int)
    expected[1, 3] = image[1, 3] > 0
    np.testing.assert_array_equal(np.einsum(f"{names}->TZYX", labels), expected)


def test_colour_is_guessed_from_the_last_axis(tiny_model: Any) -> None:
    image = np.repeat(stack(1)[0, ..., None], 3, axis=-1)
    labels = segment(image, {1: Prompts([(10, 8)])}, model=tiny_model)
    np.testing.assert_array_equal(labels, stack(1)[0] > 0)


def test_only_planes_with_prompts_are_loaded(tiny_model: Any) -> None:
    image = Lazy(np.zeros((3000, 24, 40), dtype=np.uint16))
    image.array[1234, 6:16, 4:14] = 1000
    labels = segment(image, {1: Prompts([(1234, 10, 8)])}, model=tiny_model, intensity="auto")
    assert labels[1234].sum() == 100
    *sampled, plane = image.read
    assert plane[0] == 1234
    assert len({index[0] for index in sampled}) <= 16


def test_one_intensity_for_the_whole_volume(tiny_model: Any) -> None:
    volume = stack(2)
    volume[1] //= 10
    predictor = Predictor(tiny_model)
    segment(volume, {1: Prompts([(1, 10, 12)])}, model=predictor)
    assert not predictor.is_encoded(volume[1])


def test_a_predictor_keeps_its_embeddings_between_calls(tiny_model: Any) -> None:
    predictor = Predictor(tiny_model)
    for label in (1, 2):
        segment(stack(), {label: on_plane(1)}, model=predictor)
    assert len(tiny_model.encoded) == 1


def test_progress_counts_objects_on_planes(tiny_model: Any) -> None:
    seen: list[tuple[int, int]] = []
    prompts = {1: Prompts(box=[(0, 4, 2), (2, 18, 30)]), 2: on_plane(3)}
    segment(stack(), prompts, model=tiny_model, progress=lambda *step: seen.append(step))
    assert seen == [(1, 4), (2, 4), (3, 4), (4, 4)]


def test_stopping_raises_and_keeps_what_was_encoded(tiny_model: Any) -> None:
    predictor = Predictor(tiny_model)
    answers = iter([False, True])
    with pytest.raises(Cancelled, match="after 1 of 2"):
        segment(
            stack(),
            {1: on_plane(0), 2: on_plane(1)},
            model=predictor,
            should_stop=lambda: next(answers),
        )
    assert len(predictor.store) == 1


POINT = {1: Prompts([(10, 8)])}
PLANE = stack(1)[0]


@pytest.mark.parametrize(
    ("image", "prompts", "kwargs", "error", "message"),
    [
        (np.zeros(30), POINT, {}, ImageError, "rank 1"),
        (np.zeros((1,) * 4 + (20, 20)), POINT, {}, ImageError, "rank 6"),
        (np.zeros((1,) * 4 + (20, 20)), POINT, {"axes": "ZYX"}, ImageError, "name 3 axes"),
        (PLANE, POINT, {"axes": "ZX"}, ImageError, "one letter"),
        (np.zeros((5, 20, 20)), POINT, {"axes": "CYX"}, ImageError, "choose three"),
        (np.zeros((0, 20)), POINT, {}, ImageError, "empty"),
        (np.full((20, 20), np.nan), POINT, {}, ImageError, "finite"),
        (np.zeros((20, 20), complex), POINT, {}, ImageError, "np.abs"),
        ([[1, 2], [3]], POINT, {}, ImageError, "regular array"),
        ("cells.tif", POINT, {}, ImageError, "read the file"),
        (np.eye(12, 20), POINT, {}, ImageError, "16 x 16"),
        (np.ones((20, 20)), POINT, {}, ImageError, "got 1.0 everywhere"),
        (PLANE, {}, {}, PromptError, "No prompt is given"),
        (PLANE, {1: Prompts()}, {}, PromptError, "Object 1: No prompt"),
        (PLANE, {7: Prompts([(10, 80)])}, {}, PromptError, "Object 7: Points must lie inside"),
        (PLANE, {1: Prompts(box=(90, 90, 99, 99))}, {}, PromptError, "must overlap"),
        (PLANE, {1: Prompts([(1, 10, 8)])}, {}, PromptError, "each of the image's 2 axes"),
        (stack(), POINT, {}, PromptError, "each of the image's 3 axes"),
        (stack(), {1: Prompts([(9, 10, 8)])}, {}, PromptError, "inside the image of size"),
        (PLANE, {1: Prompts(mask=np.ones((5, 5), bool))}, {}, PromptError, "plane's size"),
        (PLANE, {1: Prompts(text="nuclei")}, {}, PromptError, "reads no text"),
        (PLANE, {0: Prompts([(1, 1)])}, {}, PromptError, "0 is the background"),
        (PLANE, {-1: Prompts([(1, 1)])}, {}, PromptError, "from 1 to"),
        (PLANE, {2**31: Prompts([(1, 1)])}, {}, PromptError, "from 1 to"),
        (PLANE, {"a": Prompts([(1, 1)])}, {}, PromptError, "got 'a'"),
        (PLANE, {True: Prompts([(1, 1)])}, {}, PromptError, "got True"),
        (PLANE, {1: [(1, 1)]}, {}, PromptError, "Object 1 needs Prompts, got list"),
        (PLANE, Prompts([(1, 1)]), {}, PromptError, "mapping of label id"),
        (PLANE, POINT, {"model": 3}, ModelNameError, "got int"),
        (PLANE, POINT, {"intensity": "gamma"}, ImageError, "one of auto"),
    ],
)
def test_bad_input_is_refused_in_one_sentence(
    tiny_model: Any,
    image: Any,
    prompts: Any,
    kwargs: dict[str, Any],
    error: type[InputError],
    message: str,
) -> None:
    with pytest.raises(error, match=message) as caught:
        segment(image, prompts, **{"model": tiny_model, **kwargs})
    assert "\n" not in str(caught.value)
    if "text" not in message:
        assert tiny_model.encoded == []


def test_an_even_slice_of_an_image_gives_a_result(tiny_model: Any) -> None:
    image = np.ones((2, 20, 20))
    image[0, :5] = 2
    labels = segment(image, {1: Prompts([(1, 3, 3)])}, model=tiny_model)
    assert labels[1].any()
