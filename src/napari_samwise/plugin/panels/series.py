"""Folded away: the images of a folder, and which of them are done."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from magicgui.widgets import Container, PushButton
from qtpy.QtCore import QSignalBlocker, Qt, QTimer
from qtpy.QtWidgets import QFileDialog, QListWidget, QListWidgetItem

from napari_samwise.plugin.panels.layout import NO_MARGINS, row, set_text, text
from napari_samwise.plugin.series.series import Series, SeriesStatus

_ROWS_SHOWN = 7
# Rows as high as those of the table of objects, and boxes that show before they are ticked.
_STYLE = """
QListWidget::item { min-height: 22px; }
QListWidget::indicator:unchecked { border: 1px solid gray; border-radius: 2px; }
"""


class SeriesPanel(Container[Any]):
    """A list with a tick for every image that is done, and buttons to go on.

    Parameters
    ----------
    series : Series
        Goes through the images.
    """

    def __init__(self, series: Series) -> None:
        self._series = series
        self._is_ticking = False
        self._choose = PushButton(
            text="Choose folder\N{HORIZONTAL ELLIPSIS}",
            tooltip="Objects are saved beside the images",
        )
        self._folder, self._count = text(), text()
        self.list = QListWidget()
        self.list.setToolTip("Click a name to open it; the tick says that it is done")
        self.list.setStyleSheet(_STYLE)
        self.list.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.previous = PushButton(text="Previous", tooltip="Save, and open it (Page Up)")
        self.next = PushButton(text="Next", tooltip="Save, and open it (Page Down)")
        self.finish = PushButton(
            text="Done and next", tooltip="Save, mark as done, go on (Shift+Page Down)"
        )
        self._steps = row(self.previous, self.next)
        widgets = [self._choose, self._folder, self._count, self._steps, self.finish]
        super().__init__(widgets=widgets, labels=False)
        self.margins = NO_MARGINS
        below_folder = 2
        self.native.layout().insertWidget(below_folder, self.list)
        self._connect()
        self.show_status(series.status())

    def show_status(self, status: SeriesStatus) -> None:
        """Show a status."""
        is_open = status.folder is not None
        set_text(self._folder, status.folder.name if status.folder is not None else "")
        self._folder.tooltip = str(status.folder or "")
        set_text(self._count, f"{sum(status.done)} of {len(status.done)} done" if is_open else "")
        self.list.setVisible(is_open)
        self._steps.visible = self.finish.visible = is_open
        for button in (self._choose, self.previous, self.next, self.finish):
            button.enabled = not status.busy
        self._show_list(status)

    def _connect(self) -> None:
        self._choose.changed.connect(self._on_choose)
        self.previous.changed.connect(self._series.previous)
        self.next.changed.connect(self._series.next)
        self.finish.changed.connect(self._series.finish)
        self.list.itemChanged.connect(self._on_tick)
        self.list.itemClicked.connect(self._on_click)
        self._series.changed.connect(self.show_status)

    def _show_list(self, status: SeriesStatus) -> None:
        """Show names and ticks, and which image is in the viewer."""
        with QSignalBlocker(self.list):
            if [self.list.item(i).text() for i in range(self.list.count())] != [*status.names]:
                self._fill(status.names)
            for index, done in enumerate(status.done):
                state = Qt.CheckState.Checked if done else Qt.CheckState.Unchecked
                self.list.item(index).setCheckState(state)
            self.list.setCurrentRow(-1 if status.at is None else status.at)

    def _fill(self, names: tuple[str, ...]) -> None:
        self.list.clear()
        for name in names:
            item = QListWidgetItem(name, self.list)
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
            item.setToolTip(name)
        shown = max(1, min(len(names), _ROWS_SHOWN))
        height = shown * max(self.list.sizeHintForRow(0), 1) + 2 * self.list.frameWidth()
        self.list.setFixedHeight(height)

    def _on_choose(self) -> None:
        found = QFileDialog.getExistingDirectory(self.native, "Folder of images")
        if found:
            self._series.open(Path(found))

    def _on_tick(self, item: QListWidgetItem) -> None:
        # Qt reports a click on the tick as one on the name as well, right after.
        self._is_ticking = True
        QTimer.singleShot(0, self._end_tick)
        is_done = item.checkState() == Qt.CheckState.Checked
        self._series.mark(self.list.row(item), is_done)

    def _end_tick(self) -> None:
        self._is_ticking = False

    def _on_click(self, item: QListWidgetItem) -> None:
        if not self._is_ticking:
            self._series.go_to(self.list.row(item))
