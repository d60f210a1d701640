"""Where the work is recorded, and whether to go on with what was recorded before."""

from __future__ import annotations

from typing import Any

from magicgui.widgets import Container, PushButton

from napari_samwise.plugin.panels.layout import NO_MARGINS, row, set_text, text
from napari_samwise.plugin.recording import JournalStatus


class RecoveryPanel(Container[Any]):
    """A sentence, and two buttons while there is earlier work."""

    def __init__(self) -> None:
        self._text = text()
        self.go_on = PushButton(
            text="Go on", tooltip="Bring back objects, prompts and undo as they were"
        )
        self.start_afresh = PushButton(
            text="Start afresh",
            tooltip="Begin anew; the earlier journal is kept beside it",
        )
        self._buttons = row(self.go_on, self.start_afresh)
        super().__init__(widgets=[self._text, self._buttons], labels=False)
        self.margins = NO_MARGINS
        self.show_status(JournalStatus())

    def show_status(self, status: JournalStatus) -> None:
        """Show a status; with nothing to say it takes no room."""
        set_text(self._text, status.text)
        self._buttons.visible = status.is_offered
        self.visible = bool(status.text)
