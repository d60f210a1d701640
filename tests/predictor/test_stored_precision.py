"""Half precision where it is enough, and the same numbers however often they are rounded."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from napari_samwise.predictor.embedding import Embedding
from napari_samwise.predictor.stored_precision import as_stored, to_stored

FLOATS = [torch.float16, torch.bfloat16, torch.float32, torch.float64]


def embedding(tensor: torch.Tensor) -> Embedding:
    return Embedding({"image_embedding": tensor}, (16, 16), "ab", "digest")


@given(
    npst.arrays(np.float32, (7,), elements=st.floats(width=32)),
    st.sampled_from(FLOATS),
)
def test_rounding_is_close_keeps_the_dtype_and_happens_once(values, dtype) -> None:
    tensor = torch.from_numpy(values).to(dtype)
    rounded = as_stored(embedding(tensor)).image_embedding
    assert rounded.dtype == dtype
    again = as_stored(embedding(rounded)).image_embedding
    torch.testing.assert_close(again, rounded, rtol=0, atol=0, equal_nan=True)
    if torch.isfinite(tensor).all():
        error = (rounded.double() - tensor.double()).abs().max()
        assert error <= tensor.double().abs().max() * 2**-11
    else:
        torch.testing.assert_close(rounded, tensor, rtol=0, atol=0, equal_nan=True)


@pytest.mark.parametrize("dtype", FLOATS)
def test_usual_features_are_stored_in_half(dtype: torch.dtype) -> None:
    assert to_stored(torch.linspace(-8, 8, 101).to(dtype)).dtype == torch.float16


@pytest.mark.parametrize("value", [1e5, 1e-6, float("nan"), float("inf")])
def test_what_half_cannot_hold_is_stored_in_more(value: float) -> None:
    for dtype in (torch.bfloat16, torch.float32):
        tensor = torch.tensor([value, value / 3], dtype=dtype)
        assert to_stored(tensor).dtype == torch.float32


@pytest.mark.parametrize("dtype", [torch.int32, torch.uint8, torch.bool])
def test_whole_numbers_stay_as_they_are(dtype: torch.dtype) -> None:
    tensor = torch.tensor([0, 1, 1], dtype=dtype)
    assert to_stored(tensor) is tensor


def test_no_values_and_nothing_but_zeros() -> None:
    assert to_stored(torch.zeros(0, 3)).dtype == torch.float16
    assert to_stored(torch.zeros(2)).dtype == torch.float16
