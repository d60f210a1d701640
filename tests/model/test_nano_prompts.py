"""What the decoder of nano is told: windows, tokens, and the mask that is fed back."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from napari_samwise.errors import PromptError
from napari_samwise.model.nano_decoder import (
    BOX_FIRST,
    BOX_SECOND,
    EXCLUDE,
    INCLUDE,
    NO_POINT,
)
from napari_samwise.model.nano_encoder import WINDOW_PX
from napari_samwise.model.nano_levels import Pyramid
from napari_samwise.model.nano_paste import OUTSIDE_LOGIT
from napari_samwise.model.nano_prompts import choose_windows, earlier_logits, window_prompts
from napari_samwise.prompts import Prompts

CPU = torch.device("cpu")
PLANE = (600, 800)


def test_a_click_is_tried_on_every_level() -> None:
    pyramid = Pyramid(PLANE)
    windows = choose_windows(Prompts(points=[(300, 400)]), None, pyramid)
    assert [window.level for window in windows] == list(range(pyramid.count))


@pytest.mark.parametrize(("side", "level"), [(20, 0), (130, 0), (150, 1), (300, 2), (590, 3)])
def test_a_box_takes_the_finest_level_that_has_room_for_it(side: int, level: int) -> None:
    box = (2, 100, 2 + side, 100 + side)
    (window,) = choose_windows(Prompts(box=box), None, Pyramid(PLANE))
    assert window.level == level


def test_a_mask_takes_the_level_of_its_extent() -> None:
    mask = np.zeros(PLANE, bool)
    mask[50:350, 420:500] = True
    pyramid = Pyramid(PLANE)
    prompts = Prompts(mask=mask)
    (window,) = choose_windows(prompts, earlier_logits(prompts, pyramid, CPU), pyramid)
    corners = pyramid.to_window(np.array([[50.0, 420.0], [349.0, 499.0]]), window)
    assert window.level == 2
    assert ((corners > 0) & (corners < WINDOW_PX)).all()


def test_logits_without_any_mask_still_have_a_window() -> None:
    pyramid = Pyramid(PLANE)
    nothing = np.full(pyramid.logits_size, -3.0, np.float32)
    prompts = Prompts(mask=nothing)
    windows = choose_windows(prompts, earlier_logits(prompts, pyramid, CPU), pyramid)
    assert windows[-1].level == pyramid.count - 1


points = st.lists(st.tuples(st.floats(0, 599), st.floats(0, 799)), min_size=1, max_size=4)


@given(points)
@settings(deadline=None)
def test_every_point_that_includes_lies_in_every_window(places: list[tuple[float, float]]) -> None:
    pyramid = Pyramid(PLANE)
    prompts = Prompts(points=places)
    windows = choose_windows(prompts, None, pyramid)
    batch = window_prompts(prompts, None, windows, pyramid, CPU)
    assert batch.points.shape == (len(windows), len(places) + 1, 2)
    inside = batch.points[:, :-1]
    assert ((inside >= 0) & (inside <= WINDOW_PX)).all()


def test_a_far_exclude_point_does_not_cost_the_fine_levels() -> None:
    pyramid = Pyramid(PLANE)
    prompts = Prompts(points=[(100, 100), (110, 100), (500, 700)], labels=[1, 0, 0])
    windows = choose_windows(prompts, None, pyramid)
    assert windows == choose_windows(Prompts(points=[(100, 100)]), None, pyramid)
    batch = window_prompts(prompts, None, windows, pyramid, CPU)
    assert batch.labels[0].tolist() == [INCLUDE, EXCLUDE, NO_POINT, NO_POINT]
    assert batch.labels[-1].tolist() == [INCLUDE, EXCLUDE, EXCLUDE, NO_POINT]


def test_without_a_box_there_is_one_token_that_stands_for_nothing() -> None:
    pyramid = Pyramid((300, 300))
    for count in (1, 2, 5):
        prompts = Prompts(points=[(100 + k, 90) for k in range(count)])
        batch = window_prompts(prompts, None, choose_windows(prompts, None, pyramid), pyramid, CPU)
        assert (batch.labels == torch.tensor([INCLUDE] * count + [NO_POINT])).all()


def test_a_box_reaches_to_the_outer_edges_of_its_pixels() -> None:
    pyramid = Pyramid((150, 150))
    prompts = Prompts(box=(0, 10, 20, 40))
    windows = choose_windows(prompts, None, pyramid)
    batch = window_prompts(prompts, None, windows, pyramid, CPU)
    assert batch.labels.tolist() == [[BOX_FIRST, BOX_SECOND]]
    corner = np.array(windows[0].corner)
    assert_allclose(batch.points[0].numpy() + corner, [[0, 20], [42, 82]])


@pytest.mark.parametrize("size", [(40, 33), (57, 61), (300, 200), (401, 601), (2500, 900)])
def test_a_painted_mask_becomes_logits_of_the_same_shape(size: tuple[int, int]) -> None:
    mask = np.zeros(size, bool)
    mask[size[0] // 4 : size[0] // 2, size[1] // 3 : size[1] // 2] = True
    pyramid = Pyramid(size)
    logits = earlier_logits(Prompts(mask=mask), pyramid, CPU)
    assert logits is not None
    assert tuple(logits.shape) == pyramid.logits_size
    share = float((logits > 0).float().mean())
    assert share == pytest.approx(mask.mean(), rel=0.15)
    assert float(logits.abs().max()) <= -OUTSIDE_LOGIT


def test_logits_are_bounded_as_in_training() -> None:
    pyramid = Pyramid((200, 200))
    wild = np.full(pyramid.logits_size, 1e4, np.float32)
    logits = earlier_logits(Prompts(mask=wild), pyramid, CPU)
    assert logits is not None
    assert float(logits.max()) == -OUTSIDE_LOGIT


def test_logits_of_another_plane_are_refused() -> None:
    with pytest.raises(PromptError, match=r"\(7, 9\).*\(200, 200\)"):
        earlier_logits(Prompts(mask=np.ones((7, 9), np.float32)), Pyramid((200, 200)), CPU)
