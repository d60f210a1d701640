"""The part of the panel that scrolls."""

from __future__ import annotations

import pytest
from qtpy.QtCore import QPoint, QPointF, Qt
from qtpy.QtGui import QWheelEvent
from qtpy.QtWidgets import QApplication, QComboBox, QLabel, QVBoxLayout, QWidget

from napari_samwise.plugin.panels.scroll import Scroll


@pytest.fixture
def combo() -> QComboBox:
    box = QComboBox()
    box.addItems(["nano", "vit_b", "vit_l"])
    return box


def turn_wheel(widget: QWidget) -> None:
    middle = QPointF(widget.rect().center())
    event = QWheelEvent(
        middle,
        QPointF(widget.mapToGlobal(middle.toPoint())),
        QPoint(0, 0),
        QPoint(0, -240),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(widget, event)


def test_the_wheel_changes_a_list_only_when_it_has_the_focus(qtbot, combo: QComboBox) -> None:
    other = QComboBox()
    scroll = Scroll(combo, other)
    qtbot.addWidget(scroll)
    scroll.show()
    qtbot.waitExposed(scroll)
    # Without a window manager nobody else does that.
    scroll.activateWindow()
    other.setFocus()
    qtbot.waitUntil(other.hasFocus)
    turn_wheel(combo)
    assert combo.currentText() == "nano"
    combo.setFocus()
    turn_wheel(combo)
    assert combo.currentText() == "vit_b"


def test_what_is_inside_is_never_cut_off_aside(qtbot, combo: QComboBox) -> None:
    wide = QLabel()
    wide.setMinimumSize(333, 900)
    scroll, panel = Scroll(combo, wide), QWidget()
    qtbot.addWidget(panel)
    QVBoxLayout(panel).addWidget(scroll)
    panel.resize(100, 200)
    panel.show()
    qtbot.waitExposed(panel)
    assert panel.height() == 200
    assert wide.width() <= scroll.viewport().width()
