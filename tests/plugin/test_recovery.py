"""An image that was worked on is taken up where the work ended, however it ended."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import napari_samwise as sw
from napari_samwise.journal.events import Paint, Resume
from napari_samwise.journal.reader import read_journal
from napari_samwise.plugin.object_edits import relabel_objects

Open = Callable[..., Any]


def journal_of(tmp_path: Path, folder: str = "data") -> Path:
    return tmp_path / folder / "cells.tif.samwise.jsonl"


def work(desk: Any) -> None:
    """Two objects, one painted, one painted out, one deleted, a prompt in work."""
    desk.keep(14, 14)
    desk.keep(30, 45)
    desk.paint(7, (1, 1), (1, 2), (2, 1), (40, 60))
    desk.paint(0, (1, 1), (30, 45), (30, 46))
    desk.keep(3, 40)
    relabel_objects(desk.session, [1], 0)
    desk.plugin.controller.undo()
    desk.plugin.controller.redo()
    desk.click(14, 14)


def test_nothing_is_lost_and_undo_goes_on(
    check_same, squares, open_image, killed, tmp_path, tiny_model, monkeypatch
):
    first = open_image(squares)
    assert not journal_of(tmp_path).exists(), "nothing was done yet"
    work(first)
    assert "Recorded in 'cells.tif.samwise.jsonl', beside the image." in first.status.text
    second = killed(squares)
    assert second.status.is_offered
    assert second.status.text.startswith("3 objects were kept on ")
    assert not second.plugin.objects.any()
    encoded = len(tiny_model.encoded)
    second.journals.go_on()
    assert len(tiny_model.encoded) == encoded, "labels come from the journal"
    check_same(first.session, second.session)
    np.testing.assert_array_equal(second.plugin.objects, first.plugin.objects)
    np.testing.assert_array_equal(second.plugin["prompts"].data, [[14, 14]])
    assert "beside the image" in second.status.text
    # Both keep the object for themselves, which else could be in two different seconds.
    monkeypatch.setattr(
        "napari_samwise.plugin.session.utc_now", lambda: "2026-01-31T08:15:00+00:00"
    )
    second.plugin.controller.commit()
    first.plugin.controller.commit()
    while first.session.history.can_undo:
        assert first.session.undo() == second.session.undo()
        check_same(first.session, second.session)
    assert not second.plugin.objects.any()
    while first.session.history.can_redo:
        assert first.session.redo() == second.session.redo()
        check_same(first.session, second.session)
    np.testing.assert_array_equal(
        sw.replay(journal_of(tmp_path, "copy"), squares, model=tiny_model), second.session.labels
    )


def test_what_was_taken_up_can_be_taken_up_again(squares, open_image, tmp_path) -> None:
    for count in range(1, 4):
        desk = open_image(squares)
        desk.journals.go_on()
        assert len(desk.session.objects) == count - 1
        desk.keep([(14, 14), (30, 45), (3, 3)][count - 1][0], [14, 45, 3][count - 1])
        desk.close()
    entries = read_journal(journal_of(tmp_path)).entries
    assert sum(isinstance(entry.event, Resume) for entry in entries) == 2
    desk = open_image(squares)
    desk.journals.go_on()
    for _ in range(6):
        desk.plugin.controller.undo()
    assert not desk.plugin.objects.any()
    assert not desk.session.history.can_undo


def test_starting_afresh_keeps_what_was(squares, open_image, tmp_path) -> None:
    first = open_image(squares)
    first.keep(14, 14)
    first.close()
    before = journal_of(tmp_path).read_bytes()
    second = open_image(squares)
    second.journals.start_afresh()
    aside = tmp_path / "data" / "cells.tif.old1.samwise.jsonl"
    assert aside.read_bytes() == before
    assert "'cells.tif.old1.samwise.jsonl'" in second.status.text
    assert not second.status.is_offered
    second.keep(30, 45)
    assert len(read_journal(journal_of(tmp_path)).entries) < len(read_journal(aside).entries) + 2
    assert sorted(second.session.objects) == [1]


def test_keeping_an_object_without_an_answer_starts_afresh(
    check_same, squares, open_image, tmp_path
) -> None:
    first = open_image(squares)
    first.keep(14, 14)
    first.close()
    second = open_image(squares)
    second.click(30, 45)
    assert second.status.is_offered, "a click alone decides nothing"
    second.plugin.controller.commit()
    assert not second.status.is_offered
    assert (tmp_path / "data" / "cells.tif.old1.samwise.jsonl").is_file()
    third = open_image(squares, "data")
    assert "Another window" in third.status.text
    second.close()
    third = open_image(squares, "data")
    third.journals.go_on()
    check_same(second.session, third.session)


def test_a_click_before_going_on_comes_on_top(check_same, squares, open_image) -> None:
    first = open_image(squares)
    first.keep(14, 14)
    first.close()
    second = open_image(squares)
    second.click(30, 45)
    second.journals.go_on()
    assert sorted(second.session.objects) == [1]
    assert second.session.draft.points.tolist() == [[30, 45]]
    second.plugin.controller.commit()
    assert sorted(second.session.objects) == [1, 2]
    second.close()
    third = open_image(squares)
    third.journals.go_on()
    check_same(second.session, third.session)


def test_a_second_window_says_so_and_writes_nothing(squares, open_image, tmp_path) -> None:
    first = open_image(squares)
    first.keep(14, 14)
    before = journal_of(tmp_path).read_bytes()
    second = open_image(squares)
    assert "Another window writes the journal" in second.status.text
    second.keep(30, 45)
    assert second.session.labels.any()
    assert journal_of(tmp_path).read_bytes() == before


def test_another_image_of_that_name_overwrites_nothing(
    check_same, squares, open_image, tmp_path
) -> None:
    first = open_image(squares)
    first.keep(14, 14)
    first.close()
    before = journal_of(tmp_path).read_bytes()
    second = open_image(squares[::-1].copy())
    assert not second.status.is_offered
    assert "is of another image; it stays as it is." in second.status.text
    second.keep(14, 14)
    assert journal_of(tmp_path).read_bytes() == before
    assert "Recorded in " in second.status.text
    second.close()
    third = open_image(squares[::-1].copy())
    assert third.status.is_offered
    third.journals.go_on()
    check_same(second.session, third.session)


def test_an_image_without_a_file_is_known_by_name_and_pixels(
    check_same, squares, open_image
) -> None:
    image = squares.astype(np.float32) + 0.25
    first = open_image(image, file=False)
    first.keep(14, 14)
    assert "Recorded in " in first.status.text
    assert "journals" in first.status.text
    first.close()
    assert not open_image(image + 1, file=False).status.is_offered
    second = open_image(image, file=False)
    assert second.status.is_offered
    second.journals.go_on()
    check_same(first.session, second.session)


def test_a_damaged_journal_is_taken_up_as_far_as_it_goes(squares, open_image, tmp_path) -> None:
    first = open_image(squares)
    first.keep(14, 14)
    first.keep(30, 45)
    first.close()
    path = journal_of(tmp_path)
    lines = path.read_bytes().splitlines(keepends=True)
    commits = [k for k, line in enumerate(lines) if b'"commit"' in line]
    lines[commits[1]] = b"oops\n"
    path.write_bytes(b"".join(lines))
    second = open_image(squares)
    assert f"Line {commits[1] + 1} of the journal is damaged" in second.status.text
    assert second.status.text.startswith("1 object was kept")
    second.journals.go_on()
    assert sorted(second.session.objects) == [1]
    copy = tmp_path / "data" / "cells.tif.old1.samwise.jsonl"
    assert copy.read_bytes() == b"".join(lines)
    second.keep(30, 45)
    assert not read_journal(path).refusals


def test_no_journal_at_all_is_left_alone(squares, open_image, tmp_path) -> None:
    (tmp_path / "data").mkdir()
    journal_of(tmp_path).write_text("what?\n")
    desk = open_image(squares)
    assert "it is no JSON" in desk.status.text
    desk.keep(14, 14)
    assert journal_of(tmp_path).read_text() == "what?\n"
    assert "Recorded in " in desk.status.text


def test_a_window_opened_again_goes_on_by_itself(
    check_same, squares, open_image, harness, record, tiny_model, tmp_path
):
    first = open_image(squares)
    work(first)
    first.close()
    again = harness(first.viewer, tiny_model)
    journals = record(again)
    assert not journals.current.status.is_offered
    check_same(first.session, again.session)
    again.controller.commit()
    labels = again.objects.copy()
    path = journal_of(tmp_path)
    np.testing.assert_array_equal(sw.replay(path, squares, model=tiny_model), labels)
    while again.session.undo():
        pass
    assert not again.objects.any()


@pytest.mark.parametrize("is_kept", [False, True])
def test_a_click_before_the_journal_is_read_again_gets_no_offer(
    check_same, squares, open_image, harness, record, manual_slot, tiny_model, is_kept
) -> None:
    first = open_image(squares)
    if is_kept:
        first.keep(14, 14)
    first.click(30, 45)
    first.close()
    again, slot = harness(first.viewer, tiny_model), manual_slot()
    journals = record(again, slot)
    again["prompts"].add((31, 46))
    slot.run()
    assert not journals.current.status.is_offered
    assert again.session.draft.points.tolist() == [[30, 45], [31, 46]]
    again.controller.commit()
    assert len(again.session.objects) == 1 + is_kept
    journals.close()
    third = open_image(squares)
    third.journals.go_on()
    check_same(again.session, third.session)


def test_labels_that_are_there_already_are_recorded(squares, open_image, killed) -> None:
    first = open_image(squares)
    first.keep(14, 14)
    labels = np.zeros(squares.shape, np.uint16)
    labels[30:33, 5:9] = 12
    own = first.viewer.add_labels(labels, name="mine")
    first.plugin.controller.choose_objects(own)
    first.keep(30, 45)
    second = killed(squares)
    second.journals.go_on()
    np.testing.assert_array_equal(first.session.labels, second.session.labels)
    assert sorted(first.session.objects) == sorted(second.session.objects)
    first.plugin.controller.undo()
    second.plugin.controller.undo()
    np.testing.assert_array_equal(first.session.labels, second.session.labels)


def test_going_on_beside_labels_of_ones_own_keeps_both(squares, open_image) -> None:
    first = open_image(squares)
    first.keep(14, 14)
    first.close()
    second = open_image(squares)
    own = second.viewer.add_labels(np.full(squares.shape, 3), name="mine")
    second.plugin.controller.choose_objects(own)
    assert second.status.is_offered
    second.journals.go_on()
    np.testing.assert_array_equal(first.session.labels, second.session.labels)
    assert own in second.viewer.layers
    assert (own.data == 3).all()


def test_an_image_taken_from_the_viewer_gives_its_journal_free(squares, open_image) -> None:
    first = open_image(squares)
    first.keep(14, 14)
    first.viewer.layers.remove("cells")
    first.plugin.settle()
    second = open_image(squares)
    assert second.status.is_offered


def test_other_pixels_end_the_journal(squares, open_image, tmp_path) -> None:
    first = open_image(squares)
    first.keep(14, 14)
    before = journal_of(tmp_path).read_bytes()
    first.viewer.layers["cells"].data = squares[::-1].copy()
    assert "other pixels" in first.status.text
    first.keep(14, 45)
    assert journal_of(tmp_path).read_bytes() == before


def test_a_folder_that_cannot_be_written_to(squares, open_image, tmp_path, monkeypatch) -> None:
    desk = open_image(squares)
    real = Path.open

    def refuse(self: Path, mode: str = "r", *rest: Any, **options: Any) -> Any:
        if self.parent == tmp_path / "data" and "x" in mode:
            raise PermissionError(13, "Permission denied")
        return real(self, mode, *rest, **options)

    monkeypatch.setattr(Path, "open", refuse)
    desk.keep(14, 14)
    assert "data' cannot be written to. Recorded in " in desk.status.text
    assert not journal_of(tmp_path).exists()


def test_large_labels_come_back(open_image, killed, tiny_model, monkeypatch) -> None:
    monkeypatch.setattr("napari_samwise.plugin.labels.fits_memory", lambda shape: False)
    image = np.full((700, 900), 20, np.uint8)
    image[100:200, 300:500] = 200
    first = open_image(image)
    first.keep(150, 400)
    second = killed(image)
    second.journals.go_on()
    assert type(first.session.labels) is type(second.session.labels)
    assert np.count_nonzero(second.session.labels[...]) == 100 * 200
    np.testing.assert_array_equal(first.session.labels[...], second.session.labels[...])
    second.plugin.controller.undo()
    assert not second.session.labels[...].any()


def test_edits_are_recorded_whoever_makes_them(squares, open_image, killed, tmp_path) -> None:
    first = open_image(squares)
    work(first)
    kinds = [e.event for e in read_journal(journal_of(tmp_path)).entries]
    assert [e.name for e in kinds if isinstance(e, Paint)] == ["paint", "paint", "delete"]
    assert [e.into for e in kinds if isinstance(e, Paint)] == [None, None, 0]


def test_opening_labels_that_are_there_already_writes_nothing(
    squares, open_image, tmp_path, harness, record, tiny_model, check_same
) -> None:
    desk = open_image(squares)
    desk.plugin.controller.close()
    desk.journals.close()
    desk.plugin["objects"].data[5:9, 5:9] = 4
    desk.plugin["prompts"].add((14, 14))
    again = harness(desk.viewer, tiny_model)
    journals = record(again)
    assert not journal_of(tmp_path).exists()
    again.controller.commit()
    journals.close()
    third = open_image(squares)
    third.journals.go_on()
    check_same(again.session, third.session)
    third.plugin.controller.undo()
    assert third.session.draft.points.tolist() == [[14, 14]]
    assert np.count_nonzero(third.session.labels == 4) == 16


def test_labels_too_large_to_be_taken_over_are_said(squares, open_image, monkeypatch) -> None:
    desk = open_image(squares)
    monkeypatch.setattr("napari_samwise.plugin.label_changes._MOST_PX", 10)
    own = desk.viewer.add_labels(np.full(squares.shape, 3), name="mine")
    desk.plugin.controller.choose_objects(own)
    assert "too large" in desk.status.text
