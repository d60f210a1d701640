"""Run lengths are those of COCO's own tools, there and back."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from napari_samwise.errors import InputError
from napari_samwise.geometry.coco_rle import decode_rle, encode_rle, read_runs

masks = hnp.arrays(bool, hnp.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=40))


@given(masks)
def test_there_and_back(mask: np.ndarray) -> None:
    np.testing.assert_array_equal(decode_rle(encode_rle(mask), mask.shape), mask)


@given(masks)
def test_pycocotools_writes_the_same(mask: np.ndarray) -> None:
    coco = pytest.importorskip("pycocotools.mask")
    theirs = coco.encode(np.asfortranarray(mask, dtype=np.uint8))["counts"]
    assert encode_rle(mask).encode() == theirs


def test_runs_of_a_large_mask() -> None:
    mask = np.zeros((2048, 1500), bool)
    mask[100:1900, 3] = mask[5:, 700] = True
    assert read_runs(encode_rle(mask), mask.shape).sum() == mask.size
    np.testing.assert_array_equal(decode_rle(encode_rle(mask), mask.shape), mask)


def test_a_known_text() -> None:
    mask = np.zeros((3, 3), bool)
    mask[1] = True
    # Differences from the fourth run on: 1, 1, 2, 1 - 1, 2 - 2, 1 - 1, 1 - 2.
    assert encode_rle(mask) == "112000O"
    assert read_runs("112000O", (3, 3)).tolist() == [1, 1, 2, 1, 2, 1, 1]


@given(st.text(max_size=30), st.tuples(st.integers(1, 50), st.integers(1, 50)))
def test_any_text_is_a_mask_or_refused(counts: str, size: tuple[int, int]) -> None:
    try:
        mask = decode_rle(counts, size)
    except InputError:
        return
    assert mask.shape == size


@pytest.mark.parametrize("counts", ["", "o", "ooooooooo0", "\x00", "é", "1", "N9"])
def test_damaged_texts_are_refused(counts: str) -> None:
    with pytest.raises(InputError, match="Run lengths must"):
        read_runs(counts, (3, 3))
