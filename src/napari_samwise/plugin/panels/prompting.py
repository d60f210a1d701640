"""What a click does, which candidate is shown, and keeping it."""

from __future__ import annotations

from typing import Any

from magicgui.widgets import Container, Label, PushButton
from psygnal import Signal
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QSizePolicy

from napari_samwise.plugin.panels.layout import NO_MARGINS, row
from napari_samwise.plugin.status import Mode, Status

_MODES = {
    Mode.INCLUDE: ("+ include", "Clicks include what is under them (T or Alt-click excludes)"),
    Mode.EXCLUDE: (
        "\N{MINUS SIGN} exclude",
        "Clicks exclude what is under them (T includes)",
    ),
    Mode.BOX: ("box", "Drag a box around an object"),
    Mode.LASSO: ("lasso", "Draw around an object: what is inside becomes a mask to start from"),
}


class PromptingPanel(Container[Any]):
    """Buttons for modes, candidates, commit and undo; each says its key."""

    mode_chosen = Signal(Mode)

    def __init__(self) -> None:
        self._modes = {mode: PushButton(text=t, tooltip=tip) for mode, (t, tip) in _MODES.items()}
        for mode, button in self._modes.items():
            button.native.setCheckable(True)
            button.clicked.connect(lambda checked, mode=mode: self.mode_chosen.emit(mode))
        self.previous = PushButton(text="<", tooltip="Candidate before")
        self.next = PushButton(text=">", tooltip="Next candidate (Tab)")
        self._choice = Label(value="")
        self._choice.native.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._choice.native.setSizePolicy(
            QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred
        )
        self.commit = PushButton(text="Commit  C", tooltip="Keep the mask as an object (C)")
        self.clear_prompts = PushButton(text="Clear", tooltip="Remove the prompts (Shift+C)")
        self.undo = PushButton(text="Undo", tooltip="Undo (Ctrl+Z)")
        self.redo = PushButton(text="Redo", tooltip="Redo (Ctrl+Shift+Z)")
        super().__init__(
            widgets=[
                row(*self._modes.values()),
                row(self.previous, self._choice, self.next),
                row(self.commit, self.clear_prompts, self.undo, self.redo),
            ],
            labels=False,
        )
        self.margins = NO_MARGINS
        for button in (self.previous, self.next):
            button.max_width = 28

    def show_status(self, status: Status) -> None:
        """Show a status."""
        for mode, button in self._modes.items():
            button.native.setChecked(mode is status.mode)
        several = status.choice is not None and status.choice.count > 1
        self.previous.enabled = self.next.enabled = several
        self._choice.value = "no mask yet" if status.choice is None else str(status.choice)
        self.commit.text = f"Commit {status.next_id}  (C)"
        self.commit.enabled = status.can_commit
        self.clear_prompts.enabled = status.can_clear
        self.undo.enabled = status.can_undo
        self.redo.enabled = status.can_redo
