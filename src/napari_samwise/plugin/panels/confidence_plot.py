"""How sure each slice is: one bar a slice; a click goes there."""

from __future__ import annotations

from collections.abc import Mapping

from qtpy.QtCore import QRectF, QSize, Qt, Signal
from qtpy.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen
from qtpy.QtWidgets import QSizePolicy, QToolTip, QWidget

from napari_samwise.segment.volume.result import DOUBTFUL

_HEIGHT_PX = 64
_SURE, _DOUBTFUL, _GIVEN = QColor("#3fa34d"), QColor("#e09f3e"), QColor("#5ad1ff")
_BARRIER, _GROUND, _LINE = QColor("#d62728"), QColor(128, 128, 128, 40), QColor(128, 128, 128)


class ConfidencePlot(QWidget):
    """Bars from 0 to 1, blue where the user has prompted, orange where in doubt, red a barrier."""

    slice_clicked = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self._count = 0
        self._current: int | None = None
        self._confidence: Mapping[int, float] = {}
        self._given: frozenset[int] = frozenset()
        self._barriers: frozenset[int] = frozenset()
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setMouseTracking(True)

    def sizeHint(self) -> QSize:
        """Return the height that suits; the width is whatever there is."""
        return QSize(100, _HEIGHT_PX)

    def show_slices(
        self,
        count: int,
        confidence: Mapping[int, float],
        given: frozenset[int],
        barriers: frozenset[int],
        current: int | None,
    ) -> None:
        """Draw other slices.

        Parameters
        ----------
        count : int
            Number of slices.
        confidence : mapping of int to float
            Slice -> 0 to 1; no bar where the object is not.
        given, barriers : frozenset of int
            Slices that the user has prompted or painted, and that the object does not enter.
        current : int or None
            The displayed slice.
        """
        self._count, self._current = count, current
        self._confidence, self._given, self._barriers = confidence, given, barriers
        self.update()

    def slice_at(self, x: float) -> int | None:
        """Return the slice at a place from the left, in pixels."""
        if not self._count or not 0 <= x < self.width():
            return None
        return int(x / self.width() * self._count)

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """Draw."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), _GROUND)
        if not self._count:
            return
        height = self.height()
        step = self.width() / self._count
        gap = 1.0 if step >= 4 else 0.0
        for index in self._given | set(self._confidence):
            value = self._confidence.get(index, 1.0)
            color = _GIVEN if index in self._given else _SURE if value >= DOUBTFUL else _DOUBTFUL
            tall = max(2.0, value * (height - 4))
            painter.fillRect(QRectF(index * step, height - tall, step - gap, tall), color)
        for index in self._barriers:
            painter.fillRect(QRectF(index * step, 0, max(step - gap, 2.0), height), _BARRIER)
        painter.setPen(QPen(_LINE, 1, Qt.PenStyle.DashLine))
        level = round(height - DOUBTFUL * (height - 4))
        painter.drawLine(0, level, self.width(), level)
        if self._current is not None:
            painter.setPen(QPen(self.palette().color(self.foregroundRole()), 1))
            painter.drawRect(QRectF(self._current * step, 0, max(step - gap, 2.0), height - 1))

    def mousePressEvent(self, event: QMouseEvent | None) -> None:
        """Go to the slice under the mouse."""
        found = None if event is None else self.slice_at(event.position().x())
        if found is not None:
            self.slice_clicked.emit(found)

    def mouseMoveEvent(self, event: QMouseEvent | None) -> None:
        """Say which slice is under the mouse, and how sure it is."""
        found = None if event is None else self.slice_at(event.position().x())
        if event is not None and found is not None:
            QToolTip.showText(event.globalPosition().toPoint(), self._describe(found), self)

    def _describe(self, index: int) -> str:
        if index in self._barriers:
            return f"slice {index}: barrier"
        if index in self._given:
            return f"slice {index}: prompted or painted"
        value = self._confidence.get(index)
        return f"slice {index}" if value is None else f"slice {index}: {value:.2f}"
