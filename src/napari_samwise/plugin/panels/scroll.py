"""Room for more than fits on the screen, below what must stay in view."""

from __future__ import annotations

from qtpy.QtCore import QEvent, QObject, QSize, Qt
from qtpy.QtWidgets import (
    QAbstractSlider,
    QAbstractSpinBox,
    QComboBox,
    QFrame,
    QScrollArea,
    QScrollBar,
    QVBoxLayout,
    QWidget,
)
from superqt import QCollapsible

_LEAST_HEIGHT_PX = 120
_SPACING_PX = 2
_FIELDS = (QComboBox, QAbstractSpinBox, QAbstractSlider)


class Scroll(QScrollArea):
    """Widgets one below the other, scrolled where they are higher than the room; never aside.

    The wheel scrolls. A list or a number under it changes only while it has the focus, so that
    nobody who scrolls chooses another model.

    Parameters
    ----------
    *widgets : QWidget
        From top to bottom.
    """

    def __init__(self, *widgets: QWidget) -> None:
        super().__init__()
        self._parts = widgets
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        content = QWidget()
        layout = QVBoxLayout(content)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(_SPACING_PX)
        for widget in widgets:
            layout.addWidget(widget)
        layout.addStretch(1)
        self.setWidget(content)
        content.installEventFilter(self)
        for child in content.findChildren(QWidget):
            if isinstance(child, _FIELDS) and not isinstance(child, QScrollBar):
                child.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
                child.installEventFilter(self)

    def sizeHint(self) -> QSize:
        """Wish for the width of all parts, so that nothing moves aside when one is opened."""
        hint = super().sizeHint()
        widths = [_content_of(part).sizeHint().width() for part in self._parts]
        bar = self.verticalScrollBar().sizeHint().width()
        return QSize(max([hint.width(), *widths]) + bar, hint.height())

    def minimumSizeHint(self) -> QSize:
        """Ask for the width of what is open, and for a little height."""
        inside = self.widget().minimumSizeHint().width()
        return QSize(inside + self.verticalScrollBar().sizeHint().width(), _LEAST_HEIGHT_PX)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Ask for other room when a part is opened, and take the wheel from idle fields."""
        if watched is self.widget():
            if event.type() == QEvent.Type.LayoutRequest:
                self.updateGeometry()
            return bool(super().eventFilter(watched, event))
        if event.type() == QEvent.Type.Wheel and not watched.hasFocus():
            # Not accepted, it goes on to what is around the field: this area.
            event.ignore()
            return True
        return False


def _content_of(part: QWidget) -> QWidget:
    return part.content() if isinstance(part, QCollapsible) else part
