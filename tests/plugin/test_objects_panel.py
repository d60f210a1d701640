"""The table of objects in the widget, on a viewer model: no window."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from qtpy.QtCore import Qt
from qtpy.QtTest import QTest
from superqt import QCollapsible

from napari_samwise.io.read import read_image
from napari_samwise.plugin.engine import Engine
from napari_samwise.plugin.objects_desk import ObjectsDesk
from napari_samwise.plugin.panels import object_table
from napari_samwise.plugin.panels import objects as objects_panel
from napari_samwise.plugin.panels.object_table import AREA, MODEL, SCORE, ObjectTable
from napari_samwise.plugin.segmented_object import SegmentedObject


@pytest.fixture(autouse=True)
def _tiny(monkeypatch, tiny_model) -> None:
    """Let every widget load the tiny model, whatever its name."""
    monkeypatch.setattr(Engine.__init__, "__defaults__", (lambda name, progress: tiny_model,))


@pytest.fixture
def opened(viewer, tower, qtbot):
    """A viewer with a volume in micrometres, four objects in it, and the widget."""
    from napari_samwise.plugin.widget import SamwiseWidget

    place = {"scale": (2.0, 0.5, 0.5), "units": ("um",) * 3, "axis_labels": ("z", "y", "x")}
    viewer.add_image(tower, name="tower", **place)
    labels = np.zeros(tower.shape, dtype=np.uint16)
    labels[2:6, 10:20, 10:20] = 1
    labels[4, 30:34, 30:36] = 2
    labels[9, 0:5, 40:50] = 5
    labels[10, 0:5, 0:4] = 6
    widget = SamwiseWidget(viewer)
    viewer.layers["objects"].data = labels
    qtbot.addWidget(widget.native)
    yield viewer, widget
    widget._close()


def cells(table: ObjectTable, column: int) -> list[str]:
    model = table.model()
    return [model.index(row, column).data() for row in range(model.rowCount())]


def select(table: ObjectTable, *ids: int) -> None:
    """Select as the user does, with Ctrl held down."""
    table.clearSelection()
    rows = [cells(table, 0).index(str(each)) for each in ids]
    mode = table.selectionMode()
    table.setSelectionMode(table.SelectionMode.MultiSelection)
    for row in rows:
        table.selectRow(row)
    table.setSelectionMode(mode)


def title(widget) -> str:
    texts = [part.text() for part in widget.native.findChildren(QCollapsible)]
    return next(text for text in texts if text.startswith("Objects"))


def said(widget) -> str:
    return widget.controller.board.status().sentence


def test_objects_that_are_there_already_are_listed(opened) -> None:
    _, widget = opened
    table = widget._objects.table
    assert title(widget) == "Objects (4)"
    assert cells(table, 0) == ["1", "2", "5", "6"]
    assert cells(table, AREA) == ["400", "24", "50", "20"]
    assert cells(table, SCORE) == [""] * 4


def test_a_kept_object_says_where_it_comes_from(opened, qtbot) -> None:
    viewer, widget = opened
    viewer.dims.set_point(0, 8 * 2.0)
    viewer.layers["prompts"].add((8, 22, 24))
    qtbot.waitUntil(lambda: widget.controller.board.status().can_commit)
    widget.controller.commit()
    table = widget._objects.table
    assert title(widget) == "Objects (5)"
    row = cells(table, 0).index("7")
    assert (cells(table, SCORE)[row], cells(table, MODEL)[row]) == ("0.90", "nano")
    tip = table.model().index(row, 0).data(Qt.ItemDataRole.ToolTipRole)
    assert tip.startswith("nano, 1 click, 2")
    assert tip.endswith("UTC")
    features = viewer.layers["objects"].features
    assert features["clicks"].tolist()[-1] == 1
    assert features["time"].tolist()[-1].endswith("+00:00")


def test_a_row_moves_the_viewer_to_its_object(opened) -> None:
    viewer, widget = opened
    objects = viewer.layers["objects"]
    viewer.dims.set_point(0, 0)
    camera = getattr(viewer, "scene", viewer).camera
    center = camera.center
    select(widget._objects.table, 2)
    assert viewer.dims.point[0] == 4 * 2.0
    assert camera.center == center
    # As if the canvas showed a corner.
    objects.corner_pixels = np.array([[0, 0, 0], [11, 20, 20]])
    select(widget._objects.table, 5)
    assert viewer.dims.point[0] == 9 * 2.0
    assert objects.selected_label == 5
    assert camera.center[1:] == pytest.approx((2 * 0.5, 44.5 * 0.5))
    # An object that is on the displayed slice already is left there.
    viewer.dims.set_point(0, 2 * 2.0)
    select(widget._objects.table, 1)
    assert viewer.dims.point[0] == 2 * 2.0


def test_a_label_picked_in_the_viewer_selects_its_row(opened) -> None:
    viewer, widget = opened
    panel, objects = widget._objects, viewer.layers["objects"]
    place = tuple(viewer.dims.point)
    objects.selected_label = 5
    assert panel.table.selected == (5,)
    assert panel.delete.enabled
    assert tuple(viewer.dims.point) == place, "who picks a label sees it already"
    objects.selected_label = 2
    assert panel.table.selected == (2,)
    select(panel.table, 1, 6)
    assert panel.table.selected == (1, 6)
    objects.selected_label = 40
    assert panel.table.selected == ()
    assert not panel.delete.enabled
    # The layer is another one where objects are made anew.
    viewer.layers.remove(objects)
    widget.controller.desk.restore_layers()
    viewer.layers["objects"].selected_label = 6
    assert panel.table.selected == (6,)
    objects.selected_label = 1
    assert panel.table.selected == (6,)


def test_deleting_takes_every_plane_and_is_undone_at_once(opened) -> None:
    viewer, widget = opened
    panel, objects = widget._objects, viewer.layers["objects"]
    before = objects.data.copy()
    assert not panel.delete.enabled
    select(panel.table, 1, 5)
    panel.delete.native.click()
    assert set(np.unique(objects.data)) == {0, 2, 6}
    assert title(widget) == "Objects (2)"
    assert said(widget) == "2 objects deleted; undo takes it back."
    widget.controller.undo()
    np.testing.assert_array_equal(objects.data, before)
    assert cells(panel.table, 0) == ["1", "2", "5", "6"]
    widget.controller.redo()
    assert set(np.unique(objects.data)) == {0, 2, 6}


def test_the_delete_key_deletes(opened) -> None:
    viewer, widget = opened
    table = widget._objects.table
    select(table, 6)
    QTest.keyClick(table, Qt.Key.Key_Delete)
    assert 6 not in viewer.layers["objects"].data


def test_merged_objects_keep_the_lowest_id(opened) -> None:
    viewer, widget = opened
    panel, objects = widget._objects, viewer.layers["objects"]
    select(panel.table, 2)
    assert not panel.merge.enabled
    panel.table.sortByColumn(AREA, Qt.SortOrder.DescendingOrder)
    select(panel.table, 6, 2)
    panel.merge.native.click()
    assert (objects.data == 2).sum() == 44
    assert 6 not in objects.data
    assert said(widget).startswith("2 objects merged into 2")
    assert panel.table.selected == (2,)


def test_rows_are_sorted_and_stay_selected(opened) -> None:
    _, widget = opened
    table = widget._objects.table
    select(table, 2)
    table.sortByColumn(AREA, Qt.SortOrder.AscendingOrder)
    assert cells(table, 0) == ["6", "2", "5", "1"]
    assert table.selected == (2,)


def save(widget, qtbot, monkeypatch, path: Path) -> None:
    monkeypatch.setattr(objects_panel, "ask_path", lambda *given: path)
    widget._objects.save.native.click()
    qtbot.waitUntil(path.exists)
    qtbot.waitUntil(lambda: "written to" in said(widget))


def test_objects_are_saved_as_an_image(opened, qtbot, monkeypatch, tmp_path: Path) -> None:
    viewer, widget = opened
    save(widget, qtbot, monkeypatch, tmp_path / "objects.tif")
    file = read_image(tmp_path / "objects.tif")
    np.testing.assert_array_equal(np.asarray(file.data), viewer.layers["objects"].data)
    assert file.scale == pytest.approx((2.0, 0.5, 0.5))


def test_objects_are_saved_as_outlines(opened, qtbot, monkeypatch, tmp_path: Path) -> None:
    viewer, widget = opened
    save(widget, qtbot, monkeypatch, tmp_path / "objects.geojson")
    read = np.zeros_like(viewer.layers["objects"].data)
    for feature in json.loads((tmp_path / "objects.geojson").read_text())["features"]:
        # All of them are rectangles.
        corners = np.array(feature["geometry"]["coordinates"][0])
        (left, top), (right, bottom) = corners.min(0), corners.max(0)
        about = feature["properties"]
        read[about["z"], top:bottom, left:right] = about["label"]
    np.testing.assert_array_equal(read, viewer.layers["objects"].data)


def test_objects_are_saved_as_a_table(opened, qtbot, monkeypatch, tmp_path: Path) -> None:
    _, widget = opened
    save(widget, qtbot, monkeypatch, tmp_path / "objects.csv")
    with (tmp_path / "objects.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    found = {int(row["label"]): int(row["pixels"]) for row in rows}
    assert found == {1: 400, 2: 24, 5: 50, 6: 20}
    assert [float(row["centroid_x_um"]) for row in rows] == [7.25, 16.25, 22.25, 0.75]


def test_measuring_is_in_micrometres_and_tells_intensity(opened, qtbot, monkeypatch, tmp_path):
    _, widget = opened
    monkeypatch.setattr(objects_panel, "ask_path", lambda *given: tmp_path / "cells.csv")
    widget._objects.measure.native.click()
    qtbot.waitUntil(lambda: "written to" in said(widget))
    with (tmp_path / "cells.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    assert [row["label"] for row in rows] == ["1", "2", "5", "6"]
    assert float(rows[0]["volume_um3"]) == pytest.approx(400 * 0.5)
    assert "intensity_mean" in rows[0]


def test_a_name_that_cannot_be_written_is_told(opened, monkeypatch, tmp_path) -> None:
    _, widget = opened
    monkeypatch.setattr(objects_panel, "ask_path", lambda *given: tmp_path / "objects.docx")
    widget._objects.save.native.click()
    assert said(widget).startswith("Objects are written as")
    assert widget.controller.board.status().is_error


def test_ten_thousand_rows_are_looked_at_only_where_they_show(qtbot) -> None:
    asked: list[int] = []

    def color(label: int) -> None:
        asked.append(label)

    table = ObjectTable(color)
    qtbot.addWidget(table)
    table.resize(300, 200)
    table.show()
    qtbot.waitExposed(table)
    table.show_objects(SegmentedObject(i, i % 97, 0.5, "nano") for i in range(1, 10_001))
    qtbot.waitUntil(lambda: bool(asked))
    assert table.model().rowCount() == 10_000
    assert len(set(asked)) < 50


def test_the_model_is_hidden_where_there_is_no_room(qtbot) -> None:
    table = ObjectTable(lambda label: None)
    qtbot.addWidget(table)
    table.show()
    for width in (220, 400):
        table.resize(width, 200)
        qtbot.waitUntil(lambda width=width: table.width() == width)
        assert table.isColumnHidden(MODEL) == (width < object_table._WIDE_PX)


def test_a_window_that_is_gone_is_told_nothing(opened) -> None:
    viewer, widget = opened
    controller = widget.controller
    desk = ObjectsDesk(viewer, controller.desk, controller.board, widget.stage.bench)
    told: list[int] = []
    desk.changed.connect(lambda: told.append(len(desk.objects)))
    desk.close()
    assert not told
