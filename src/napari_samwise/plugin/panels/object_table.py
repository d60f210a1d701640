"""The table of objects: as quick with ten thousand rows as with ten."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

from qtpy.QtCore import (
    QAbstractTableModel,
    QItemSelectionModel,
    QModelIndex,
    Qt,
)
from qtpy.QtCore import Signal as QtSignal
from qtpy.QtGui import QColor, QKeyEvent, QResizeEvent
from qtpy.QtWidgets import QAbstractItemView, QHeaderView, QTableView

from napari_samwise.plugin.counted import counted
from napari_samwise.plugin.segmented_object import SegmentedObject

Color = tuple[float, float, float, float] | None

ID, AREA, SCORE, MODEL = range(4)
_TITLES = ("id", "area", "score", "model")
_TIPS = ("Label in the layer", "Pixels, on all planes", "Predicted IoU", "What made it")
_NOBODY = QModelIndex()
_STYLE = "QTableView::item { padding: 0px 6px; } QHeaderView::section { padding: 2px 6px; }"
_ROWS_SHOWN = 8
_ROW_PX = 22
_WIDE_PX = 250
"""From here on there is room for the model."""


class ObjectModel(QAbstractTableModel):
    """Rows of objects, sorted by any column.

    Parameters
    ----------
    color : callable
        Gives the colour of an object's label, 0 to 1.
    """

    def __init__(self, color: Callable[[int], Color]) -> None:
        super().__init__()
        self._color = color
        self._rows: list[SegmentedObject] = []
        self._order = (ID, False)

    def rowCount(self, parent: QModelIndex = _NOBODY) -> int:
        """Return how many objects there are."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: QModelIndex = _NOBODY) -> int:
        """Return the number of columns."""
        return 0 if parent.isValid() else len(_TITLES)

    def headerData(self, section: int, orientation: Any, role: int = 0) -> Any:
        """Return the title of a column, and what it means."""
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(section)
        texts = {Qt.ItemDataRole.DisplayRole: _TITLES, Qt.ItemDataRole.ToolTipRole: _TIPS}
        return texts[role][section] if role in texts else None

    def data(self, index: QModelIndex, role: int = 0) -> Any:
        """Return what a cell shows."""
        row = self._rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return _text(row, index.column())
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(index.column())
        if role == Qt.ItemDataRole.ToolTipRole:
            return _provenance(row)
        if role == Qt.ItemDataRole.DecorationRole and index.column() == ID:
            color = self._color(row.id)
            return None if color is None else QColor.fromRgbF(*color[:3])
        return None

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Order the rows; those without a score come last in any case."""
        self._order = (column, order == Qt.SortOrder.DescendingOrder)
        self.show_objects(self._rows)

    def show_objects(self, objects: Iterable[SegmentedObject]) -> None:
        """Show these objects; nothing happens if they are shown already."""
        rows = _sorted(objects, *self._order)
        if rows != self._rows:
            self.beginResetModel()
            self._rows = rows
            self.endResetModel()

    def id_at(self, row: int) -> int:
        """Return the id of the object in a row."""
        return self._rows[row].id

    def rows_of(self, ids: Iterable[int]) -> list[int]:
        """Return the rows of those of these objects that are there."""
        wanted = set(ids)
        return [at for at, row in enumerate(self._rows) if row.id in wanted]


class ObjectTable(QTableView):
    """The table, which hides the model's name where there is no room.

    Parameters
    ----------
    color : callable
        Gives the colour of an object's label, 0 to 1.
    """

    ids_selected = QtSignal(tuple)
    """The user has selected other rows: their ids, in the order of the rows."""
    delete_pressed = QtSignal()

    def __init__(self, color: Callable[[int], Color]) -> None:
        super().__init__()
        self._model = ObjectModel(color)
        self._is_restoring = False
        self.setModel(self._model)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setShowGrid(False)
        self.setStyleSheet(_STYLE)
        self.setWordWrap(False)
        self.verticalHeader().hide()
        # Rows of one height need not be measured.
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().setDefaultSectionSize(_ROW_PX)
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.horizontalHeader().setHighlightSections(False)
        self.sortByColumn(ID, Qt.SortOrder.AscendingOrder)
        self.setSortingEnabled(True)
        self.setMinimumHeight((_ROWS_SHOWN + 1) * _ROW_PX)
        self.selectionModel().selectionChanged.connect(self._on_selected)
        self._model.modelAboutToBeReset.connect(self._on_reset)
        self._model.modelReset.connect(self._on_renewed)
        self._kept: tuple[int, ...] = ()

    @property
    def selected(self) -> tuple[int, ...]:
        """Ids of the selected rows, in their order."""
        rows = sorted(index.row() for index in self.selectionModel().selectedRows())
        return tuple(self._model.id_at(row) for row in rows)

    def show_objects(self, objects: Iterable[SegmentedObject]) -> None:
        """Show these objects; those that were selected stay it."""
        self._model.show_objects(objects)

    def select(self, ids: Iterable[int]) -> None:
        """Select the rows of these objects, without telling."""
        selection, flags = self.selectionModel(), QItemSelectionModel.SelectionFlag
        self._is_restoring = True
        selection.clearSelection()
        for row in self._model.rows_of(ids):
            selection.select(self._model.index(row, ID), flags.Select | flags.Rows)
        self._is_restoring = False

    def pick(self, label: int) -> None:
        """Select and show the row of one object, none if it has no row, without telling."""
        if self.selected == (label,):
            return
        self.select([label])
        for index in self.selectionModel().selectedRows():
            self.scrollTo(index)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Take *Delete* for the selected objects."""
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.delete_pressed.emit()
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Make room."""
        self.setColumnHidden(MODEL, event.size().width() < _WIDE_PX)
        super().resizeEvent(event)

    def _on_reset(self) -> None:
        self._kept = self.selected

    def _on_renewed(self) -> None:
        self.select(self._kept)

    def _on_selected(self) -> None:
        if not self._is_restoring:
            self.ids_selected.emit(self.selected)


def _alignment(column: int) -> Qt.AlignmentFlag:
    """Let numbers stand below each other."""
    is_number = column in (AREA, SCORE)
    side = Qt.AlignmentFlag.AlignRight if is_number else Qt.AlignmentFlag.AlignLeft
    return side | Qt.AlignmentFlag.AlignVCenter


def _text(row: SegmentedObject, column: int) -> str:
    score = "" if math.isnan(row.predicted_iou) else f"{row.predicted_iou:.2f}"
    return (str(row.id), f"{row.area:,}".replace(",", "\N{THIN SPACE}"), score, row.model)[column]


def _sorted(
    objects: Iterable[SegmentedObject], column: int, descending: bool
) -> list[SegmentedObject]:
    rows = sorted(objects, key=lambda row: row.id)
    if column == ID:
        return rows[::-1] if descending else rows
    keys: tuple[Callable[[SegmentedObject], Any], ...] = (
        lambda row: row.id,
        lambda row: row.area,
        lambda row: row.predicted_iou,
        lambda row: row.model,
    )
    known = [row for row in rows if column != SCORE or not math.isnan(row.predicted_iou)]
    others = [row for row in rows if column == SCORE and math.isnan(row.predicted_iou)]
    return sorted(known, key=keys[column], reverse=descending) + others


def _provenance(row: SegmentedObject) -> str:
    """Say where an object comes from."""
    clicks = counted(row.clicks, "click")
    parts = [row.model or "of unknown origin", clicks if row.clicks else ""]
    parts.append(row.time.replace("T", " ").replace("+00:00", " UTC"))
    return ", ".join(part for part in parts if part)
