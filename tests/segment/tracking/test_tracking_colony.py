"""Linking of a colony: its cells divide, and push each other outwards as they grow."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from napari_samwise.geometry.boxed_mask import BoxedMask
from napari_samwise.segment.tracking.history import History
from napari_samwise.segment.tracking.linking import link_labels
from napari_samwise.segment.tracking.near_moves import near_moves
from napari_samwise.segment.tracking.regions import Region


def colony(spread: float) -> np.ndarray:
    """Return 5 x 5 rods on frame 0, each two shorter ones on frame 1, farther apart."""
    labels = np.zeros((2, 420, 640), dtype=np.int32)
    offsets = [(y, x) for y in range(-2, 3) for x in range(-2, 3)]
    for index, (y, x) in enumerate(offsets):
        top, left = 205 + 14 * y, 300 + 44 * x
        labels[0, top : top + 10, left : left + 40] = index + 1
        top, left = round(205 + 14 * spread * y), round(298 + 44 * spread * x)
        for half in (0, 1):
            start = left + 23 * half
            labels[1, top : top + 10, start : start + 21] = 100 + 2 * index + half
    return labels


@pytest.mark.parametrize("spread", [1.0, 1.1])
def test_all_divide_while_they_are_pushed_apart(spread) -> None:
    labels = colony(spread)
    tracks = link_labels(labels)
    for index in range(25):
        (mother,) = np.unique(tracks.labels[0][labels[0] == index + 1])
        for half in (0, 1):
            (daughter,) = np.unique(tracks.labels[1][labels[1] == 100 + 2 * index + half])
            assert tracks.graph[daughter] == [mother]


def square(y: int, x: int) -> Region:
    return Region.from_mask(BoxedMask.from_mask(np.ones((10, 10), bool), (y, x)))


def histories(places) -> list[History]:
    return [History.begin(label, square(*place), 0) for label, place in enumerate(places, 1)]


def test_who_was_not_found_moves_as_its_neighbours_do() -> None:
    known = histories([(0, 0), (0, 14), (14, 0), (14, 14)])
    regions = [square(6, 5), square(6, 19), square(20, 5)]
    rest = [np.zeros(2)] * 4
    moves = near_moves(known, regions, {0: (0,), 1: (1,), 2: (2,)}, rest, 1, (1, 1))
    np.testing.assert_array_equal(moves, [(6, 5)] * 4)


def test_neighbours_that_go_their_own_ways_say_nothing() -> None:
    known = histories([(0, 0), (0, 14), (14, 0), (14, 14)])
    regions = [square(9, 0), square(0, 23), square(14, -9)]
    own = [np.full(2, float(index)) for index in range(4)]
    moves = near_moves(known, regions, {0: (0,), 1: (1,), 2: (2,)}, own, 1, (1, 1))
    np.testing.assert_array_equal(moves, own)


def test_moves_are_pixels_whatever_the_scale() -> None:
    known = histories([(0, 0), (0, 14), (14, 0)])
    regions = [square(6, 5), square(6, 19), square(20, 5)]
    found = {row: (row,) for row in range(3)}
    moves = near_moves(known, regions, found, [np.zeros(2)] * 3, 1, (3, 0.5))
    np.testing.assert_allclose(moves, [(6, 5)] * 3)


def test_who_was_unseen_for_a_frame_goes_on_as_before() -> None:
    known = histories([(0, 0), (0, 14), (14, 0), (14, 14)])
    known[3] = replace(known[3], frame=-1)
    regions = [square(6, 5), square(6, 19), square(20, 5), square(40, 40)]
    found = {row: (row,) for row in range(4)}
    moves = near_moves(known, regions, found, [np.full(2, 9.0)] * 4, 1, (1, 1))
    np.testing.assert_array_equal(moves, [(6, 5)] * 3 + [(9, 9)])
