"""What is going on: a sentence, how far the encoder is, times."""

from __future__ import annotations

from typing import Any

from magicgui.widgets import Container, ProgressBar, PushButton

from napari_samwise.plugin.panels.layout import NO_MARGINS, row, set_text, text
from napari_samwise.plugin.status import Status

_ERROR_STYLE = "color: #ff7b72;"


class ProgressPanel(Container[Any]):
    """A sentence, a bar with a button to stop while something is encoded, and the times."""

    def __init__(self) -> None:
        self._sentence = text()
        self._bar = ProgressBar(min=0, max=0)
        self.cancel = PushButton(text="cancel", tooltip="Stop encoding or downloading")
        self._work = row(self._bar, self.cancel)
        self._detail = text()
        super().__init__(widgets=[self._sentence, self._work, self._detail], labels=False)
        self.margins = NO_MARGINS

    def show_status(self, status: Status) -> None:
        """Show a status."""
        self._sentence.value = status.sentence
        self._sentence.native.setStyleSheet(_ERROR_STYLE if status.is_error else "")
        set_text(self._detail, status.detail)
        activity = status.activity
        self._work.visible = activity.frame is not None
        self._bar.max = activity.total
        self._bar.value = activity.done
