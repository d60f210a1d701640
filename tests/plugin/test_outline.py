from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from napari_samwise.plugin.outline import Outline
from napari_samwise.plugin.plane import Plane

FLAT = Plane((0, 1))
coordinate = st.floats(-50, 50, allow_nan=False)


@given(coordinate, coordinate, coordinate, coordinate, st.integers(0, 3), st.booleans())
def test_a_box_is_the_same_however_it_was_drawn(y0, x0, y1, x1, first, reverse) -> None:
    ring = np.array([(y0, x0), (y0, x1), (y1, x1), (y1, x0)])
    ring = np.roll(ring[::-1] if reverse else ring, first, axis=0)
    box = Outline("rectangle", ring).box(FLAT)
    np.testing.assert_array_equal(box, [[min(y0, y1), min(x0, x1)], [max(y0, y1), max(x0, x1)]])


def test_a_turned_rectangle_is_no_box_but_encloses_an_area() -> None:
    turned = Outline("rectangle", np.array([(0, 10), (10, 20), (20, 10), (10, 0)], dtype=float))
    assert turned.box(FLAT) is None
    filled = turned.fill(FLAT, (30, 30))
    assert filled[10, 10]
    assert not filled[1, 1]
    assert filled.sum() == pytest.approx(200, rel=0.15)


def test_ellipse_has_the_area_of_an_ellipse_even_when_turned() -> None:
    upright = Outline("ellipse", np.array([(5, 10), (5, 40), (25, 40), (25, 10)], dtype=float))
    filled = upright.fill(FLAT, (60, 60))
    assert filled.sum() == pytest.approx(np.pi * 10 * 15, rel=0.03)
    rotation = np.array([[0.8, -0.6], [0.6, 0.8]])
    turned = Outline("ellipse", (upright.vertices - (15, 25)) @ rotation.T + (30, 30))
    assert turned.fill(FLAT, (60, 60)).sum() == pytest.approx(np.pi * 10 * 15, rel=0.03)


def test_fill_is_cut_off_at_the_border() -> None:
    beyond = Outline("ellipse", np.array([(-20, -20), (-20, 20), (20, 20), (20, -20)], dtype=float))
    filled = beyond.fill(FLAT, (10, 12))
    assert filled.shape == (10, 12)
    assert filled.all()


def test_lines_and_paths_enclose_nothing() -> None:
    for kind in ("line", "path"):
        assert Outline(kind, np.array([(0, 0), (5, 5)], dtype=float)).fill(FLAT, (9, 9)) is None


def test_plane_comes_from_the_axes_in_which_a_shape_extends() -> None:
    in_zx = Outline(
        "rectangle", np.array([(0, 3, 1), (0, 3, 8), (6, 3, 8), (6, 3, 1)], dtype=float)
    )
    assert in_zx.plane((1, 2)) == Plane((0, 2), (3,))
    tilted = Outline("polygon", np.array([(0, 0, 0), (1, 5, 0), (2, 5, 5)], dtype=float))
    assert tilted.plane((1, 2)) is None


def test_a_shape_without_area_takes_the_displayed_axes() -> None:
    flat = Outline("rectangle", np.array([(4, 3, 3)] * 4, dtype=float))
    assert flat.plane((1, 2)) == Plane((1, 2), (4,))
