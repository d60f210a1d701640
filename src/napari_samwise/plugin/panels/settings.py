"""Folded away: intensity, hover, keys."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from magicgui.widgets import CheckBox, ComboBox, Container, FileEdit
from psygnal import Signal

from napari_samwise.intensity import CT_WINDOWS
from napari_samwise.plugin.keys import KeyMap
from napari_samwise.plugin.panels.layout import NO_MARGINS, form, set_text, shrink, text
from napari_samwise.plugin.status import Status

_POLICIES = [
    ("auto", "auto"),
    ("contrast limits of the layer", "contrast-limits"),
    ("min-max per tile (micro-sam)", "minmax-per-tile"),
    ("CT window", "window"),
]


class SettingsPanel(Container[Any]):
    """What the encoder sees as black and white, the cursor's preview, the folder of objects."""

    intensity_chosen = Signal(str, object)
    hover_toggled = Signal(bool)
    folder_chosen = Signal(Path)

    def __init__(self) -> None:
        self._policy = shrink(
            ComboBox(
                label="Intensity",
                choices=_POLICIES,
                value="auto",
                tooltip="How values become the brightness that the model sees",
            )
        )
        self._window = shrink(ComboBox(label="Window", choices=list(CT_WINDOWS), visible=False))
        self._seen = text()
        self._hover = CheckBox(
            text="Preview under the cursor",
            value=True,
            tooltip="Show what a click would give, before anything is clicked",
        )
        self._folder = FileEdit(
            label="Folder", mode="d", tooltip="Where new objects too large for memory are kept"
        )
        lists = form(self._policy, self._window, self._folder)
        super().__init__(widgets=[lists, self._seen, self._hover], labels=False)
        self.margins = NO_MARGINS
        self._policy.changed.connect(self._on_intensity)
        self._window.changed.connect(self._on_intensity)
        self._hover.changed.connect(self.hover_toggled)
        self._folder.changed.connect(self.folder_chosen)

    def show_folder(self, folder: Path) -> None:
        """Show where new objects too large for memory are kept."""
        with self._folder.changed.blocked():
            self._folder.value = folder

    def show_status(self, status: Status) -> None:
        """Show a status."""
        set_text(self._seen, status.seen)

    def _on_intensity(self) -> None:
        is_window = self._policy.value == "window"
        self._window.visible = is_window
        window = self._window.value if is_window else None
        self.intensity_chosen.emit(self._policy.value, window)


def list_keys(*maps: KeyMap) -> str:
    """Return the keys and what they do, for the help."""
    rows = [(action.shown, action.text) for keys in maps for action in keys.actions]
    rows.insert(3, ("Alt-click", "exclude"))
    cells = "".join(
        f"<tr><td><b>{key}</b>&nbsp;&nbsp;</td><td>{what}</td></tr>" for key, what in rows
    )
    return f"<table>{cells}</table><p>They work while one of Samwise's layers is selected.</p>"
