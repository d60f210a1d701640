"""Laws of regions: compared with what NumPy does to an array of the same pixels."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from napari_samwise.errors import InputError
from napari_samwise.geometry.roi import Roi

FIELD = 12


@st.composite
def rois(draw: st.DrawFn, ndim: int = 2) -> Roi:
    """Regions inside a field of FIELD pixels a side, empty ones among them."""
    offset = draw(st.tuples(*[st.integers(0, FIELD)] * ndim))
    shape = tuple(draw(st.integers(0, FIELD - o)) for o in offset)
    return Roi(offset, shape)


def painted(roi: Roi) -> np.ndarray:
    field = np.zeros((FIELD,) * roi.ndim, dtype=bool)
    field[roi.slices] = True
    return field


@given(rois(), rois())
def test_intersection_holds_the_pixels_of_both(a: Roi, b: Roi) -> None:
    np.testing.assert_array_equal(painted(a.intersect(b)), painted(a) & painted(b))


@given(rois(), rois())
def test_union_is_the_smallest_region_around_both(a: Roi, b: Roi) -> None:
    both = painted(a) | painted(b)
    around = a.union(b)
    assert painted(around)[both].all()
    if both.any():
        rows, columns = np.nonzero(both)
        assert around.slices == (
            slice(rows.min(), rows.max() + 1),
            slice(columns.min(), columns.max() + 1),
        )
    else:
        assert around.is_empty


@given(rois(), st.integers(0, 5))
def test_grow_is_undone_by_growing_inward(roi: Roi, margin: int) -> None:
    assert roi.grow(margin).grow(-margin) == roi


@given(rois(), st.tuples(st.integers(-20, 20), st.integers(-20, 20)))
def test_shift_there_and_back(roi: Roi, by: tuple[int, int]) -> None:
    assert roi.shift(by).shift([-d for d in by]) == roi


@given(rois())
def test_slices_round_trip(roi: Roi) -> None:
    assert Roi.from_slices(roi.slices) == roi
    assert roi.is_empty == (not painted(roi).any())


@given(rois(), st.tuples(st.integers(0, FIELD - 1), st.integers(0, FIELD - 1)))
def test_contains_every_point_of_its_pixels(roi: Roi, pixel: tuple[int, int]) -> None:
    inside = bool(painted(roi)[pixel])
    for delta in (-0.5, 0.0, 0.49):
        assert roi.contains([p + delta for p in pixel]) == inside


def test_inward_growth_stops_at_empty() -> None:
    assert Roi((2, 2), (3, 8)).grow((-4, -1)) == Roi((6, 3), (0, 6))


@pytest.mark.parametrize(("offset", "shape"), [((0,), (1, 2)), ((0, 0), (1, -1))])
def test_impossible_regions_are_refused(offset: tuple[int, ...], shape: tuple[int, ...]) -> None:
    with pytest.raises(InputError, match="region"):
        Roi(offset, shape)


@pytest.mark.parametrize("bad", [slice(None), slice(0, None), slice(0, 4, 2)])
def test_open_or_stepped_slices_are_refused(bad: slice) -> None:
    with pytest.raises(InputError, match="start and stop"):
        Roi.from_slices([bad])
