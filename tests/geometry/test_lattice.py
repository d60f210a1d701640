"""Frames tile any plane, own every place once, and see enough around it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from napari_samwise.errors import InputError
from napari_samwise.geometry.lattice import ALIGNMENT_PX, Lattice
from napari_samwise.geometry.roi import Roi

sides = st.integers(1, 1500)
lattices = st.builds(
    Lattice,
    st.tuples(sides, sides),
    st.sampled_from([64, 128, 192]),
    st.one_of(st.none(), st.integers(16, 200)),
)


@given(lattice=lattices, data=st.data())
def test_the_cells_of_a_level_tile_the_plane(lattice: Lattice, data: st.DataObject) -> None:
    level = data.draw(st.integers(0, lattice.count - 1))
    owned = np.zeros(lattice.plane_size, dtype=int)
    plane = Roi((0, 0), lattice.plane_size)
    for frame in lattice.frames(level):
        assert not frame.inner.is_empty
        assert frame.inner.intersect(frame.roi) == frame.inner
        assert frame.roi.intersect(plane) == frame.roi
        owned[frame.inner.slices] += 1
    assert (owned == 1).all()


@given(lattice=lattices, data=st.data())
def test_the_owner_of_a_place_sees_a_quarter_frame_around_it(
    lattice: Lattice, data: st.DataObject
) -> None:
    level = data.draw(st.integers(0, lattice.count - 1))
    height, width = lattice.plane_size
    point = (
        data.draw(st.floats(-0.5, height - 0.5, exclude_max=True)),
        data.draw(st.floats(-0.5, width - 0.5, exclude_max=True)),
    )
    frame = lattice.nearest(level, point)
    assert frame.inner.contains(point)
    margin = lattice.frame_px * frame.step // 4
    plane = Roi((0, 0), lattice.plane_size)
    around = Roi((round(point[0]), round(point[1])), (1, 1)).grow(margin - 1)
    assert around.intersect(plane).intersect(frame.roi) == around.intersect(plane)


@given(lattice=lattices)
def test_frames_are_aligned_bounded_and_listed_row_by_row(lattice: Lattice) -> None:
    for level in range(lattice.count):
        frames = list(lattice.frames(level))
        rows, columns = lattice.shape(level)
        assert [f.index for f in frames] == [(r, c) for r in range(rows) for c in range(columns)]
        for frame in frames:
            assert all(o % (ALIGNMENT_PX * frame.step) == 0 for o in frame.roi.offset)
            assert max(frame.size) <= lattice.frame_px
            assert frame.size == tuple(-(-side // frame.step) for side in frame.roi.shape)


@given(lattice=lattices)
def test_the_last_level_is_the_whole_plane_in_one_frame(lattice: Lattice) -> None:
    top = lattice.count - 1
    assert lattice.shape(top) == (1, 1)
    frame = lattice.frame(top, 0, 0)
    assert frame.roi == frame.inner == Roi((0, 0), lattice.plane_size)
    wanted = min(lattice.top_px or lattice.frame_px, lattice.frame_px)
    assert max(frame.size) <= wanted
    if top:
        assert -(-max(lattice.plane_size) >> (top - 1)) > wanted


@given(lattice=lattices, extent=st.floats(0, 2000), room=st.floats(10, 200))
def test_the_finest_level_with_room_is_chosen(lattice: Lattice, extent: float, room: float) -> None:
    level = lattice.level_for(extent, room)
    assert extent / 2**level <= room or level == lattice.count - 1
    assert level == 0 or extent / 2 ** (level - 1) > room


def test_a_plane_of_one_frame_has_one_level_and_one_frame() -> None:
    lattice = Lattice((1024, 700))
    assert (lattice.count, lattice.shape(0)) == (1, (1, 1))
    assert lattice.frame(0, 0, 0).size == (1024, 700)


def test_sizes_of_a_slide() -> None:
    lattice = Lattice((40_000, 30_000), 1024)
    assert [lattice.shape(level) for level in range(lattice.count)] == [
        (78, 58),
        (39, 29),
        (19, 14),
        (9, 7),
        (4, 3),
        (2, 1),
        (1, 1),
    ]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (((0, 9),), "must have pixels"),
        (((9, 9), 100), "multiple of 64"),
        (((9, 9), 0), "multiple of 64"),
        (((9, 9), 64, 0), "at least 1 pixel"),
    ],
)
def test_what_cannot_be_a_lattice_is_refused(arguments: tuple[object, ...], words: str) -> None:
    with pytest.raises(InputError, match=words):
        Lattice(*arguments)  # type: ignore[arg-type]


def test_frames_and_levels_that_do_not_exist_are_refused() -> None:
    lattice = Lattice((200, 200), 64)
    with pytest.raises(InputError, match="levels 0 to 2, got 3"):
        lattice.shape(3)
    with pytest.raises(InputError, match=r"none at \(9, 0\)"):
        lattice.frame(0, 9, 0)
