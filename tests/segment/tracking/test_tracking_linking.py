"""Linking labels: numbers are found again, divisions and gaps too, pixels stay."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from napari_samwise.errors import Cancelled, ImageError, InputError
from napari_samwise.segment.tracking.linking import link_labels
from napari_samwise.segment.tracking.options import TrackingOptions


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
