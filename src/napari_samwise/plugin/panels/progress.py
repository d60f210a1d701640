"""What is going on: a sentence, how far the encoder is, times."""

from __future__ import annotations

from typing import Any

from magicgui.widgets import Container, ProgressBar, PushButton

from napari_samwise.plugin.panels.layout import (
    NO_MARGINS,
    column,
    reserve_lines,
    row,
    set_text,
    text,
)
from napari_samwise.plugin.status import Status

_ERROR_STYLE = "color: #ff7b72;"
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
        self._sentence.native.setStyleSheet(_ERROR_STYLE if status.is_error else "")
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
