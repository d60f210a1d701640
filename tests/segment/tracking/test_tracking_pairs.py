"""Which two objects look like daughters."""

from __future__ import annotations

import numpy as np
import pytest

from napari_samwise.geometry.boxed_mask import BoxedMask
from napari_samwise.segment.tracking.pairs import best_pair, daughter_likeness
from napari_samwise.segment.tracking.regions import Region


def box(top: int, left: int, height: int, width: int) -> Region:
    return Region.from_mask(BoxedMask.from_mask(np.ones((height, width), bool), (top, left)))


MOTHER = box(20, 20, 10, 40)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (box(20, 19, 10, 20), box(20, 41, 10, 20)),  # two halves that part
        (box(20, 17, 9, 22), box(22, 41, 10, 22)),  # grown, and turned
        (box(24, 25, 10, 20), box(24, 47, 10, 20)),  # pushed aside by a colony
    ],
)
def test_two_halves_are_daughters(first, second) -> None:
    assert daughter_likeness(MOTHER, first, second, MOTHER.area) > 0


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (box(20, 20, 10, 36), box(20, 58, 10, 36)),  # she is there still, and a neighbour came
        (box(20, 15, 10, 34), box(20, 50, 10, 34)),  # both are more than she was
        (box(22, 25, 5, 10), box(22, 45, 5, 10)),  # most of her is missing
        (box(20, 20, 10, 26), box(20, 48, 10, 12)),  # one is half of the other
        (box(20, 45, 10, 20), box(20, 67, 10, 20)),  # both on one side of where she was
        (box(20, 20, 10, 20), box(20, 30, 10, 20)),  # they overlap
    ],
)
def test_others_are_no_daughters(first, second) -> None:
    assert daughter_likeness(MOTHER, first, second, MOTHER.area) == 0
    assert best_pair(MOTHER, [first, second], MOTHER.area) is None


def test_the_likeliest_two_are_chosen() -> None:
    left, right = box(20, 19, 10, 20), box(20, 41, 10, 20)
    pair = best_pair(MOTHER, [box(34, 41, 10, 22), left, right], MOTHER.area)
    assert pair is not None
    assert pair[1:] == (1, 2)
