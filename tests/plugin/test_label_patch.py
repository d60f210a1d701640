from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from napari_samwise.geometry.boxed_mask import BoxedMask
from napari_samwise.plugin.label_patch import LabelPatch
from napari_samwise.plugin.plane import Plane


@given(st.data())
def test_write_takes_only_free_pixels_and_erase_gives_them_back(data) -> None:
    plane = Plane((0, 2), (1,))
    labels = data.draw(arrays(np.int32, (5, 3, 6), elements=st.integers(0, 3)))
    mask = data.draw(arrays(np.bool_, (5, 6)))
    before = labels.copy()
    patch = LabelPatch.of_free_pixels(labels, plane, BoxedMask.from_mask(mask))
    patch.write(labels, 9)
    assert (labels == 9).sum() == patch.area
    np.testing.assert_array_equal(labels[:, 1] == 9, mask & (before[:, 1] == 0))
    np.testing.assert_array_equal(np.where(labels == 9, 0, labels), before)
    patch.erase(labels, 9)
    np.testing.assert_array_equal(labels, before)


def test_erase_leaves_what_was_painted_over_since() -> None:
    labels = np.zeros((4, 4), dtype=np.int32)
    full = BoxedMask.from_mask(np.ones((4, 4), dtype=bool))
    patch = LabelPatch.of_free_pixels(labels, Plane((0, 1)), full)
    patch.write(labels, 1)
    labels[0, 0] = 7
    patch.erase(labels, 1)
    assert labels[0, 0] == 7
    assert np.count_nonzero(labels) == 1


def test_only_the_bounding_box_is_read_and_written() -> None:
    class Recorder:
        """Keeps the indices with which an array was touched."""

        def __init__(self, data: np.ndarray) -> None:
            self.data, self.touched = data, []

        def __getitem__(self, index):
            self.touched.append(index)
            return self.data[index]

        def __setitem__(self, index, value) -> None:
            self.touched.append(index)
            self.data[index] = value

    mask = np.zeros((30, 40), dtype=bool)
    mask[5:9, 11:17] = True
    labels = Recorder(np.zeros((8, 30, 40), dtype=np.int32))
    patch = LabelPatch.of_free_pixels(labels, Plane((1, 2), (7,)), BoxedMask.from_mask(mask))
    patch.write(labels, 1)
    assert set(map(str, labels.touched)) == {str((7, slice(5, 9), slice(11, 17)))}
