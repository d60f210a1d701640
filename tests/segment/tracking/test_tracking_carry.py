"""Carrying objects through movies whose truth is known."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import tifffile

from napari_samwise.errors import Cancelled, ImageError, InputError, PromptError
from napari_samwise.io.ctc import read_ctc, write_ctc
from napari_samwise.prompts import Prompts
from napari_samwise.segment.tracking.options import TrackingOptions
from napari_samwise.segment.tracking.track import track
from napari_samwise.weights.load import load_model

NO_DIVISIONS = TrackingOptions(divisions=False)


def test_objects_keep_their_ids_from_labels_of_the_first_frame(tiny_model, moving) -> None:
    tracks = track(moving.image, moving.labels[0], tiny_model)
    for t in range(len(moving.image)):
        for label in (1, 2, 3):
            assert moving.iou(tracks.labels, label, label, t) > 0.9
    assert not tracks.graph
    assert tracks.spans == {1: (0, 5), 2: (0, 5), 3: (0, 5)}


def test_prompts_on_a_later_frame_begin_there(tiny_model, moving) -> None:
    tracks = track(moving.image, {7: Prompts(points=[(2, 26, 24)])}, tiny_model, "TYX")
    assert tracks.spans == {7: (2, 5)}
    assert moving.iou(tracks.labels, 1, 7, 5) > 0.9
    given = tracks.table["predicted_iou"]
    assert np.isfinite(given).all()


def test_backward_reaches_the_first_frame(tiny_model, moving) -> None:
    options = TrackingOptions(backward=True)
    start = {1: Prompts(points=[(3, 29, 26)]), 2: Prompts(points=[(5, 25, 55)])}
    tracks = track(moving.image, start, tiny_model, options=options)
    assert tracks.spans == {1: (0, 5), 2: (0, 5)}
    assert moving.iou(tracks.labels, 1, 1, 0) > 0.9
    assert moving.iou(tracks.labels, 2, 2, 0) > 0.9


def test_objects_that_cross_keep_their_ids_and_share_no_pixel(tiny_model, crossing) -> None:
    tracks = track(crossing.image, crossing.labels[0], tiny_model, options=NO_DIVISIONS)
    last = len(crossing.image) - 1
    assert crossing.iou(tracks.labels, 1, 1, last) > 0.8
    assert crossing.iou(tracks.labels, 2, 2, last) > 0.8


def test_a_mother_becomes_two_daughters_with_new_ids(tiny_model, dividing) -> None:
    tracks = track(dividing.image, dividing.labels[0], tiny_model)
    assert sorted(tracks.graph.values()) == [[1], [1]]
    assert tracks.spans[1] == (0, 2)
    assert tracks.spans[2] == (0, 6)
    first, second = tracks.graph
    assert {first, second}.isdisjoint({1, 2})
    pairs = [(3, first), (4, second)], [(3, second), (4, first)]
    best = max(min(dividing.iou(tracks.labels, a, b, 6) for a, b in pair) for pair in pairs)
    assert best > 0.8


def test_divisions_and_gaps_go_into_a_ctc_folder_and_back(tiny_model, dividing, tmp_path) -> None:
    image = dividing.image.copy()
    image[4] = np.where(dividing.labels[4] == 2, 27, image[4])
    tracks = track(image, dividing.labels[0], tiny_model)
    assert set(tracks.table["t"][tracks.table["id"] == 2]) == {0, 1, 2, 3, 5, 6}
    write_ctc(tmp_path / "01_RES", tracks)
    lines = (tmp_path / "01_RES" / "res_track.txt").read_text().splitlines()
    rows = {int(line.split()[0]): [int(word) for word in line.split()[1:]] for line in lines}
    mothers = [mother for _, _, mother in rows.values() if mother]
    assert sorted(mothers) == [1, 1, 2]
    assert all(rows[m][1] < begin for begin, _, m in rows.values() if m)
    for t in range(7):
        listed = {label for label, (begin, end, _) in rows.items() if begin <= t <= end}
        mask = tifffile.imread(tmp_path / "01_RES" / f"mask{t:03d}.tif")
        assert set(np.unique(mask)) - {0} == listed
    again = read_ctc(tmp_path / "01_RES")
    assert again.spans == tracks.spans
    assert again.graph == tracks.graph
    np.testing.assert_array_equal(again.labels, tracks.labels)


def test_who_is_given_again_has_not_divided(tiny_model, dividing) -> None:
    start = np.zeros_like(dividing.labels)
    start[0] = dividing.labels[0]
    start[5] = np.where(dividing.labels[5] == 3, 1, 0)
    tracks = track(dividing.image, start, tiny_model)
    assert not tracks.graph
    assert dividing.iou(tracks.labels, 3, 1, 6) > 0.8


def test_divisions_can_be_forbidden(tiny_model, dividing) -> None:
    tracks = track(dividing.image, dividing.labels[0], tiny_model, options=NO_DIVISIONS)
    assert not tracks.graph
    assert set(tracks.spans) <= {1, 2}


def test_an_object_that_leaves_ends(tiny_model, drawn) -> None:
    discs = {1: {"centre": (40, 50), "velocity": (0, 7), "radius": 9, "grey": 0.8}}
    movie = drawn(discs, 9)
    tracks = track(movie.image, movie.labels[0], tiny_model, options=NO_DIVISIONS)
    gone = next(t for t in range(9) if not movie.labels[t].any())
    assert tracks.spans[1][0] == 0
    assert tracks.spans[1][1] in (gone - 2, gone - 1)


def test_an_object_unseen_for_a_frame_is_found_again(tiny_model, drawn) -> None:
    discs = {1: {"centre": (30, 20), "velocity": (1, 4), "radius": 9, "grey": 0.8}}
    movie = drawn(discs, 6)
    movie.image[3] = np.where(movie.labels[3] > 0, 27, movie.image[3])
    tracks = track(movie.image, movie.labels[0], tiny_model, options=NO_DIVISIONS)
    assert movie.iou(tracks.labels, 1, 1, 5) > 0.8


def test_new_objects_get_ids_that_nobody_has(tiny_model, moving) -> None:
    start = np.where(moving.labels[0] == 3, 3, 0)
    options = TrackingOptions(new_objects=True, divisions=False)
    tracks = track(moving.image[:2], start, tiny_model, options=options)
    for true in (1, 2):
        owner = int(np.bincount(tracks.labels[1][moving.labels[1] == true]).argmax())
        assert owner > 3
        assert tracks.spans[owner] == (0, 1)
        assert moving.iou(tracks.labels, true, owner, 1) > 0.8
    assert moving.iou(tracks.labels, 3, 3, 1) > 0.9


def test_a_label_on_a_later_frame_corrects(tiny_model, moving) -> None:
    start = np.zeros_like(moving.labels)
    start[0][moving.labels[0] == 1] = 1
    start[3][moving.labels[3] == 2] = 1
    tracks = track(moving.image, start, tiny_model, options=NO_DIVISIONS)
    assert moving.iou(tracks.labels, 1, 1, 2) > 0.9
    assert (tracks.labels[3][start[3] == 1] == 1).all()
    assert moving.iou(tracks.labels, 2, 1, 5) > 0.9


def test_nothing_before_the_first_start_is_encoded(tiny_model, moving) -> None:
    track(moving.image, {1: Prompts(points=[(4, 32, 28)])}, tiny_model)
    assert len(tiny_model.encoded) == 2


def test_frames_are_reported_as_they_are_found(tiny_model, moving) -> None:
    seen, steps = [], []
    track(
        moving.image,
        moving.labels[0],
        tiny_model,
        on_frame=lambda t, labels: seen.append((t, int(labels.max()))),
        progress=lambda done, total: steps.append((done, total)),
    )
    assert seen == [(t, 3) for t in range(6)]
    assert steps[-1] == (6, 6)


def test_stopping(tiny_model, moving) -> None:
    with pytest.raises(Cancelled, match="after 0 of 6"):
        track(moving.image, moving.labels[0], tiny_model, should_stop=lambda: True)


def test_channels_and_time_anywhere(tiny_model, moving) -> None:
    colour = np.repeat(moving.image[:3, None], 3, axis=1)
    tracks = track(colour, moving.labels[0], tiny_model, "TCYX")
    assert moving.iou(tracks.labels, 1, 1, 2) > 0.9


@pytest.mark.parametrize(
    ("shape", "axes", "said"),
    [
        ((4, 3, 32, 32), None, "link_labels"),
        ((4, 3, 32, 32), "TZYX", "give no start"),
        ((4, 32, 32), "ZYX", "axes='TYX'"),
        ((32, 32), None, "axes T, Y and X"),
        ((32, 32, 4), "YXT", "in this order"),
    ],
)
def test_what_is_no_movie_of_planes_is_refused(tiny_model, shape, axes, said) -> None:
    image = np.arange(np.prod(shape), dtype=np.uint16).reshape(shape)
    with pytest.raises(ImageError, match=said):
        track(image, {1: Prompts(points=[(0, 3, 3)])}, tiny_model, axes)


def test_volumes_are_found_and_linked_where_nothing_is_given(tiny_model, moving) -> None:
    frames = moving.image[:2, :48, :48]
    slices = [np.full_like(frames, 30), frames, frames]
    tracks = track(np.stack(slices, axis=1), None, tiny_model, "TZYX")
    assert tracks.axes == "TZYX"
    disc = moving.labels[:2, :48, :48] == 1
    owner = int(np.bincount(tracks.labels[0, 1][disc[0]]).argmax())
    assert tracks.spans[owner] == (0, 1)
    for t, z in np.ndindex(2, 2):
        found = tracks.labels[t, z + 1] == owner
        assert (found & disc[t]).sum() / (found | disc[t]).sum() > 0.8


def test_starts_that_fit_no_movie_are_refused(tiny_model, moving) -> None:
    for start, kind, said in (
        (np.zeros((96, 96), int), InputError, "mark no object"),
        (np.ones((4, 96, 96), int), InputError, "of shape"),
        (np.ones((96, 96)), InputError, "must be integers"),
        (-np.ones((96, 96), int), InputError, "from 0"),
        ({}, PromptError, "No object is given"),
        ({0: Prompts(points=[(0, 1, 1)])}, PromptError, "from 1"),
        ({1: Prompts(points=[(9, 1, 1)])}, PromptError, "Object 1"),
    ):
        with pytest.raises(kind, match=said):
            track(moving.image, start, tiny_model)


@pytest.mark.parametrize("change", [{"max_move": 0}, {"max_gap": -1}, {"least_score": 2}])
def test_options_out_of_range_are_refused(change) -> None:
    with pytest.raises(InputError, match=next(iter(change))):
        replace(TrackingOptions(), **change)


def test_where_nano_sees_objects_is_found_once_a_frame(
    moving: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not for each of them: on a dense plane that took longer than everything else."""
    model = load_model("nano", device="cpu")
    found: list[object] = []
    find_seeds = model.find_seeds

    def count(*args: Any, **kwargs: Any) -> Any:
        found.append(args)
        return find_seeds(*args, **kwargs)

    monkeypatch.setattr(model, "find_seeds", count)
    tracks = track(moving.image, moving.labels[0], model)
    assert len(np.unique(tracks.labels[1])) > 2
    assert len(found) == len(moving.image) - 1
