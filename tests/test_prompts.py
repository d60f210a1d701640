"""Prompts: what they hold, what they refuse, and how they meet an image."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from napari_samwise.errors import PromptError
from napari_samwise.prompts import Prompts

coordinates = st.floats(-1e3, 1e3)


@st.composite
def prompts_nd(draw: st.DrawFn) -> Prompts:
    """Points, perhaps with a box, in 2 to 4 dimensions."""
    ndim = draw(st.integers(2, 4))
    row = st.tuples(*[coordinates] * ndim)
    points = draw(st.lists(row, min_size=1, max_size=5))
    labels = draw(st.lists(st.integers(0, 1), min_size=len(points), max_size=len(points)))
    low = draw(row)
    box = [low, [v + draw(st.floats(1, 50)) for v in low]] if draw(st.booleans()) else None
    return Prompts(points, labels, box)


def same(a: Prompts, b: Prompts) -> bool:
    arrays = [(a.points, b.points), (a.labels, b.labels), (a.box, b.box), (a.mask, b.mask)]
    return a.text == b.text and all(
        x is y or (x is not None and y is not None and x.dtype == y.dtype and (x == y).all())
        for x, y in arrays
    )


@given(prompts_nd())
def test_replacing_a_field_and_putting_it_back_changes_nothing(prompts: Prompts) -> None:
    assert same(prompts.replace(), prompts)
    flipped = prompts.replace(labels=1 - prompts.labels)
    assert (flipped.labels != prompts.labels).all()
    assert same(flipped.replace(labels=prompts.labels), prompts)


@given(prompts_nd())
def test_every_array_is_normalised_and_read_only(prompts: Prompts) -> None:
    assert prompts.points.dtype == np.float64
    assert prompts.labels.dtype == np.int8
    assert prompts.ndim == prompts.points.shape[1]
    with pytest.raises(ValueError, match="read-only"):
        prompts.points[0, 0] = 1
    assert prompts.has_include == (1 in prompts.labels)


def test_the_caller_keeps_arrays_of_their_own() -> None:
    points = np.array([[1.0, 2.0]])
    mask = np.ones((4, 4), dtype=np.float32)
    prompts = Prompts(points, mask=mask)
    points[0, 0] = mask[0, 0] = 9
    assert prompts.points[0, 0] == 1
    assert prompts.mask is not None
    assert prompts.mask[0, 0] == 1


def test_points_include_unless_told_otherwise() -> None:
    assert Prompts([(1, 2), (3, 4)]).labels.tolist() == [1, 1]


def test_a_flat_box_and_two_corners_are_the_same() -> None:
    flat, corners = Prompts(box=(1, 2, 3, 5)), Prompts(box=[(1, 2), (3, 5)])
    assert same(flat, corners)
    assert flat.ndim == 2


def test_nothing_has_no_dimension() -> None:
    assert Prompts().ndim is None
    assert Prompts().is_empty
    assert not Prompts(text="nuclei").is_empty


def test_a_box_in_one_slice_has_area() -> None:
    assert Prompts(box=[(7, 1, 1), (7, 5, 5)]).ndim == 3


BAD: list[tuple[dict[str, Any], str]] = [
    ({"points": (1, 2)}, r"a single point is \[\(y, x\)\]"),
    ({"points": [(1,)]}, "one row"),
    ({"points": [(1, 2), (1, 2, 3)]}, "rows of one length"),
    ({"points": [("a", "b")]}, "real numbers"),
    ({"points": [(1j, 2)]}, "real numbers"),
    ({"points": [(np.nan, 2)]}, "finite"),
    ({"points": [(1, 2)], "labels": [1, 0]}, "one label for each point"),
    ({"points": [(1, 2)], "labels": []}, "one label for each point"),
    ({"labels": [1]}, "for 0 points"),
    ({"points": [(1, 2)], "labels": [2]}, "1 .include. or 0 .exclude."),
    ({"points": [(1, 2)], "labels": [0.5]}, "1 .include. or 0 .exclude."),
    ({"box": (5, 5, 5, 5)}, "no area"),
    ({"box": (5, 5, 5, 9)}, "no area"),
    ({"box": [(7, 5, 5), (7, 5, 9)]}, "no area"),
    ({"box": (9, 1, 1, 9)}, "turned round"),
    ({"box": (0, 0, np.inf, 9)}, "finite"),
    ({"box": (1, 2, 3)}, r"\(y0, x0, y1, x1\)"),
    ({"box": [(0, 0, 4, 4), (5, 5, 9, 9), (6, 6, 9, 9)]}, "one object has one box"),
    ({"points": [(1, 2, 3)], "box": (0, 0, 4, 4)}, "same number of coordinates"),
    ({"mask": np.zeros((2, 4, 4), np.float32)}, "two-dimensional"),
    ({"mask": np.zeros((0, 4), np.float32)}, "two-dimensional"),
    ({"mask": np.ones((4, 4), np.uint8)}, "mask > 0"),
    ({"mask": np.full((4, 4), np.nan)}, "finite"),
    ({"mask": np.zeros((4, 4), bool)}, "at least one pixel"),
    ({"text": "  "}, "non-empty string"),
    ({"text": 3}, "non-empty string"),
]


@pytest.mark.parametrize(("fields", "message"), BAD)
def test_wrong_prompts_are_refused_in_one_sentence(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(PromptError, match=message) as caught:
        Prompts(**fields)
    assert "\n" not in str(caught.value)
    assert str(caught.value).endswith(".")


@pytest.mark.parametrize("fields", [{}, {"points": [(1, 2)], "labels": [0]}])
def test_prompts_must_point_at_something(fields: dict[str, Any]) -> None:
    with pytest.raises(PromptError, match="add a point"):
        Prompts(**fields).require_object()


@pytest.mark.parametrize("point", [(-0.6, 3), (3, 20.0), (30, 3)])
def test_points_outside_are_refused(point: tuple[float, float]) -> None:
    with pytest.raises(PromptError, match="inside the image of size"):
        Prompts([(1, 1), point]).check_inside((30, 20))


def test_the_outer_half_of_border_pixels_is_inside() -> None:
    prompts = Prompts([(-0.5, -0.5), (29.5, 19.5)])
    assert same(prompts.check_inside((30, 20)), prompts)


@example(corner=(29.5, 3), extent=(5, 5))
@example(corner=(3, -5.5), extent=(5, 5))
@given(corner=st.tuples(*[st.floats(-40, 40)] * 2), extent=st.tuples(*[st.floats(1, 60)] * 2))
def test_a_box_is_clipped_to_the_image_or_refused(
    corner: tuple[float, float], extent: tuple[float, float]
) -> None:
    end = [c + e for c, e in zip(corner, extent, strict=True)]
    prompts = Prompts(box=[corner, end])
    overlaps = all(c < n - 0.5 and e > -0.5 for c, e, n in zip(corner, end, (30, 20), strict=True))
    if not overlaps:
        with pytest.raises(PromptError, match="must overlap"):
            prompts.check_inside((30, 20))
        return
    clipped = prompts.check_inside((30, 20)).box
    assert clipped is not None
    assert (clipped >= -0.5).all()
    assert (clipped <= (29.5, 19.5)).all()
    # Nothing that was inside is lost: clipping the original to the image gives the same.
    np.testing.assert_array_equal(clipped, np.clip([corner, end], -0.5, (29.5, 19.5)))


def test_a_mask_in_pixels_must_fit_the_image() -> None:
    prompts = Prompts(mask=np.eye(30, 20, dtype=bool))
    assert prompts.check_inside((30, 20)) is prompts
    with pytest.raises(PromptError, match="plane's size"):
        prompts.check_inside((20, 30))


def test_coordinates_must_be_as_many_as_axes() -> None:
    with pytest.raises(PromptError, match="each of the image's 3 axes"):
        Prompts([(1, 2)]).check_inside((5, 30, 20))
