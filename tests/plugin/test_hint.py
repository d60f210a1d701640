from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from napari_samwise.plugin.hint import Hint

logits = arrays(
    np.float32,
    st.tuples(st.integers(1, 9), st.integers(1, 9)),
    elements=st.floats(-20, 20, width=32),
)


@given(logits)
def test_a_hint_gives_the_very_same_logits_back(values) -> None:
    np.testing.assert_array_equal(Hint.of(values).logits(), values)


def test_background_is_not_kept() -> None:
    values = np.full((512, 512), -10, dtype=np.float32)
    values[40:50, 60:80] = 3
    assert Hint.of(values).values.shape == (10, 20)
