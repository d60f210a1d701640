"""A mask alone is decoded as what it is: the object, and not half of it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import skimage.data
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from napari_samwise.model.nano_levels import Pyramid
from napari_samwise.model.nano_lone_mask import add_missing_click
from napari_samwise.model.nano_prompts import earlier_logits
from napari_samwise.predictor.predictor import Predictor
from napari_samwise.prompts import EXCLUDE, INCLUDE, Prompts

CPU = torch.device("cpu")


def completed(prompts: Prompts, size: tuple[int, int]) -> Prompts:
    pyramid = Pyramid(size)
    return add_missing_click(prompts, earlier_logits(prompts, pyramid, CPU), pyramid)


def iou(first: np.ndarray, second: np.ndarray) -> float:
    return float((first & second).sum() / (first | second).sum())


@settings(max_examples=30, deadline=None)
@given(
    size=st.tuples(st.integers(16, 900), st.integers(16, 900)),
    place=st.tuples(st.floats(0, 0.8), st.floats(0, 0.8)),
)
def test_the_click_lies_in_the_mask(size: tuple[int, int], place: tuple[float, float]) -> None:
    y, x = (int(share * side) for share, side in zip(place, size, strict=True))
    mask = np.zeros(size, bool)
    mask[y : y + size[0] // 5 + 3, x : x + size[1] // 5 + 3] = True
    full = completed(Prompts(mask=mask), size)
    assert full.labels.tolist() == [INCLUDE]
    assert mask[tuple(np.rint(full.points[0]).astype(int))]


def test_the_last_cell_of_an_odd_plane_is_inside() -> None:
    size = (351, 353)
    logits = np.full(Pyramid(size).logits_size, -8.0, np.float32)
    logits[-1, -1] = 8
    full = completed(Prompts(mask=logits), size)
    assert full.points.tolist() == [[350.0, 352.0]]


def test_a_thin_ring_is_clicked_on_and_not_in_its_hole() -> None:
    y, x = np.mgrid[:900, :900]
    ring = np.abs(np.hypot(y - 450, x - 450) - 400) < 2.5
    full = completed(Prompts(mask=ring), ring.shape)
    assert abs(np.hypot(*(full.points[0] - 450)) - 400) < 4


@pytest.mark.parametrize(
    ("logit", "other"),
    [(1.0, {"points": [(5, 5)]}), (1.0, {"box": (2, 2, 30, 30)}), (-3.0, {})],
)
def test_nothing_is_added_where_nothing_is_missing(logit: float, other: dict[str, Any]) -> None:
    size = (40, 40)
    logits = np.full(Pyramid(size).logits_size, logit, np.float32)
    prompts = Prompts(mask=logits, **other)
    assert completed(prompts, size) is prompts


def test_points_that_exclude_stay() -> None:
    mask = np.zeros((400, 400), bool)
    mask[100:140, 100:140] = True
    full = completed(Prompts([(90, 90)], labels=[0], mask=mask), mask.shape)
    assert full.labels.tolist() == [EXCLUDE, INCLUDE]
    assert full.points[0].tolist() == [90, 90]


def test_logits_alone_refine_the_mask_that_they_are_of() -> None:
    predictor = Predictor("nano")
    embedding = predictor.encode(skimage.data.coins())
    for point in ((127, 153), (193, 212), (119, 271)):
        first = predictor.decode(embedding, Prompts([point]))
        again = predictor.decode(embedding, Prompts(mask=first.logits[0]))
        assert iou(first.masks[0], again.masks[0]) > 0.75
