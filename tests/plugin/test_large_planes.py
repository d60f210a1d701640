"""Planes larger than the model sees at once: little is read, encoded and kept."""

from __future__ import annotations

import tracemalloc
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import zarr

from napari_samwise.plugin.engine import Engine
from napari_samwise.plugin.frame import Frame, IntensityChoice
from napari_samwise.plugin.label_chunks import ChunkedLabels
from napari_samwise.plugin.pipeline import Pipeline
from napari_samwise.plugin.plane import Plane
from napari_samwise.plugin.request import Request
from napari_samwise.plugin.view import ImageSource
from napari_samwise.prompts import Prompts

SIDE = 40_000
SQUARE = (slice(20_000, 20_040), slice(30_000, 30_060))


class Grudging:
    """A plane with one bright square, which refuses to be read in large parts."""

    def __init__(self, step: int = 1, limit: int = 2**22) -> None:
        self.shape = (SIDE // step, SIDE // step)
        self.dtype, self.ndim, self.size = np.dtype(np.uint8), 2, (SIDE // step) ** 2
        self.step, self.limit, self.values_read = step, limit, 0

    def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray:
        return self[:, :]

    def __getitem__(self, index: Any) -> np.ndarray:
        rows, columns = (np.arange(n)[part] for n, part in zip(self.shape, index, strict=True))
        assert np.size(rows) * np.size(columns) <= self.limit, "too much at a time"
        self.values_read += np.size(rows) * np.size(columns)
        inside = [
            (at >= part.start // self.step) & (at < part.stop // self.step)
            for at, part in zip((rows, columns), SQUARE, strict=True)
        ]
        pattern = (np.add.outer(rows, columns) % 7).astype(np.uint8)
        return pattern + 150 * np.logical_and.outer(*inside).astype(np.uint8)


@pytest.fixture
def pyramid() -> list[Grudging]:
    return [Grudging(1 << level) for level in range(7)]


@pytest.fixture
def in_frames(tiny_model: Any) -> Any:
    """The quick model, which encodes what is longer than 40 pixels in frames of 64."""
    tiny_model.whole_px, tiny_model.frame_px, tiny_model.top_px = 40, 64, 64
    tiny_model.levels_a_click = 2
    return tiny_model


@pytest.fixture
def opened(viewer, start, pyramid, in_frames) -> Any:
    viewer.add_image(pyramid, multiscale=True, contrast_limits=(0, 255), name="slide")
    return start()


def test_a_click_on_a_huge_plane_reads_and_encodes_little(opened, pyramid, in_frames) -> None:
    assert not in_frames.encoded, "nothing is encoded before a click"
    for level in pyramid:
        level.values_read = 0
    opened["prompts"].add((20_010, 30_010))
    assert len(in_frames.encoded) <= 6
    assert max(max(shape) for shape in in_frames.encoded) <= 64
    assert sum(level.values_read for level in pyramid) < 2**17
    opened.press("prompts", "C")
    labels = opened.session.labels
    assert (labels[SQUARE] == 1).all()
    assert labels[19_990:20_050, 29_990:30_070].sum() == pytest.approx(40 * 60, rel=0.02)


def test_memory_does_not_follow_the_size_of_the_plane(viewer, start, pyramid, in_frames) -> None:
    tracemalloc.start()
    viewer.add_image(pyramid, multiscale=True, contrast_limits=(0, 255))
    plugin = start()
    plugin["prompts"].add((20_010, 30_010))
    plugin.press("prompts", "C")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 100 * 2**20


def test_the_preview_shows_the_mask_on_every_level(opened) -> None:
    opened["prompts"].add((20_010, 30_010))
    levels = opened["preview"].data
    assert sum(level.size for level in levels if isinstance(level, np.ndarray)) < 2**19
    assert (np.asarray(levels[0][SQUARE]) == 1).all()
    near = np.asarray(levels[0][19_950:20_100, 29_950:30_150])
    assert np.count_nonzero(near) == pytest.approx(40 * 60, rel=0.02)
    for k, level in enumerate(levels):
        assert level[20_010 >> k, 30_010 >> k] == 1
    opened.controller.clear()
    assert not np.asarray(levels[-1]).any()
    assert not np.asarray(levels[0][SQUARE]).any()


def test_objects_are_on_disk_and_only_where_they_are(opened, tmp_path) -> None:
    opened.controller.objects_folder = tmp_path
    opened.controller.choose_objects(None)
    assert not any(tmp_path.iterdir()), "nothing is written before there is an object"
    opened["prompts"].add((20_010, 30_010))
    opened.press("prompts", "C")
    labels = opened.session.labels
    labels.chunks.wait()
    (path,) = tmp_path.iterdir()
    group = zarr.open_group(path, mode="r")
    assert group["0"].shape == (SIDE, SIDE)
    assert group["0"].dtype == np.int32
    assert (group["0"][SQUARE] == 1).all()
    assert group["0"].nchunks_initialized <= 2
    assert str(path) in opened.status.objects_note
    assert "brush" in opened.status.objects_note
    opened.controller.undo()
    labels.chunks.wait()
    assert not group["0"][SQUARE].any()
    opened.controller.redo()
    labels.chunks.wait()
    assert (group["0"][SQUARE] == 1).all()


def test_undo_takes_a_commit_off_every_level(opened) -> None:
    opened["prompts"].add((20_010, 30_010))
    opened.press("prompts", "C")
    levels = opened["objects"].data
    assert all(level[20_010 >> k, 30_010 >> k] == 1 for k, level in enumerate(levels))
    opened.controller.undo()
    assert not any(level[20_010 >> k, 30_010 >> k] for k, level in enumerate(levels))


def test_the_mask_under_the_cursor_shows_where_a_part_is_encoded(opened) -> None:
    workspace = opened.controller.desk.workspace
    workspace._on_hover(Prompts(points=[(20_010, 30_010)]))
    assert not workspace.preview._shown, "nothing is encoded for the cursor"
    opened["prompts"].add((20_010, 30_010))
    opened.controller.clear()
    workspace._on_hover(Prompts(points=[(20_012, 30_012)]))
    assert opened["preview"].data[0][20_010, 30_010] == 2


def test_a_drawn_outline_of_any_size_is_a_start(opened) -> None:
    ring = [(19_995, 29_995), (19_995, 30_065), (20_045, 30_065), (20_045, 29_995)]
    opened["boxes"].add_polygons(np.array(ring, dtype=float))
    assert opened.status.can_commit
    assert not opened.status.is_error


@pytest.fixture
def run(in_frames, manual_slot):
    """A pipeline on two large slices, with its slots, and everything that it emitted."""
    data = np.zeros((2, 300, 300), dtype=np.uint8)
    data[:, 100:120, 100:130] = 200
    source = ImageSource(data, data.shape, False)
    encoding, decoding = manual_slot(), manual_slot()
    pipeline = Pipeline(Engine(lambda name, progress: in_frames), encoding, decoding)
    heard = SimpleNamespace(answered=[], failed=[], activity=[])
    pipeline.answered.connect(heard.answered.append)
    pipeline.failed.connect(lambda frame, sentence: heard.failed.append(sentence))
    pipeline.activity_changed.connect(heard.activity.append)

    def at(z: int) -> Frame:
        return Frame("tiny", source, Plane((1, 2), (z,)), IntensityChoice())

    return SimpleNamespace(
        pipeline=pipeline, encoding=encoding, decoding=decoding, heard=heard, at=at, model=in_frames
    )


def click(y: float, x: float) -> Request:
    return Request(Prompts(points=[(y, x)]))


def test_a_first_look_comes_before_the_answer(run) -> None:
    request, frame = click(110, 115), run.at(0)
    run.pipeline.want(frame, {frame: request})
    run.encoding.run()
    assert not run.model.encoded, "the plane is only made ready"
    run.decoding.run()
    assert not run.heard.answered
    run.encoding.run()
    assert len(run.model.encoded) == 1
    run.decoding.run()
    (look,) = run.heard.answered
    assert not look.is_final
    run.encoding.run()
    assert [answer.is_final for answer in run.heard.answered] == [False, True]
    assert run.heard.answered[1].request is request
    assert not run.encoding.busy
    assert not run.decoding.busy


def test_the_answer_is_the_same_whatever_was_encoded_before(run) -> None:
    def ask(request: Request) -> Any:
        frame = run.at(0)
        run.pipeline.want(frame, {frame: request})
        while run.encoding.busy or run.decoding.busy:
            for slot in (run.decoding, run.encoding):
                if slot.busy:
                    slot.run()
        return run.heard.answered[-1].found

    first = ask(click(110, 115))
    ask(click(250, 250))
    again = ask(click(110, 115))
    for one, other in zip(first, again, strict=True):
        assert one.predicted_iou == other.predicted_iou
        assert one.mask.roi == other.mask.roi
        np.testing.assert_array_equal(one.mask.cut(one.mask.roi), other.mask.cut(other.mask.roi))


def test_what_a_first_look_found_is_the_answer_when_the_search_is_cancelled(run) -> None:
    request, frame = click(110, 115), run.at(0)
    run.pipeline.want(frame, {frame: request})
    run.encoding.run()
    run.decoding.run()
    run.encoding.run()
    run.decoding.run()
    run.pipeline.cancel()
    assert run.encoding.was_stopped
    run.encoding.run()
    assert [answer.is_final for answer in run.heard.answered] == [False, True]
    assert not run.encoding.busy
    assert not run.heard.failed


def test_a_newer_click_stops_the_search_for_an_older_one(run) -> None:
    frame = run.at(0)
    run.pipeline.want(frame, {frame: click(110, 115)})
    run.encoding.run()
    newer = click(250, 250)
    run.pipeline.want(frame, {frame: newer})
    assert run.encoding.was_stopped
    while run.encoding.busy or run.decoding.busy:
        for slot in (run.decoding, run.encoding):
            if slot.busy:
                slot.run()
    assert {id(answer.request) for answer in run.heard.answered} == {id(newer)}


def test_the_part_that_is_encoded_is_told(run, monkeypatch) -> None:
    told: list[Any] = []
    working = run.model.encode

    def encode(image: np.ndarray) -> Any:
        told.append(run.pipeline.engine.part)
        return working(image)

    monkeypatch.setattr(run.model, "encode", encode)
    frame = run.at(0)
    run.pipeline.want(frame, {frame: click(110, 115)})
    run.encoding.run()
    run.decoding.run()
    run.encoding.run()
    (part,) = told
    assert part.level == 0
    assert part.roi.contains((110, 115))
    assert run.pipeline.engine.part is None


def test_a_large_slice_of_a_stack(viewer, start, in_frames) -> None:
    stack = np.zeros((3, 200, 200), dtype=np.uint8)
    stack[1, 50:70, 50:80] = 200
    viewer.add_image(stack)
    plugin = start()
    viewer.dims.set_point(0, 1)
    plugin["prompts"].add((1, 60, 60))
    plugin.press("prompts", "C")
    np.testing.assert_array_equal(plugin.objects == 1, stack == 200)


@pytest.fixture
def own(viewer, start, in_frames, tmp_path) -> Any:
    """The plugin on a plane of 300 x 300, beside labels of the user's in a zarr on disk."""
    plane = np.zeros((300, 300), dtype=np.uint8)
    plane[100:120, 100:130] = 200
    viewer.add_image(plane)
    array = zarr.create_array(tmp_path / "own.zarr", shape=plane.shape, chunks=(64, 64), dtype="u1")
    array[:10, :10] = 7
    return SimpleNamespace(plugin=start(), array=array, plane=plane, viewer=viewer)


def test_labels_of_the_users_in_a_zarr_take_the_objects(own) -> None:
    before = own.plugin["objects"]
    theirs = own.viewer.add_labels(own.array, name="theirs")
    own.plugin.controller.choose_objects(theirs)
    own.plugin.settle()
    assert before not in own.viewer.layers, "it was empty"
    own.plugin["prompts"].add((110, 115))
    own.plugin.press("prompts", "C")
    found = own.array[:] == 8
    assert (found & (own.plane == 200)).sum() == 600
    assert found.sum() == pytest.approx(600, rel=0.15)
    assert theirs.data is own.array
    own.plugin.controller.undo()
    assert np.unique(own.array[:]).tolist() == [0, 7]
    own.plugin.controller.choose_objects(None)
    assert own.plugin["objects"] != theirs
    assert theirs in own.viewer.layers


def test_all_levels_of_the_users_labels_are_written(own, tmp_path) -> None:
    coarse = zarr.create_array(
        tmp_path / "coarse.zarr", shape=(150, 150), chunks=(64, 64), dtype="u1"
    )
    theirs = own.viewer.add_labels([own.array, coarse], name="theirs", multiscale=True)
    own.plugin.controller.choose_objects(theirs)
    own.plugin.settle()
    own.plugin["prompts"].add((110, 115))
    own.plugin.press("prompts", "C")
    assert own.array[110, 115] == coarse[55, 57] == 8
    assert theirs.thumbnail.any()
    assert "brush" in own.plugin.status.objects_note
    own.plugin.controller.undo()
    assert not own.array[110, 115]
    assert not coarse[55, 57]


def test_labels_that_cannot_be_written_are_refused(own) -> None:
    import dask.array

    before = own.plugin["objects"]
    theirs = own.viewer.add_labels(dask.array.zeros((300, 300), dtype=int), name="theirs")
    own.plugin.controller.choose_objects(theirs)
    assert own.plugin.status.is_error
    assert "theirs" in own.plugin.status.sentence
    assert own.plugin["objects"] is before


def test_an_id_that_does_not_fit_the_users_labels_is_a_sentence(own) -> None:
    own.array[0, 0] = 255
    own.plugin.controller.choose_objects(own.viewer.add_labels(own.array, name="theirs"))
    own.plugin["prompts"].add((110, 115))
    own.plugin.press("prompts", "C")
    assert own.plugin.status.is_error
    assert "255" in own.plugin.status.sentence
    assert not own.array[110, 115]


def test_labels_larger_than_memory_of_a_stack_are_chunks_too() -> None:
    labels = ChunkedLabels((20, 9_000, 9_000), lambda shapes: pytest.fail("made too early"))
    assert [np.asarray(labels[3, 10:20, 10:20]).sum(), labels.highest] == [0, 0]
    assert labels.levels[-1].shape == (20, 282, 282)
