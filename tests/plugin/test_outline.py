from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from napari_samwise.plugin.drawn_mask import fill_outlines
from napari_samwise.plugin.outline import Outline
from napari_samwise.plugin.plane import Plane

FLAT = Plane((0, 1))


def fill(outline: Outline, size: tuple[int, int]) -> np.ndarray:
    return fill_outlines([outline], FLAT, size).on_plane(size)


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
    filled = fill(turned, (30, 30))
    assert filled[10, 10]
    assert not filled[1, 1]
    assert filled.sum() == pytest.approx(200, rel=0.15)


def test_ellipse_has_the_area_of_an_ellipse_even_when_turned() -> None:
    upright = Outline("ellipse", np.array([(5, 10), (5, 40), (25, 40), (25, 10)], dtype=float))
    filled = fill(upright, (60, 60))
    assert filled.sum() == pytest.approx(np.pi * 10 * 15, rel=0.03)
    rotation = np.array([[0.8, -0.6], [0.6, 0.8]])
    turned = Outline("ellipse", (upright.vertices - (15, 25)) @ rotation.T + (30, 30))
    assert fill(turned, (60, 60)).sum() == pytest.approx(np.pi * 10 * 15, rel=0.03)


def test_fill_is_cut_off_at_the_border() -> None:
    beyond = Outline("ellipse", np.array([(-20, -20), (-20, 20), (20, 20), (20, -20)], dtype=float))
    filled = fill(beyond, (10, 12))
    assert filled.shape == (10, 12)
    assert filled.all()


def test_lines_and_paths_enclose_nothing() -> None:
    for kind in ("line", "path"):
        assert not Outline(kind, np.array([(0, 0), (5, 5)], dtype=float)).is_closed


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


def test_a_huge_outline_is_kept_coarse() -> None:
    ring = np.array([(10, 10), (10, 39_000), (30_000, 39_000)], dtype=float)
    drawn = fill_outlines([Outline("polygon", ring)], FLAT, (40_000, 40_000))
    assert max(drawn.inside.shape) <= 2048
    assert drawn.inside.sum() * drawn.step**2 == pytest.approx(29_990 * 38_990 / 2, rel=0.01)
    np.testing.assert_allclose(drawn.box, [(10, 10), (30_000, 39_000)], atol=2 * drawn.step)
    mask = drawn.on_frames((40_000, 40_000))
    assert mask.contains(np.array([1000.0, 30_000.0]))
    assert not mask.contains(np.array([30_000.0, 1000.0]))
