"""A replay gives the bits of the session, and says what differs where it cannot."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

import napari_samwise as sw
from napari_samwise.errors import Cancelled, InputError, JournalError
from napari_samwise.geometry.boxed_mask import BoxedMask
from napari_samwise.geometry.coco_rle import encode_rle
from napari_samwise.intensity import resolve_intensity
from napari_samwise.journal.events import (
    Adopt,
    Clear,
    Drawn,
    Drop,
    Frame,
    ModelIdentity,
    Paint,
    Redo,
    Undo,
)
from napari_samwise.journal.models import Models
from napari_samwise.journal.objects import Change, FilledPlane, MaskPart, ObjectRow
from napari_samwise.journal.pixels import encode_part, replace_values
from napari_samwise.journal.player import restore
from napari_samwise.journal.reader import read_journal
from napari_samwise.journal.recorded_plane import RecordedPlane
from napari_samwise.journal.replay import replay_with_report
from napari_samwise.predictor.disk_store import DiskStore
from napari_samwise.predictor.store import EmbeddingStore

FLAT = RecordedPlane((0, 1))


def square(y: int, x: int, side: int):
    return encode_part(BoxedMask.from_mask(np.ones((side, side), bool), (y, x)))


def long_session(clicker, image, model):
    """Clicks, corrections, another candidate, a box, a drawn mask, paint, deletion, undo."""
    work = clicker(image, model)
    write = work.journal.write
    work.prompt((24, 24))
    work.decode(FLAT, [(24.25, 23.75)])
    work.commit(1, FLAT)

    work.decode(FLAT, [(24, 64)])
    work.choose(FLAT, 1)
    work.decode(FLAT, [(24, 64), (30, 70)], [1, 1], refine=True)
    work.decode(FLAT, [(24, 64), (30, 70), (24, 90)], [1, 1, 0], refine=True)
    work.commit(2, FLAT)

    work.decode(FLAT, box=(54.5, 10.0, 85.0, 38.25))
    work.choose(FLAT, 2)
    work.commit(3, FLAT)

    disc = np.hypot(*(np.mgrid[:30, :30] - 14.5)) < 12
    work.decode(FLAT, [(70, 66)], drawn=Drawn(MaskPart((55, 52), (30, 30), encode_rle(disc)), 1))
    work.commit(4, FLAT)

    write(Paint((Change(9, FLAT, (square(80, 100, 10),)), Change(0, FLAT, (square(20, 20, 4),)))))
    work.labels[80:90, 100:110] = 9
    work.labels[20:24, 20:24] = 0
    write(Paint((), removed=(3,), into=0, name="delete"))
    work.labels[work.labels == 3] = 0

    work.decode(FLAT, [(26, 104)])
    before = work.labels.copy()
    work.commit(5, FLAT)
    write(Undo())
    work.labels[:] = before
    write(Clear())
    work.decode(FLAT, [(68, 104)])
    work.commit(5, FLAT)
    after = work.labels.copy()
    write(Undo())
    write(Undo())
    write(Redo())
    write(Redo())
    work.labels[:] = after
    work.journal.close()
    return work


def test_the_same_model_gives_the_same_labels(clicker, cells, nano) -> None:
    work = long_session(clicker, cells, nano)
    done = replay_with_report(work.path, cells, model=nano)
    assert done.labels.dtype == np.int32
    np.testing.assert_array_equal(done.labels, work.labels)
    report = done.report
    assert report.is_identical
    assert report.same_image
    assert report.same_model
    assert [each.id for each in report.objects] == [1, 2, 4, 5]
    assert [each.clicks for each in report.objects] == [1, 3, 2, 1]
    assert {each.iou for each in report.objects} == {1.0}
    assert {9} < {*np.unique(done.labels).tolist()}


def test_without_feedback_it_would_differ(clicker, cells, nano) -> None:
    """The test above can fail: a refined mask is not what its clicks give afresh."""
    work = clicker(cells, nano)
    work.decode(FLAT, [(24, 64)])
    work.choose(FLAT, 2)
    work.decode(FLAT, [(24, 64), (30, 70)], refine=True)
    refined = work.shown[FLAT][2]
    work.decode(FLAT, [(24, 64), (30, 70)])
    afresh = work.shown[FLAT][2]
    assert not np.array_equal(refined[0][2], afresh[0][2])


@pytest.mark.parametrize("rounded", [True, False])
def test_features_are_rounded_as_they_were(cells, tiny_model, tmp_path, rounded) -> None:
    """Whatever store the caller brings."""
    identity = ModelIdentity("tiny", "tiny", tiny_model.preprocessing, "float32")
    frame = Frame(0, FLAT, identity, resolve_intensity(cells, rgb=False), None, rounded)
    plain = sw.Predictor(tiny_model).encode(cells).image_embedding
    wanted = plain.half().float() if rounded else plain
    assert not plain.equal(plain.half().float())
    stores = [EmbeddingStore(), EmbeddingStore(disk=DiskStore(tmp_path)), EmbeddingStore(0)]
    for given in [tiny_model, *(sw.Predictor(tiny_model, store=store) for store in stores)]:
        predictor = Models(given).predictor(frame)
        for _ in range(2):
            assert predictor.encode(cells).image_embedding.equal(wanted)


def test_after_a_restart_the_journal_names_its_model(clicker, cells, nano, tmp_path) -> None:
    work = long_session(clicker, cells, nano)
    np.save(tmp_path / "cells.npy", cells)
    code = (
        "import numpy as np, torch, napari_samwise as sw; torch.set_num_threads(1); "
        f"labels = sw.replay({str(work.path)!r}, np.load({str(tmp_path / 'cells.npy')!r})); "
        f"np.save({str(tmp_path / 'labels.npy')!r}, labels)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
    np.testing.assert_array_equal(np.load(tmp_path / "labels.npy"), work.labels)


def test_restoring_needs_no_model(clicker, cells, nano) -> None:
    work = long_session(clicker, cells, nano)
    ledger = restore(read_journal(work.path))
    np.testing.assert_array_equal(ledger.labels, work.labels)
    assert {i: (kept.commit.object.model, kept.area) for i, kept in ledger.objects.items()} == {
        each.id: ("nano", each.recorded_pixels)
        for each in replay_with_report(work.path, cells, model=nano).report.objects
    }
    assert [step.name for step in ledger.done][-3:] == ["delete", "prompt", "commit"]
    while ledger.done:
        ledger.undo()
    assert not ledger.labels.any()
    while ledger.undone:
        ledger.redo()
    np.testing.assert_array_equal(ledger.labels, work.labels)


def test_another_model_gives_a_table(clicker, cells, nano, tiny_model) -> None:
    work = long_session(clicker, cells, nano)
    report = replay_with_report(work.path, cells, model=tiny_model).report
    assert not report.same_model
    assert not report.is_identical
    assert report.same_image
    assert [each.id for each in report.objects] == [1, 2, 4, 5]
    assert all(0 <= each.iou <= 1 for each in report.objects)
    assert report.mean_iou == pytest.approx(np.mean([each.iou for each in report.objects]))
    assert {each.recorded_model for each in report.objects} == {"nano"}


def test_another_image_has_its_own_percentiles(clicker, cells, tiny_model) -> None:
    work = clicker(cells, tiny_model)
    work.decode(FLAT, [(24, 24)])
    work.commit(1, FLAT)
    brighter = cells * 3 + 1000
    done = replay_with_report(work.path, brighter, model=tiny_model)
    assert not done.report.same_image
    assert done.report.objects[0].iou > 0.95


def test_planes_of_any_axes(clicker, cells, tiny_model) -> None:
    stack = np.stack([cells, cells[::-1], cells // 2, cells, *[cells] * 12])
    work = clicker(stack, tiny_model)
    first, second, across = (
        RecordedPlane((1, 2), (1,)),
        RecordedPlane((1, 2), (2,)),
        RecordedPlane((0, 2), (70,)),
    )
    for plane, point in ((first, (71, 24)), (second, (24, 24)), (across, (12, 66))):
        work.decode(plane, [point])
    work.commit(7, first, second)
    work.commit(8, across)
    labels = sw.replay(work.path, stack, model=tiny_model)
    np.testing.assert_array_equal(labels, work.labels)
    assert np.count_nonzero(labels == 8)


def test_channels_may_lie_elsewhere(clicker, tiny_model) -> None:
    image = np.zeros((40, 50, 3), np.uint8)
    image[10:20, 10:20] = (200, 100, 50)
    work = clicker(image, tiny_model)
    work.decode(FLAT, [(15, 15)])
    work.commit(1, FLAT)
    moved = sw.replay(work.path, np.moveaxis(image, 2, 0), model=tiny_model, axes="CYX")
    np.testing.assert_array_equal(moved, work.labels)
    assert np.count_nonzero(moved) == 100


def test_large_planes(clicker, tiny_model, monkeypatch) -> None:
    monkeypatch.setattr(type(tiny_model), "whole_px", 128)
    monkeypatch.setattr(type(tiny_model), "frame_px", 128)
    monkeypatch.setattr(type(tiny_model), "top_px", 128)
    image = np.full((300, 420), 20, np.uint8)
    image[60:90, 100:150] = 200
    image[200:230, 300:320] = 120
    work = clicker(image, tiny_model)
    work.decode(FLAT, [(70, 120)])
    work.decode(FLAT, [(70, 120), (80, 130)], refine=True)
    work.commit(1, FLAT)
    work.decode(FLAT, box=(195, 295, 235, 325))
    work.commit(2, FLAT)
    journal = read_journal(work.path)
    assert journal.entries[0].event.frame_px == 128
    out = np.zeros(image.shape, np.uint8)
    assert sw.replay(journal, image, model=tiny_model, out=out) is out
    np.testing.assert_array_equal(out, work.labels)
    assert {1, 2} < {*np.unique(out).tolist()}


def test_adopted_labels_cannot_be_undone(clicker, cells, tiny_model) -> None:
    work = clicker(cells, tiny_model)
    work.prompt((24, 24))
    work.journal.write(Adopt((Change(4, FLAT, (square(5, 5, 30),)),)))
    assert np.count_nonzero(restore(read_journal(work.path)).labels == 4) == 900
    work.journal.write(Undo())
    with pytest.raises(JournalError, match="line 4: there is nothing to undo"):
        read_journal(work.path)


def test_filled_planes_are_written_after_those_decoded(clicker, cells, tiny_model) -> None:
    stack = np.stack([cells] * 16)
    work = clicker(stack, tiny_model)
    decoded, filled, across = (
        RecordedPlane((1, 2), (1,)),
        RecordedPlane((1, 2), (2,)),
        RecordedPlane((0, 2), (24,)),
    )
    work.prompt((1, 24, 24))
    work.decode(decoded, [(24, 24)])
    pixels = (FilledPlane(filled, (square(10, 10, 5),)), FilledPlane(across, (square(3, 24, 4),)))
    work.commit(5, decoded, filled=pixels)
    work.labels[2, 10:15, 10:15] = 5
    work.labels[3:7, 24, 24:28] = 5
    done = replay_with_report(work.path, stack, model=tiny_model)
    np.testing.assert_array_equal(done.labels, work.labels)
    assert done.report.is_identical
    ledger = restore(read_journal(work.path))
    np.testing.assert_array_equal(ledger.labels, work.labels)
    assert ledger.table[5].area == np.count_nonzero(work.labels)
    ledger.undo()
    assert not ledger.labels.any()
    assert len(ledger.draft.points) == 1


def test_an_object_without_a_decoded_plane(clicker, cells, tiny_model) -> None:
    work = clicker(cells, tiny_model)
    work.commit(5, filled=(FilledPlane(FLAT, (square(10, 10, 5),)),))
    done = replay_with_report(work.path, cells, model=tiny_model)
    assert np.count_nonzero(done.labels == 5) == 25
    assert done.report.objects[0].predicted_iou == 0.5


def test_a_deletion_holds_for_the_masks_of_another_model(clicker, cells, tiny_model, nano) -> None:
    work = clicker(cells, tiny_model)
    work.decode(FLAT, [(24, 24)])
    work.commit(1, FLAT)
    recorded = Change(0, FLAT, (square(20, 20, 3),))
    work.journal.write(Paint((recorded,), removed=(1,), into=0, name="delete"))
    assert not sw.replay(work.path, cells, model=nano).any()
    ledger = restore(read_journal(work.path))
    ledger.undo()
    np.testing.assert_array_equal(ledger.labels, work.labels)
    assert sorted(ledger.table) == sorted(ledger.objects) == [1]
    ledger.redo()
    assert not ledger.labels.any()
    assert not ledger.table


def test_what_was_dropped_cannot_be_done_again(clicker, cells, tiny_model) -> None:
    work = clicker(cells, tiny_model)
    row = ObjectRow(4, 25, 0.5)
    found = Change(4, FLAT, (square(5, 5, 5),))
    work.journal.write(Paint((found,), (row,), name="everything"))
    work.journal.write(Drop())
    ledger = restore(read_journal(work.path))
    assert not ledger.labels.any()
    assert not ledger.table
    assert not ledger.done
    assert not ledger.undone
    work.journal.write(Redo())
    with pytest.raises(JournalError, match="nothing to do again"):
        read_journal(work.path)


def test_a_step_that_takes_several_lines_is_one(clicker, cells, tiny_model) -> None:
    work = clicker(cells, tiny_model)
    first, second = Change(4, FLAT, (square(5, 5, 5),)), Change(5, FLAT, (square(8, 8, 5),))
    work.journal.write(Paint((first,), (ObjectRow(4, 25, 0.5),), name="everything", more=True))
    work.journal.write(Paint((second,), (ObjectRow(5, 25, 0.5),), name="everything"))
    work.journal.write(Paint((Change(0, FLAT, (square(0, 0, 9),)),)))
    ledger = restore(read_journal(work.path))
    assert [step.name for step in ledger.done] == ["everything", "paint"]
    ledger.undo()
    assert np.count_nonzero(ledger.labels == 4) == 25 - 4
    ledger.undo()
    assert not ledger.labels.any()
    assert not ledger.table
    ledger.redo()
    assert sorted(ledger.table) == [4, 5]
    for _ in range(2):
        work.journal.write(Undo())
    assert not sw.replay(work.path, cells, model=tiny_model).any()
    work.journal.write(Undo())
    with pytest.raises(JournalError, match="nothing to undo"):
        read_journal(work.path)


def test_giving_up_clicks_costs_no_decoding(clicker, cells, tiny_model) -> None:
    work = clicker(cells, tiny_model)
    for y in (24, 26, 28):
        work.decode(FLAT, [(y, 24)])
    work.commit(1, FLAT)
    seen = []
    sw.replay(work.path, cells, model=tiny_model, progress=lambda *counts: seen.append(counts))
    assert seen == [(1, 1)]
    with pytest.raises(Cancelled, match="after 0 masks"):
        sw.replay(work.path, cells, model=tiny_model, should_stop=lambda: True)


def test_what_does_not_fit_is_refused(clicker, cells, tiny_model) -> None:
    work = clicker(cells, tiny_model)
    work.decode(FLAT, [(24, 24)])
    work.commit(1, FLAT)
    with pytest.raises(JournalError, match=r"shape \(96, 128\) without channels, got \(95, 128\)"):
        sw.replay(work.path, cells[1:], model=tiny_model)
    with pytest.raises(JournalError, match="'tiny', which is no model known here"):
        sw.replay(work.path, cells)
    with pytest.raises(JournalError, match="got labels of"):
        sw.replay(work.path, cells, model=tiny_model, out=np.zeros((3, 3)))
    closed = np.zeros(cells.shape[:2], np.int32)
    closed.setflags(write=False)
    for out in (np.ones_like(closed), closed, np.zeros(closed.shape, bool), np.zeros(closed.shape)):
        with pytest.raises(InputError):
            sw.replay(work.path, cells, model=tiny_model, out=out)
    for journal, image in ((None, cells), (work.path, []), (work.path, cells.astype(object))):
        with pytest.raises(InputError):
            sw.replay(journal, image, model=tiny_model)


def test_an_id_needs_room(clicker, cells, tiny_model) -> None:
    work = clicker(cells, tiny_model)
    work.decode(FLAT, [(24, 24)])
    work.commit(70000, FLAT)
    with pytest.raises(InputError, match="up to 70000, got uint16"):
        sw.replay(work.path, cells, model=tiny_model, out=np.zeros(cells.shape[:2], np.uint16))


def test_other_weights_of_the_same_name_are_not_taken_silently(clicker, cells, tiny_model) -> None:
    tiny_model.name = "nano"
    work = clicker(cells, tiny_model)
    work.decode(FLAT, [(24, 24)])
    work.commit(1, FLAT)
    with pytest.raises(JournalError, match="other weights of 'nano'"):
        sw.replay(work.path, cells)
    assert sw.replay(work.path, cells, model="nano").any()


def test_redo_of_a_commit_gives_its_pixels_alone(clicker, cells, tiny_model) -> None:
    """What was painted meanwhile would have emptied redo, so redo meets what it left."""
    work = clicker(cells, tiny_model)
    work.decode(FLAT, [(24, 24)])
    work.commit(1, FLAT)
    for event in (Undo(), Redo(), Undo(), Redo()):
        work.journal.write(event)
    labels = sw.replay(work.path, cells, model=tiny_model)
    np.testing.assert_array_equal(labels, work.labels)
    parts = read_journal(work.path).entries[2].event.planes[0].parts
    replace_values(labels, FLAT, parts, 1, 0)
    assert not labels.any()
