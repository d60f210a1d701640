"""Tracking in the widget: from one frame, from all frames, exported."""

from __future__ import annotations

import numpy as np
import pytest

from napari_samwise.segment.tracking.view import Movie


@pytest.fixture
def movie() -> np.ndarray:
    """`(5, 48, 64)`: a bright square that moves by two pixels a frame."""
    frames = np.zeros((5, 48, 64), dtype=np.uint8)
    for t in range(5):
        frames[t, 8 + 2 * t : 20 + 2 * t, 10 + 2 * t : 22 + 2 * t] = 200
    return frames


@pytest.fixture
def opened(viewer, start, open_stage, movie):
    viewer.add_image(movie, scale=(3, 1, 1), axis_labels=("t", "y", "x"))
    h = start()
    return h, open_stage(h)


def test_objects_of_one_frame_are_carried(opened, viewer, movie) -> None:
    h, stage = opened
    viewer.dims.set_point(0, 2 * 3)
    h["prompts"].add((2, 18, 18))
    h.press("prompts", "C")
    stage.carry()
    labels, tracks = viewer.layers["tracked objects"], viewer.layers["tracks"]
    np.testing.assert_array_equal(labels.data == 1, movie == 200)
    assert tracks.data[:, 1].tolist() == [0, 1, 2, 3, 4]
    np.testing.assert_array_equal(labels.scale, (3, 1, 1))
    np.testing.assert_array_equal(tracks.scale, (3, 1, 1))
    assert np.unique(h.objects.nonzero()[0]).tolist() == [2], "objects stay as they are"


def test_labels_of_all_frames_are_linked_and_exported(opened, viewer, movie, tmp_path) -> None:
    h, stage = opened
    for t in range(5):
        h.objects[t][movie[t] == 200] = 5 - t
    stage.tracking.export(tmp_path / "before")
    assert h.status.is_error
    stage.link()
    labels = viewer.layers["tracked objects"].data
    np.testing.assert_array_equal(labels == 1, movie == 200)
    assert stage.status().has_tracks
    stage.tracking.export(tmp_path / "01_RES")
    assert (tmp_path / "01_RES" / "res_track.txt").read_text() == "1 0 4 0\n"
    stage.tracking.export(tmp_path / "01_RES")
    assert h.status.is_error


def test_tracking_again_shows_the_new_tracks_and_leaves_the_old(opened, viewer, movie) -> None:
    h, stage = opened
    viewer.dims.set_point(0, 0)
    h["prompts"].add((0, 12, 12))
    h.press("prompts", "C")
    stage.carry()
    first = [viewer.layers[name] for name in ("tracked objects", "tracks")]
    assert viewer.layers.selection.active is h["prompts"], "clicks go on where they went"
    stage.carry()
    again = [layer for layer in viewer.layers if layer.name.startswith("track")]
    assert len(again) == 4
    assert [layer.visible for layer in again] == [layer not in first for layer in again]


def test_while_tracking_the_sentence_is_about_that(
    viewer, start, open_stage, movie, manual_slot
) -> None:
    viewer.add_image(movie)
    h = start()
    slot = manual_slot()
    stage = open_stage(h, slot)
    viewer.dims.set_point(0, 0)
    h.objects[0][movie[0] == 200] = 1
    stage.carry()
    h.controller.board.fade()
    assert h.status.sentence.startswith("Objects are followed")
    slot.run()
    assert "track" in h.status.sentence
    h.controller.board.fade()
    assert not h.status.sentence.startswith("Objects are followed")


def test_an_empty_frame_is_explained(opened) -> None:
    h, stage = opened
    stage.carry()
    assert "no object on the displayed frame" in h.status.sentence


def test_linking_no_labels_is_explained_and_adds_no_layer(opened, viewer) -> None:
    h, stage = opened
    before = list(viewer.layers)
    stage.link()
    assert "no objects to link" in h.status.sentence
    assert list(viewer.layers) == before


def test_one_slice_of_volumes_in_time(viewer, start, open_stage, movie) -> None:
    series = np.stack([np.zeros_like(movie), movie], axis=1)
    viewer.add_image(series)
    h = start()
    stage = open_stage(h)
    stage.choose_axis(0)
    viewer.dims.set_point((0, 1), (0, 1))
    h.objects[0, 1][movie[0] == 200] = 3
    stage.carry()
    np.testing.assert_array_equal(viewer.layers["tracked objects"].data == 3, series == 200)
    assert viewer.layers["tracks"].data[:, 2].tolist() == [1] * 5


def test_a_pyramid_of_large_planes_is_carried(
    viewer, start, open_stage, movie, monkeypatch
) -> None:
    levels = [movie, movie[:, ::2, ::2]]
    viewer.add_image(levels, multiscale=True, contrast_limits=(0, 255))
    h = start()
    h.model.whole_px, h.model.frame_px, h.model.top_px = 40, 64, 64
    stage = open_stage(h)
    given = []
    opened = Movie.open.__func__

    def look(cls, found, *rest):
        given.extend(level.shape for level in found)
        return opened(cls, found, *rest)

    monkeypatch.setattr(Movie, "open", classmethod(look))
    viewer.dims.set_point(0, 0)
    h.objects[0][movie[0] == 200] = 1
    stage.carry()
    assert given == [level.shape for level in levels]
    np.testing.assert_array_equal(viewer.layers["tracked objects"].data == 1, movie == 200)


def test_time_must_be_first(viewer, start, open_stage, movie) -> None:
    viewer.add_image(movie[np.newaxis])
    h = start()
    stage = open_stage(h)
    stage.choose_axis(1)
    stage.link()
    assert "first axis" in h.status.sentence


def test_the_new_layer_deleted_while_tracking(
    viewer, start, open_stage, movie, manual_slot
) -> None:
    viewer.add_image(movie)
    h = start()
    slot = manual_slot()
    stage = open_stage(h, slot)
    viewer.dims.set_point(0, 0)
    h.objects[0][movie[0] == 200] = 1

    def delete(event) -> None:
        if event.value.name == "tracked objects" and len(removed) < 1:
            removed.append(event.value)
            h.put_off.append(lambda: viewer.layers.remove(event.value))

    removed: list = []
    viewer.layers.events.inserted.connect(delete)
    stage.bench.changed.connect(h.settle)
    stage.carry()
    slot.run()
    assert removed
    np.testing.assert_array_equal(viewer.layers["tracked objects"].data == 1, movie == 200)


@pytest.mark.parametrize("way", ["link", "carry"])
def test_painting_while_objects_are_tracked_changes_nothing_of_it(
    viewer, start, open_stage, movie, manual_slot, way
) -> None:
    viewer.add_image(movie)
    h, slot = start(), manual_slot()
    stage = open_stage(h, slot)
    viewer.dims.set_point(0, 0)
    h.objects[:][movie == 200] = 1
    getattr(stage, way)()
    h.objects[:] = 0
    slot.run()
    np.testing.assert_array_equal(viewer.layers["tracked objects"].data == 1, movie == 200)
