from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from napari_samwise.geometry.roi import Roi
from napari_samwise.plugin.plane import Plane


@st.composite
def planes(draw: st.DrawFn) -> tuple[Plane, tuple[int, ...]]:
    """A plane inside data of a drawn shape."""
    shape = tuple(draw(st.lists(st.integers(1, 7), min_size=2, max_size=5)))
    axes = tuple(sorted(draw(st.permutations(range(len(shape))))[:2]))
    hidden = [n for axis, n in enumerate(shape) if axis not in axes]
    return Plane(axes, tuple(draw(st.integers(0, n - 1)) for n in hidden)), shape


@given(planes(), st.lists(st.tuples(st.floats(-9, 9), st.floats(-9, 9)), max_size=4))
def test_plane_to_data_and_back_keeps_points(drawn, points) -> None:
    plane, _ = drawn
    data = plane.to_data(points)
    np.testing.assert_array_equal(plane.to_plane(data), np.reshape(points, (-1, 2)))
    assert all(Plane.through(point, plane.axes) == plane for point in data)


@given(planes())
def test_index_cuts_the_plane_out_of_the_data(drawn) -> None:
    plane, shape = drawn
    grid = np.stack(np.indices(shape), axis=-1)
    cut = grid[plane.index]
    assert cut.shape[:2] == plane.size(shape)
    assert (cut[..., list(plane.hidden)] == plane.position).all()
    assert plane.is_inside(shape)


@given(planes(), st.data())
def test_window_is_the_region_of_the_plane(drawn, data) -> None:
    plane, shape = drawn
    size = plane.size(shape)
    start = [data.draw(st.integers(0, n)) for n in size]
    stop = [data.draw(st.integers(a, n)) for a, n in zip(start, size, strict=True)]
    roi = Roi.from_bounds(start, stop)
    values = np.arange(np.prod(shape)).reshape(shape)
    np.testing.assert_array_equal(values[plane.window(roi)], values[plane.index][roi.slices])


def test_through_takes_the_nearest_slice() -> None:
    assert Plane.through((6.6, 3, 4), (1, 2)) == Plane((1, 2), (7,))
    assert Plane.through((6.6, 3, 4), (0, 2)) == Plane((0, 2), (3,))


@pytest.mark.parametrize("position", [(-1,), (5,)])
def test_a_slice_beyond_the_data_is_not_inside(position) -> None:
    assert not Plane((1, 2), position).is_inside((5, 6, 7))


def test_description_names_the_slice_and_nothing_in_2d() -> None:
    assert Plane((1, 2), (7,)).describe() == "slice 7"
    assert Plane((0, 1)).describe() == ""
