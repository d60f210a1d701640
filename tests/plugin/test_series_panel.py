"""The folded panel of a folder of images; no window."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tifffile
from qtpy.QtCore import QPoint, Qt
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QFileDialog

from napari_samwise.plugin.panels.series import SeriesPanel


@pytest.fixture
def folder(tmp_path: Path, squares: np.ndarray) -> Path:
    for index in range(10):
        tifffile.imwrite(tmp_path / f"{index + 1}.tif", np.roll(squares, index, axis=1))
    return tmp_path


@pytest.fixture
def panel(qtbot, open_series) -> SeriesPanel:
    made = SeriesPanel(open_series().series)
    qtbot.addWidget(made.native)
    made.native.show()
    return made


def choose(panel: SeriesPanel, monkeypatch, folder: Path | str) -> None:
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *args: str(folder))
    panel._choose.native.click()


def click(panel: SeriesPanel, index: int, *, tick: bool) -> None:
    box = panel.list.visualItemRect(panel.list.item(index))
    at = QPoint(box.left() + 8, box.center().y()) if tick else box.center()
    QTest.mouseClick(panel.list.viewport(), Qt.MouseButton.LeftButton, pos=at)


def test_nothing_but_a_button_at_first(panel) -> None:
    assert not panel.list.isVisible()
    assert not panel.finish.visible


def test_no_folder_chosen(panel, monkeypatch) -> None:
    choose(panel, monkeypatch, "")
    assert panel.list.count() == 0


def test_a_list_with_ticks(panel, folder: Path, monkeypatch) -> None:
    choose(panel, monkeypatch, folder)
    assert [panel.list.item(i).text() for i in range(10)] == [f"{i + 1}.tif" for i in range(10)]
    assert panel.list.currentRow() == 0
    assert panel._count.value == "0 of 10 done"
    panel.finish.native.click()
    assert panel.list.item(0).checkState() == Qt.CheckState.Checked
    assert panel.list.currentRow() == 1
    assert panel._count.value == "1 of 10 done"
    panel.previous.native.click()
    panel.next.native.click()
    panel.next.native.click()
    assert panel.list.currentRow() == 2


def test_a_click_on_a_name_opens_it_and_one_on_its_tick_does_not(
    panel, folder: Path, monkeypatch, qtbot
) -> None:
    choose(panel, monkeypatch, folder)
    click(panel, 3, tick=False)
    assert panel._series.status().at == 3
    click(panel, 2, tick=True)
    assert panel._count.value == "1 of 10 done"
    assert panel._series.status().at == 3
    assert panel.list.currentRow() == 3
    qtbot.wait(10)
    click(panel, 2, tick=True)
    assert panel._count.value == "0 of 10 done"
    qtbot.wait(10)
    click(panel, 2, tick=False)
    assert panel._series.status().at == 2


def test_a_mark_that_cannot_be_written_is_not_shown(panel, folder: Path, monkeypatch) -> None:
    choose(panel, monkeypatch, folder)
    (folder / "samwise-series.json").mkdir()
    panel.list.item(2).setCheckState(Qt.CheckState.Checked)
    assert panel.list.item(2).checkState() == Qt.CheckState.Unchecked
    assert panel._count.value == "0 of 10 done"
