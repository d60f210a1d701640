"""Prompts in a volume meet the planes they lie on; planes are read in any axis order."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from napari_samwise.errors import PromptError
from napari_samwise.geometry.axes import parse_axes
from napari_samwise.prompts import Prompts
from napari_samwise.segment.planes import label_plane, read_plane, split_by_plane

EXTENTS = {"T": 2, "Z": 5, "C": 3, "Y": 8, "X": 6}
ZYX = parse_axes("ZYX")


@given(st.permutations("TZCYX"), st.integers(0, 1), st.integers(0, 4))
def test_a_plane_is_the_same_in_every_axis_order(order: list[str], t: int, z: int) -> None:
    standard = np.arange(np.prod(list(EXTENTS.values()))).reshape(
        [EXTENTS[name] for name in "TZYXC"]
    )
    axes = parse_axes("".join(order))
    image = np.einsum(f"TZYXC->{axes.names}", standard)
    position = tuple({"T": t, "Z": z}[axes.spatial[i]] for i in axes.leading)
    np.testing.assert_array_equal(read_plane(image, axes, position), standard[t, z])

    labels = np.zeros(axes.spatial_shape(image.shape), dtype=np.int32)
    label_plane(labels, axes, position)[:] = standard[t, z, ..., 0]
    back = np.einsum(f"{axes.spatial}->TZYX", labels)
    np.testing.assert_array_equal(back[t, z], standard[t, z, ..., 0])
    assert np.count_nonzero(back) == np.count_nonzero(back[t, z])


def test_a_single_channel_is_grey() -> None:
    image = np.arange(20).reshape(4, 5, 1)
    np.testing.assert_array_equal(read_plane(image, parse_axes("YXC"), ()), image[..., 0])


def test_a_plane_of_a_plane_is_itself() -> None:
    axes = parse_axes("YX")
    prompts = Prompts([(1, 2), (3, 4)], labels=[1, 0], box=(0, 0, 4, 5))
    (position, flat), *rest = split_by_plane(prompts, axes, (8, 8)).items()
    assert (position, rest) == ((), [])
    np.testing.assert_array_equal(flat.points, prompts.points)
    np.testing.assert_array_equal(flat.labels, prompts.labels)
    np.testing.assert_array_equal(flat.box, prompts.box)


@given(
    st.lists(
        st.tuples(st.floats(-0.5, 4.5), st.floats(0, 7), st.floats(0, 5), st.integers(0, 1)),
        min_size=1,
        max_size=6,
    )
)
def test_every_point_goes_to_its_nearest_plane(rows: list[tuple[float, float, float, int]]) -> None:
    prompts = Prompts([row[:3] for row in rows], labels=[row[3] for row in rows])
    if not prompts.has_include:
        return
    planes = split_by_plane(prompts, ZYX, (5, 8, 6))
    assert list(planes) == sorted(planes)
    for (z,), flat in planes.items():
        here = [row for row in rows if min(abs(row[0] - z), 1) <= 0.5]
        assert flat.has_include
        assert all(tuple(point) in {row[1:3] for row in here} for point in flat.points.tolist())
    total = sum(len(flat.points) for flat in planes.values())
    left_out = [row for row in rows if row[3] == 0]
    assert len(rows) - len(left_out) <= total <= len(rows)


@pytest.mark.parametrize(
    ("z0", "z1", "expected"),
    [(3, 3, [3]), (1, 3, [1, 2, 3]), (-0.5, 4.5, [0, 1, 2, 3, 4]), (0.6, 1.4, [1]), (3.6, 9, [4])],
)
def test_a_box_covers_the_planes_between_its_corners(
    z0: float, z1: float, expected: list[int]
) -> None:
    planes = split_by_plane(Prompts(box=[(z0, 1, 1), (z1, 5, 4)]), ZYX, (5, 8, 6))
    assert [z for (z,) in planes] == expected
    for flat in planes.values():
        np.testing.assert_array_equal(flat.box, [(1, 1), (5, 4)])


def test_points_stay_with_the_box_of_their_plane() -> None:
    prompts = Prompts(
        [(1, 2, 2), (2, 3, 3), (4, 1, 1)], labels=[1, 0, 0], box=[(2, 0, 0), (3, 5, 5)]
    )
    planes = split_by_plane(prompts, ZYX, (5, 8, 6))
    found = {z: (flat.labels.tolist(), flat.box is not None) for (z,), flat in planes.items()}
    # The point on plane 4 excludes where nothing is included.
    assert found == {1: ([1], False), 2: ([0], True), 3: ([], True)}


def test_a_mask_goes_with_the_only_plane() -> None:
    mask = np.ones((8, 6), dtype=bool)
    planes = split_by_plane(Prompts([(2, 3, 3)], mask=mask), ZYX, (5, 8, 6))
    assert [z for (z,) in planes] == [2]
    assert planes[2,].mask is not None


@pytest.mark.parametrize("points", [(), [(1, 3, 3), (2, 3, 3)]])
def test_a_mask_must_belong_to_one_plane(points: list[tuple[float, ...]]) -> None:
    prompts = Prompts(points, mask=np.ones((8, 6), dtype=bool))
    with pytest.raises(PromptError, match="one plane"):
        split_by_plane(prompts, ZYX, (5, 8, 6))
