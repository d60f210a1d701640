"""Ends of long thin masks, and what goes on from there."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage as ndi

from napari_samwise.geometry.ends import find_ends

SIZE = 120


def band(*points: tuple[float, float], width: float) -> np.ndarray:
    """Return `(120, 120)` bool, a polyline of some width with round ends."""
    line = np.ones((SIZE, SIZE), dtype=bool)
    for (y0, x0), (y1, x1) in pairwise(points):
        part = np.linspace(0, 1, 400)
        rows, columns = np.rint(y0 + part * (y1 - y0)), np.rint(x0 + part * (x1 - x0))
        line[rows.astype(int), columns.astype(int)] = False
    return ndi.distance_transform_edt(line) <= width / 2


@given(
    angle=st.floats(0, math.pi),
    half=st.floats(30, 50),
    width=st.floats(3, 10),
    along=st.floats(-0.9, 0.9),
)
def test_a_band_ends_at_both_ends_wherever_it_is_clicked(
    angle: float, half: float, width: float, along: float
) -> None:
    step = np.array([math.sin(angle), math.cos(angle)])
    middle = np.array([60.0, 60.0])
    mask = band(tuple(middle - half * step), tuple(middle + half * step), width=width)
    seed = np.rint(middle + along * half * step).astype(int)
    ends = find_ends(mask, (int(seed[0]), int(seed[1])))
    assert len(ends) == 2
    for sign in (-1, 1):
        true = middle + sign * half * step
        near = min(ends, key=lambda end: math.dist(end.tip, true))
        assert math.dist(near.tip, true) <= width / 2 + 2
        assert mask[near.core]
        assert math.dist(near.core, near.tip) <= 1.25 * near.width + 1
        assert near.width == pytest.approx(width, abs=2.5)


def test_a_bent_band_is_followed_along_itself() -> None:
    mask = band((20, 20), (20, 100), (60, 100), (60, 25), width=7)
    tips = {tuple(np.round(np.array(end.tip) / 20)) for end in find_ends(mask, (20, 60))}
    assert tips == {(1, 1), (3, 1)}


@pytest.mark.parametrize("ratio", [1.0, 2.0, 3.0])
def test_what_is_not_long_has_no_ends(ratio: float) -> None:
    rows, columns = np.ogrid[:SIZE, :SIZE]
    ellipse = ((rows - 60) * ratio) ** 2 + (columns - 60) ** 2 < 40**2
    assert find_ends(ellipse, (60, 60)) == ()
    assert find_ends(ellipse, (0, 0)) == ()
    assert find_ends(np.zeros((SIZE, SIZE), dtype=bool), (5, 5)) == ()


def test_only_the_part_that_was_clicked_counts() -> None:
    mask = band((20, 10), (20, 50), width=6) | band((80, 10), (80, 110), width=6)
    assert {end.tip[0] // 10 for end in find_ends(mask, (20, 30))} <= {1, 2}


def test_a_mask_goes_on_where_it_shares_the_end_adds_to_it_and_is_no_wider() -> None:
    known = band((60, 10), (60, 60), width=8)
    (end,) = (end for end in find_ends(known, (60, 30)) if end.tip[1] > 50)
    assert end.goes_on(known, band((60, 40), (60, 90), width=8))
    assert not end.goes_on(known, known)
    assert not end.goes_on(known, band((60, 66), (60, 110), width=8))
    assert not end.goes_on(known, band((60, 40), (60, 90), width=24))
    assert not end.goes_on(known, band((60, 5), (60, 40), width=8))
