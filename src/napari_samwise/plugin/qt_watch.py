"""What only Qt can tell: that the dock was closed, and Tab pressed on the canvas."""

from __future__ import annotations

from collections.abc import Callable

from qtpy.QtCore import QEvent, QObject, Qt
from qtpy.QtOpenGLWidgets import QOpenGLWidget
from qtpy.QtWidgets import QWidget


class CloseWatch(QObject):
    """Calls a function once when a docked widget is taken out of its dock or destroyed.

    Parameters
    ----------
    widget : QWidget
        The widget that napari docks.
    on_close : callable
        Called once.
    """

    def __init__(self, widget: QWidget, on_close: Callable[[], None]) -> None:
        super().__init__(widget)
        self._widget = widget
        self._on_close: Callable[[], None] | None = on_close
        self._was_docked = False
        widget.installEventFilter(self)
        widget.destroyed.connect(self._finish)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Notice when the widget gets a parent and loses it again."""
        if event.type() == QEvent.Type.ParentChange:
            has_parent = self._widget.parent() is not None
            if self._was_docked and not has_parent:
                self._finish()
            self._was_docked = has_parent
        return False

    def _finish(self) -> None:
        if self._on_close is not None:
            on_close, self._on_close = self._on_close, None
            on_close()


class TabKey(QObject):
    """Calls a function when Tab is pressed on the canvas.

    Qt moves the focus with Tab before the canvas, and so napari, hears of it; hence a filter in
    front of the canvas. Everywhere else Tab still goes from field to field.

    Parameters
    ----------
    widget : QWidget
        A widget in a dock of the viewer.
    on_tab : callable
        Called at each press while it is wanted.
    """

    def __init__(self, widget: QWidget, on_tab: Callable[[], None]) -> None:
        super().__init__(widget)
        self._widget = widget
        self._on_tab = on_tab
        self._is_wanted = False

    def want(self, wanted: bool) -> None:
        """Say whether Tab has a meaning now."""
        is_news, self._is_wanted = wanted and not self._is_wanted, wanted
        if is_news:
            # A second installation of the same filter replaces the first.
            for canvas in self._main_window().findChildren(QOpenGLWidget):
                canvas.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take the key away from Qt if it is wanted."""
        if not self._is_wanted or event.type() != QEvent.Type.KeyPress:
            return False
        if event.key() != Qt.Key.Key_Tab or event.modifiers() != Qt.KeyboardModifier.NoModifier:
            return False
        self._on_tab()
        return True

    def _main_window(self) -> QWidget:
        """Return the outermost widget; a dock that floats still has its window for a parent."""
        outer = self._widget
        while outer.parentWidget() is not None:
            outer = outer.parentWidget()
        return outer
