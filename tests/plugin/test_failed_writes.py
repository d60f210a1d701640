"""Labels on a disk that gets full: what cannot be written whole is not written at all."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from napari_samwise.geometry.boxed_mask import BoxedMask
from napari_samwise.plugin.inventory import list_objects
from napari_samwise.plugin.label_patch import patches_of
from napari_samwise.plugin.lazy_array import LazyArray
from napari_samwise.plugin.object_edits import relabel_objects
from napari_samwise.plugin.plane import Plane
from napari_samwise.plugin.session import Session
from napari_samwise.plugin.stacks.label_edit import LabelEdit


class FullDisk(LazyArray):
    """Labels of the user's on a disk; `room` counts the writes of more pixels that it takes."""

    def __init__(self, values: np.ndarray) -> None:
        super().__init__(values.shape, values.dtype)
        self.values = values
        self.room = 1000

    def read(self, box: Any) -> np.ndarray:
        return self.values[box.slices]

    def __setitem__(self, index: Any, values: Any) -> None:
        before = self.values[index]
        if np.count_nonzero(values) > np.count_nonzero(before):
            if not self.room:
                # Of a window that lies on several chunks, the first are written.
                before[:1] = values[:1]
                raise OSError(28, "No space left on device")
            self.room -= 1
        before[...] = values


@pytest.fixture
def disk() -> FullDisk:
    """`(4, 6, 8)`: object 1 on slice 0, object 2 on slices 1 and 2."""
    values = np.zeros((4, 6, 8), np.int32)
    values[0, 3:] = 1
    values[1:3, 4:] = 2
    return FullDisk(values)


@pytest.fixture
def session(disk) -> Session:
    made = Session(disk)
    made.adopt(disk, list_objects(disk.values, {}))
    return made


def mask_of(rows: slice) -> BoxedMask:
    mask = np.zeros((6, 8), bool)
    mask[rows] = True
    return BoxedMask.from_mask(mask)


@pytest.fixture
def prompted(viewer, start, stack, tmp_path):
    """A harness with one object, prompted on two slices, that is about to be kept on a disk."""
    viewer.add_image(stack)
    h = start()
    disk = FullDisk(np.zeros(stack.shape, np.int32))
    h.session.adopt(disk, {})
    for z in (2, 5):
        viewer.dims.set_point(0, z)
        h["prompts"].add((z, 12, 15))
    return h, disk


def test_a_commit_that_fails_midway_leaves_nothing_and_can_be_done_again(prompted) -> None:
    h, disk = prompted
    newest, prompts = h.session.history.newest, h.session.draft
    disk.room = 1
    h.controller.commit()
    assert not disk.values.any()
    assert not h.session.objects
    assert h.session.history.newest is newest
    assert h.session.draft is prompts
    assert h.status.is_error
    assert "No space left" in h.status.sentence
    assert "undo" not in h.status.sentence
    disk.room = 1000
    h.controller.commit()
    (kept,) = h.session.objects.values()
    assert np.unique(np.nonzero(disk.values)[0]).tolist() == [2, 5]
    assert kept.area == (disk.values == kept.id).sum() == np.count_nonzero(disk.values)
    h.controller.undo()
    assert not disk.values.any()


def test_a_commit_that_cannot_be_done_again_is_said_and_may_be_tried_later(prompted) -> None:
    h, disk = prompted
    h.controller.commit()
    kept = disk.values.copy()
    h.controller.undo()
    disk.room = 1
    h.controller.redo()
    assert "No space left" in h.status.sentence
    assert h.status.is_error
    assert not disk.values.any()
    assert not h.session.objects
    disk.room = 1000
    h.controller.redo()
    np.testing.assert_array_equal(disk.values, kept)
    assert len(h.session.objects) == 1


@pytest.mark.parametrize("label", [2, 3])
def test_an_edit_that_fails_midway_changes_nothing(session, disk, label) -> None:
    before, objects = disk.values.copy(), dict(session.objects)
    wanted = np.zeros(disk.shape, bool)
    wanted[:3, 2:5] = True
    changes = tuple((label, patch) for patch in patches_of(wanted, (0, 0, 0)))
    disk.room = 2
    with pytest.raises(OSError, match="No space"):
        session.edit(changes, objects, "merge")
    np.testing.assert_array_equal(disk.values, before)
    assert not session.history.can_undo


def test_an_edit_that_cannot_be_taken_back_may_be_later(session, disk) -> None:
    before = disk.values.copy()
    relabel_objects(session, [1, 2], 0)
    disk.room = 1
    with pytest.raises(OSError, match="No space"):
        session.undo()
    assert not disk.values.any()
    assert not session.objects
    assert session.history.can_undo
    disk.room = 1000
    session.undo()
    np.testing.assert_array_equal(disk.values, before)
    assert set(session.objects) == {1, 2}


def test_what_a_failed_write_has_left_is_never_part_of_the_next_object(session, disk) -> None:
    plane, label = Plane((1, 2), (3,)), session.next_id
    edit = LabelEdit(session)
    disk.room = 0
    with pytest.raises(OSError, match="No space"):
        edit.add(plane, label, mask_of(slice(0, 2)))
    assert not disk.values[3].any()
    assert session.next_id > label


def test_pieces_that_cannot_be_written_again_are_all_left_out(session, disk) -> None:
    edit = LabelEdit(session)
    for index in range(3):
        edit.add(Plane((1, 2), (index,)), 5, mask_of(slice(0, 2)))
    edit.finish("everything", [])
    written = disk.values.copy()
    session.undo()
    taken_back = disk.values.copy()
    disk.room = 2
    with pytest.raises(OSError, match="No space"):
        session.redo()
    np.testing.assert_array_equal(disk.values, taken_back)
    disk.room = 1000
    session.redo()
    np.testing.assert_array_equal(disk.values, written)


def test_a_block_that_fails_takes_those_before_it_along(monkeypatch) -> None:
    monkeypatch.setattr("napari_samwise.plugin.label_patch._BLOCK_PX", 4)
    disk = FullDisk(np.zeros((6, 8), np.int32))
    (patch,) = patches_of(np.ones((6, 8), bool), (0, 0))
    assert len(patch.parts) == 4
    for write in (patch.write, patch.paint):
        disk.room = 2
        with pytest.raises(OSError, match="No space"):
            write(disk, 3)
        assert not disk.values.any()
