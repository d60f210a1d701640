"""What is going on: a sentence, how far the encoder is, times."""

from __future__ import annotations

from typing import Any

from magicgui.widgets import Container, ProgressBar, PushButton
from qtpy.QtGui import QPalette

from napari_samwise.plugin.panels.layout import (
    NO_MARGINS,
    column,
    reserve_lines,
    row,
    set_text,
    text,
)
from napari_samwise.plugin.status import Status

_ERROR_STYLES = {True: "color: #ff7b72;", False: "color: #b3261e;"}
"""On a dark ground, and on a light one."""
_HALF = 127
# The usual sentences and times are no longer, where the panel is narrow.
_LINES = 2


class ProgressPanel(Container[Any]):
    """A sentence, a bar with a button to stop while something is encoded, and the times."""

    def __init__(self) -> None:
        self._sentence = text()
        self._bar = ProgressBar(min=0, max=0)
        self.cancel = PushButton(text="cancel", tooltip="Stop encoding or downloading")
        self._work = row(self._bar, self.cancel)
        self._detail = text()
        # Bar and times take turns in one place, so that nothing below moves while planes come.
        self._turns = column(self._work, self._detail)
        super().__init__(widgets=[self._sentence, self._turns], labels=False)
        self.margins = NO_MARGINS
        reserve_lines(self._sentence, _LINES)
        reserve_lines(self._turns, _LINES)

    def show_status(self, status: Status) -> None:
        """Show a status."""
        self._sentence.value = status.sentence
        style = _ERROR_STYLES[self._is_dark] if status.is_error else ""
        # Qt goes through all styles whenever one is set, be it the same.
        if self._sentence.native.styleSheet() != style:
            self._sentence.native.setStyleSheet(style)
        activity = status.activity
        is_working = activity.frame is not None
        # First what goes: with both there the panel would grow for a moment.
        if is_working:
            set_text(self._detail, "")
        self._work.visible = is_working
        if not is_working:
            set_text(self._detail, status.detail)
        self._bar.max = activity.total
        self._bar.value = activity.done

    @property
    def _is_dark(self) -> bool:
        """Whether the theme has bright letters."""
        color = self._detail.native.palette().color(QPalette.ColorRole.WindowText)
        return bool(color.lightness() > _HALF)
