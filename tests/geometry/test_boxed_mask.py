"""Arithmetic of masks in boxes is that of whole masks."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from napari_samwise.errors import InputError
from napari_samwise.geometry.boxed_mask import BoxedMask
from napari_samwise.geometry.roi import Roi

MASKS = hnp.arrays(np.bool_, (7, 9), elements=st.booleans())


def in_frame(mask: BoxedMask, shape: tuple[int, int]) -> np.ndarray:
    frame = np.zeros(shape, dtype=bool)
    frame[mask.roi.slices] = mask.inside
    return frame


@given(MASKS)
def test_a_mask_survives_its_box_and_the_box_is_tight(mask: np.ndarray) -> None:
    boxed = BoxedMask.from_mask(mask)
    np.testing.assert_array_equal(in_frame(boxed, mask.shape), mask)
    assert boxed.area == mask.sum()
    for axis in (0, 1):
        sides = boxed.inside.any(1 - axis)
        assert boxed.roi.is_empty or (sides[0] and sides[-1])


@given(MASKS, MASKS)
def test_shared_area_is_that_of_whole_masks(a: np.ndarray, b: np.ndarray) -> None:
    shared = BoxedMask.from_mask(a).shared_area(BoxedMask.from_mask(b))
    assert shared == (a & b).sum()


@given(MASKS, st.tuples(st.integers(-9, 9), st.integers(-9, 9)))
def test_an_offset_moves_the_box(mask: np.ndarray, offset: tuple[int, int]) -> None:
    there, moved = BoxedMask.from_mask(mask, offset), BoxedMask.from_mask(mask).shift(offset)
    if mask.any():
        assert there.roi == moved.roi
    np.testing.assert_array_equal(there.inside, moved.inside)


def test_a_box_does_not_keep_the_whole_mask_alive() -> None:
    assert BoxedMask.from_mask(np.eye(50, dtype=bool)[:3]).inside.base is None


def test_the_array_must_have_the_boxs_shape() -> None:
    with pytest.raises(InputError, match=r"the box's shape \(2, 3\), got \(3, 2\)"):
        BoxedMask(Roi((0, 0), (2, 3)), np.ones((3, 2), dtype=bool))
