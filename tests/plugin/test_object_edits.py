"""Deleting, merging and painting objects: pixels, the table, undo, where they are looked for."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from napari.layers import Labels

from napari_samwise.errors import Cancelled, InputError
from napari_samwise.geometry.boxed_mask import BoxedMask
from napari_samwise.geometry.roi import Roi
from napari_samwise.plugin.inventory import list_objects
from napari_samwise.plugin.label_chunks import ChunkedLabels
from napari_samwise.plugin.object_edits import relabel_objects
from napari_samwise.plugin.object_pixels import find_pixels, px_to_read
from napari_samwise.plugin.objects_layer import ObjectsLayer, make_table, read_table
from napari_samwise.plugin.painting import Stroke
from napari_samwise.plugin.plane import Plane
from napari_samwise.plugin.segmented_object import PAINTED, SegmentedObject
from napari_samwise.plugin.session import Session
from napari_samwise.plugin.stacks.label_edit import LabelEdit

volumes = arrays.arrays(np.uint16, (3, 6, 7), elements=st.integers(0, 4))


def open_session(labels: np.ndarray) -> Session:
    session = Session(labels)
    session.adopt(labels, list_objects(labels, {}))
    return session


def table_of(session: Session) -> dict[int, tuple[int, Roi | None]]:
    return {label: (each.area, each.box) for label, each in session.objects.items()}


@given(volumes, st.sets(st.integers(1, 4), min_size=1))
def test_deleted_objects_leave_nothing_and_come_back(labels, ids) -> None:
    before = labels.copy()
    session = open_session(labels)
    listed = table_of(session)
    count = relabel_objects(session, sorted(ids), 0)
    expected = np.where(np.isin(before, list(ids)), 0, before)
    np.testing.assert_array_equal(session.labels, expected)
    assert count == np.isin(before, list(ids)).sum()
    assert not ids & set(session.objects)
    assert session.undo() == "delete"
    np.testing.assert_array_equal(session.labels, before)
    assert table_of(session) == listed
    assert session.redo() == "delete"
    np.testing.assert_array_equal(session.labels, expected)


@given(volumes)
def test_merged_objects_are_one_of_the_first_id(labels) -> None:
    labels[0, 0, :3] = 1, 2, 3
    before = labels.copy()
    session = open_session(labels)
    relabel_objects(session, [2, 1, 3], 2)
    expected = np.where(np.isin(before, [1, 3]), 2, before)
    np.testing.assert_array_equal(session.labels, expected)
    assert session.objects[2].area == (expected == 2).sum()
    assert set(session.objects) == set(np.unique(expected)) - {0}
    inside = np.zeros(labels.shape, dtype=bool)
    inside[session.objects[2].box.slices] = True
    assert inside[expected == 2].all()
    session.undo()
    np.testing.assert_array_equal(session.labels, before)


def test_the_changes_of_an_edit_go_with_its_step() -> None:
    session = open_session(np.array([[1, 1, 0], [0, 2, 2]], dtype=np.int32))
    relabel_objects(session, [1, 2], 1)
    ((label, patch),) = session.history.newest.changes
    assert (label, patch.area, patch.box) == (1, 2, Roi((1, 1), (1, 2)))


def test_an_object_that_is_not_listed_cannot_take_others_in() -> None:
    session = open_session(np.ones((3, 4), dtype=np.int32))
    with pytest.raises(InputError, match="no object 7"):
        relabel_objects(session, [1], 7)
    assert session.labels.all()


def test_of_labels_on_disk_only_the_box_is_read() -> None:
    reads: list[Roi] = []

    class Counted(ChunkedLabels):
        def __getitem__(self, index):
            box = super().__getitem__(index)
            reads.append(box.shape)
            return box

    labels = Counted((5000, 5000), lambda shapes: [np.zeros(s, np.int32) for s in shapes])
    labels[100:120, 4000:4030] = 1
    labels[3000:3010, 10:20] = 2
    session = Session(labels)
    session.objects = {1: SegmentedObject(1, 600, 0.9, "m", box=Roi((100, 4000), (20, 30)))}
    reads.clear()
    relabel_objects(session, [1], 0)
    assert sum(np.prod(shape) for shape in reads) <= 2 * 600
    assert not labels[100:120, 4000:4030].any()
    assert labels[3005, 15] == 2
    assert px_to_read(labels.shape, [Roi((0, 0), (20, 30))]) == 600
    assert px_to_read(labels.shape, [None]) == 25_000_000
    with pytest.raises(Cancelled):
        find_pixels(labels, {2: None}, lambda: True)
    assert sum(patch.area for patch in find_pixels(labels, {2: None})) == 100


def test_pixels_that_a_job_adds_are_listed_and_found_again() -> None:
    labels = np.zeros((3, 10, 10), dtype=np.int32)
    labels[0, 2:4, 2:4] = 1
    session = open_session(labels)
    edit = LabelEdit(session)
    square = BoxedMask.from_mask(np.ones((2, 2), dtype=bool), (5, 6))
    edit.add(Plane((1, 2), (2,)), 1, square)
    edit.add(Plane((1, 2), (1,)), 2, square)
    edit.finish("everything", [SegmentedObject(2, 4, 0.75, "nano")])
    assert session.objects[1].area == 8
    assert session.objects[2].box == Roi((1, 5, 6), (1, 2, 2))
    assert session.objects[2].time
    relabel_objects(session, [1, 2], 0)
    assert not session.labels.any()
    session.undo()
    session.undo()
    assert table_of(session) == {1: (4, Roi((0, 2, 2), (1, 2, 2)))}
    assert session.labels.sum() == 4


def test_an_inventory_corrects_a_table() -> None:
    labels = np.array([[[1, 1, 0]], [[1, 0, 5]]], dtype=np.uint8)
    listed = {1: SegmentedObject(1, 99, 0.8, "nano", 2, "then"), 3: SegmentedObject(3, 5, 0.5, "x")}
    found = list_objects(labels, listed)
    assert {i: (each.area, each.model, each.clicks) for i, each in found.items()} == {
        1: (3, "nano", 2),
        5: (1, "", 0),
    }
    assert found[1].box == Roi((0, 0, 0), (2, 1, 2))


def test_tables_keep_provenance_and_earlier_ones_are_read() -> None:
    import pandas as pd

    objects = {3: SegmentedObject(3, 12, 0.875, "nano", 4, "2026-01-01T00:00:00+00:00")}
    table = pd.DataFrame(make_table(objects))
    assert list(table) == ["index", "area", "predicted_iou", "model", "clicks", "time"]
    assert read_table(table) == objects
    older = read_table(table[["index", "area", "predicted_iou", "model"]])
    assert (older[3].clicks, older[3].time, older[3].area) == (0, "", 12)
    assert read_table(table[["index", "area"]]) == {}


@pytest.fixture
def painted():
    """A layer of two objects that is bound to a session."""
    labels = np.zeros((3, 20, 30), dtype=np.int32)
    labels[1, 2:6, 2:6] = 1
    layer = Labels(labels)
    session = Session(layer.data)
    session.adopt(layer.data, list_objects(labels, {}))
    bound = ObjectsLayer(layer, session)
    yield layer, session
    bound.close()


def stroke(layer: Labels, label: int, *points: tuple[int, int, int], size: int = 4) -> None:
    layer.brush_size = size
    layer.selected_label = label
    with layer.block_history():
        for point in points:
            layer.paint(point, label)


def true_areas(layer: Labels) -> dict[int, int]:
    ids, counts = np.unique(layer.data, return_counts=True)
    return {int(i): int(n) for i, n in zip(ids, counts, strict=True) if i}


def test_painted_objects_have_provenance_and_undo(painted) -> None:
    layer, session = painted
    layer.n_edit_dimensions = 2
    stroke(layer, 7, (0, 10, 10), (0, 10, 13))
    assert session.objects[7].model == PAINTED
    assert session.objects[7].time
    assert np.isnan(session.objects[7].predicted_iou)
    assert layer.features["model"].tolist() == ["", "", PAINTED]
    areas = {label: each.area for label, each in session.objects.items()}
    assert areas == true_areas(layer)
    assert session.objects[7].box.contains((0, 10, 10))
    session.undo()
    assert set(session.objects) == {1}
    assert true_areas(layer) == {1: 16}
    session.redo()
    assert {label: each.area for label, each in session.objects.items()} == areas
    relabel_objects(session, [7], 0)
    assert true_areas(layer) == {1: 16}


def test_painting_over_an_object_takes_its_pixels_in_the_table(painted) -> None:
    layer, session = painted
    stroke(layer, 9, (1, 3, 3), size=20)
    assert 1 not in session.objects
    assert session.objects[9].area == true_areas(layer)[9]
    session.undo()
    assert (set(session.objects), session.objects[1].area) == ({1}, 16)


def test_erasing_with_the_fill_bucket_and_setting_items_are_strokes_too(painted) -> None:
    layer, session = painted
    layer.data_setitem((np.array([1, 1]), np.array([2, 10]), np.array([2, 10])), 3)
    assert {i: each.area for i, each in session.objects.items()} == true_areas(layer)
    layer.fill((1, 4, 4), 0)
    assert {i: each.area for i, each in session.objects.items()} == {3: 2}


def test_a_stroke_says_which_pixels_became_whose() -> None:
    atoms = [
        ((slice(0, 1), slice(2, 4), slice(2, 4)), None, np.zeros((1, 2, 2)), 5),
        ((slice(0, 1), slice(3, 4), slice(2, 5)), np.array([[[True, True, True]]]), [5, 0, 0], 6),
        ((np.array([2]), np.array([0]), np.array([1])), np.array([6]), 0),
    ]
    told = Stroke.of(atoms)
    assert [(label, patch.area, patch.plane.position) for label, patch in told.changes] == [
        (5, 4, (0,)),
        (6, 3, (0,)),
        (0, 1, (2,)),
    ]
    assert {i: n for i, n in told.gained.items() if i} == {5: 3, 6: 2}
