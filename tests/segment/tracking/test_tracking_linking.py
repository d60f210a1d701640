"""Linking labels: numbers are found again, divisions and gaps too, pixels stay."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
import zarr
from hypothesis import given
from hypothesis import strategies as st

from napari_samwise.errors import Cancelled, ImageError, InputError
from napari_samwise.segment.tracking import regions
from napari_samwise.segment.tracking.linking import link_labels
from napari_samwise.segment.tracking.options import TrackingOptions
from napari_samwise.segment.tracking.tracks import Tracks


def same_partition(linked: np.ndarray, truth: np.ndarray) -> bool:
    """Tell whether one renaming, for all frames, turns one into the other."""
    pairs = np.unique(np.stack([linked.ravel(), truth.ravel()]), axis=1)
    return all(len(np.unique(side)) == pairs.shape[1] for side in pairs)


@pytest.mark.parametrize("name", ["moving", "crossing", "dividing"])
@pytest.mark.parametrize("seed", [0, 1])
def test_ids_are_found_whatever_their_numbers(request, name, seed) -> None:
    movie = request.getfixturevalue(name)
    tracks = link_labels(movie.shuffled(seed))
    assert same_partition(tracks.labels, movie.labels)
    assert len(tracks.graph) == (2 if name == "dividing" else 0)


def test_a_division_has_its_graph(dividing) -> None:
    tracks = link_labels(dividing.shuffled())
    mother = tracks.labels[0][40, 40]
    assert {tuple(own) for own in tracks.graph.values()} == {(mother,)}
    assert tracks.spans[mother] == (0, 2)
    assert all(tracks.spans[child] == (3, 6) for child in tracks.graph)


def test_without_divisions_daughters_are_others(dividing) -> None:
    tracks = link_labels(dividing.shuffled(), options=TrackingOptions(divisions=False))
    assert not tracks.graph


def test_a_gap_is_bridged_and_a_longer_one_is_not(moving) -> None:
    labels = moving.labels.copy()
    labels[2][labels[2] == 1] = 0
    tracks = link_labels(labels)
    assert same_partition(tracks.labels, labels)
    labels[3][labels[3] == 1] = 0
    assert len(link_labels(labels).spans) == 4
    assert len(link_labels(labels, options=TrackingOptions(max_gap=2)).spans) == 3


def test_a_neighbour_that_comes_near_is_no_daughter(drawn) -> None:
    discs = {
        1: {"centre": (40, 40), "velocity": (0, 0), "radius": 10, "grey": 0.5},
        2: {"centre": (40, 58), "velocity": (0, 0), "radius": 7, "grey": 0.8, "begin": 3},
    }
    tracks = link_labels(drawn(discs, 6).labels)
    assert not tracks.graph
    assert tracks.spans == {1: (0, 5), 2: (3, 5)}


def test_a_fleeting_daughter_takes_the_division_back(drawn) -> None:
    body = {"velocity": (0, 0), "grey": 0.5}
    discs = {
        1: {"centre": (40, 40), "radius": 12, "end": 2, **body},
        2: {"centre": (40, 31), "radius": 8, "begin": 3, **body},
        3: {"centre": (40, 49), "radius": 8, "begin": 3, "end": 3, **body},
    }
    tracks = link_labels(drawn(discs, 7).labels)
    assert not tracks.graph
    assert tracks.spans[1] == (0, 6)


def test_divisions_are_taken_back_one_after_the_other(drawn) -> None:
    # The daughter 3 seems to divide at once, too; her own fleeting daughter is taken back, and
    # then she has lived long enough to be one.
    body = {"velocity": (0, 0), "grey": 0.5}
    discs = {
        1: {"centre": (40, 40), "radius": 12, "end": 2, **body},
        2: {"centre": (40, 26), "radius": 8.5, "begin": 3, **body},
        3: {"centre": (40, 54), "radius": 8.5, "begin": 3, "end": 3, **body},
        4: {"centre": (34, 54), "radius": 5.5, "begin": 4, **body},
        5: {"centre": (46, 54), "radius": 5.5, "begin": 4, "end": 4, **body},
    }
    tracks = link_labels(drawn(discs, 8).labels)
    mother, daughter, other = (tracks.labels[t][40, x] for t, x in ((0, 40), (3, 54), (3, 26)))
    assert tracks.graph == {daughter: [mother], other: [mother]}
    assert tracks.spans[daughter] == (3, 7)
    assert tracks.labels[7][34, 54] == daughter


def field(side: int, radius: float, spacing: int) -> np.ndarray:
    """Labels of discs on a grid, from 1."""
    labels = np.zeros((side, side), dtype=np.int32)
    grid = np.indices(labels.shape)
    centres = range(spacing, side - spacing + 1, spacing)
    for label, (y, x) in enumerate(product(centres, centres), 1):
        labels[np.hypot(grid[0] - y, grid[1] - x) <= radius] = label
    return labels


def test_a_stage_that_jumps_moves_all_objects_alike() -> None:
    # Two thirds of the way to the next disc: for each one alone the other is nearer.
    still = field(160, 7, 24)
    jumps = [(0, 0), (16, 3), (-10, 12), (6, -15), (0, 0)]
    frames = np.stack([np.roll(still, jump, axis=(0, 1)) for jump in jumps])
    tracks = link_labels(frames, options=TrackingOptions(divisions=False))
    assert same_partition(tracks.labels, frames)


def test_some_that_move_alike_do_not_carry_the_others_away() -> None:
    still = field(160, 7, 24)
    movers = still <= 10
    frames = [
        np.where(movers, 0, still) + np.roll(np.where(movers, still, 0), -4 * t, axis=0)
        for t in range(3)
    ]
    assert same_partition(link_labels(np.stack(frames)).labels, np.stack(frames))


def test_labels_on_disk_are_linked_in_place(dividing) -> None:
    stored = zarr.create_array({}, shape=dividing.labels.shape, chunks=(1, 50, 50), dtype="int32")
    stored[:] = dividing.shuffled()
    alone = link_labels(stored[:])
    tracks = link_labels(stored, out=stored)
    assert tracks.labels is stored
    np.testing.assert_array_equal(stored[:], alone.labels)
    assert tracks.graph == alone.graph
    again = Tracks.from_labels(stored, tracks.graph)
    for name, column in tracks.table.items():
        np.testing.assert_array_equal(column, again.table[name])


def test_what_the_array_for_the_result_held_is_gone(dividing) -> None:
    out = np.full(dividing.labels.shape, 7, dtype=np.int64)
    tracks = link_labels(dividing.labels, out=out)
    assert same_partition(out, dividing.labels)
    assert tracks.labels is out


def test_objects_in_several_blocks_are_one(monkeypatch, moving) -> None:
    whole = link_labels(moving.shuffled())
    monkeypatch.setattr(regions, "_BLOCK_PX", 16)
    np.testing.assert_array_equal(link_labels(moving.shuffled()).labels, whole.labels)


def test_volumes_and_far_slices() -> None:
    labels = np.zeros((4, 6, 40, 40), dtype=np.uint16)
    for t in range(4):
        labels[t, 1:3, 5 + 2 * t : 15 + 2 * t, 5:15] = 4 - t
        labels[t, 3:5, 5 + 2 * t : 15 + 2 * t, 5:15] = 10 + t
    tracks = link_labels(labels, scale=(5, 1, 1))
    assert tracks.axes == "TZYX"
    assert tracks.spans == {1: (0, 3), 2: (0, 3)}
    assert (np.unique(tracks.labels[:, 1]) == [0, 1]).all()


@given(
    labels=st.lists(
        st.lists(st.integers(0, 5), min_size=36, max_size=36), min_size=1, max_size=4
    ).map(lambda frames: np.array(frames).reshape(-1, 6, 6))
)
def test_pixels_stay_and_an_object_is_once_on_a_frame(labels: np.ndarray) -> None:
    tracks = link_labels(labels)
    assert ((tracks.labels > 0) == (labels > 0)).all()
    for before, after in zip(labels, tracks.labels, strict=True):
        assert same_partition(after, before)
    for child, (mother,) in tracks.graph.items():
        assert tracks.spans[mother][1] < tracks.spans[child][0]


def test_large_numbers_cost_no_memory() -> None:
    labels = np.zeros((2, 20, 20), dtype=np.int32)
    labels[:, 5:10, 5:10] = 2**31 - 1
    assert link_labels(labels).spans == {1: (0, 1)}


def test_refusals() -> None:
    frames = np.zeros((3, 20, 20), dtype=np.int32)
    with pytest.raises(ImageError, match="put time first"):
        link_labels(frames, "ZYX")
    with pytest.raises(ImageError, match="put time first"):
        link_labels(frames[0])
    with pytest.raises(ImageError, match="must be integers"):
        link_labels(frames.astype(float))
    with pytest.raises(InputError, match="scale needs"):
        link_labels(frames, scale=(1, 1, 1))
    with pytest.raises(Cancelled):
        link_labels(frames, should_stop=lambda: True)
