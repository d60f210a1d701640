"""The frame keeps points where they are and sizes as the official code rounds them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from napari_samwise.geometry.resize import ResizeFrame

sides = st.integers(1, 5000)
frames = st.builds(
    ResizeFrame, image_size=st.tuples(sides, sides), model_size=st.sampled_from([64, 256, 1024])
)


@pytest.mark.parametrize(
    ("image_size", "input_size"),
    [
        ((1200, 1800), (683, 1024)),
        ((1024, 1024), (1024, 1024)),
        ((16, 16), (1024, 1024)),
        ((480, 640), (768, 1024)),
        ((2049, 1000), (1024, 500)),
        # 1024 * 3 / 2048 = 1.5 is rounded up, not to even.
        ((3, 2048), (2, 1024)),
    ],
)
def test_sizes_are_the_official_ones(
    image_size: tuple[int, int], input_size: tuple[int, int]
) -> None:
    assert ResizeFrame(image_size, 1024).input_size == input_size


@given(frames)
def test_the_longest_side_fills_the_network(frame: ResizeFrame) -> None:
    assert max(frame.input_size) == frame.model_size
    assert min(frame.input_size) >= 1


@given(frames, hnp.arrays(np.float64, (3, 2), elements=st.floats(-1e4, 1e4)))
def test_points_round_trip(frame: ResizeFrame, points: np.ndarray) -> None:
    np.testing.assert_allclose(frame.to_image(frame.to_model(points)), points, atol=1e-6)


@given(frames)
def test_corners_map_to_corners(frame: ResizeFrame) -> None:
    np.testing.assert_allclose(frame.to_model([(0, 0), frame.image_size])[0], 0)
    np.testing.assert_allclose(frame.to_model(frame.image_size), frame.input_size)
