"""Folded away: everything mode, what it shall find, its thresholds, and a recipe of all."""

from __future__ import annotations

from typing import Any

from magicgui.widgets import Container, FloatSlider, LineEdit, PushButton, SpinBox

from napari_samwise.plugin.panels.file_dialog import RECIPE_FORMATS, ask_path
from napari_samwise.plugin.panels.job import JobPanel
from napari_samwise.plugin.panels.layout import NO_MARGINS, form
from napari_samwise.plugin.stacks.bench import Bench
from napari_samwise.plugin.stacks.everything import EverythingDesk
from napari_samwise.plugin.stacks.everything_job import Thresholds

_MAX_AREA_PX = 10**9
_TEXT_TOOLTIP = (
    "What to find, such as: bright round nuclei; large cells, not elongated. "
    "Empty: anything. Press Enter."
)


class EverythingPanel(Container[Any]):
    """A button, and a text and thresholds that act on what was found as they change.

    Parameters
    ----------
    everything : EverythingDesk
        Does it.
    bench : Bench
        Where it is done.
    """

    def __init__(self, everything: EverythingDesk, bench: Bench) -> None:
        self._everything = everything
        self.start = PushButton(
            text="Everything on this plane", tooltip="Find all objects; earlier ones are kept"
        )
        self.only = LineEdit(label="Only", tooltip=_TEXT_TOOLTIP)
        self.only.native.setPlaceholderText("bright round nuclei")
        self._iou = FloatSlider(label="IoU", min=0, max=1, step=0.01, tooltip="Predicted IoU")
        self._stability = FloatSlider(
            label="Stability",
            min=0,
            max=1,
            step=0.01,
            tooltip="How little a mask changes if the model draws the line elsewhere",
        )
        self._area = SpinBox(label="Area", min=0, max=_MAX_AREA_PX, tooltip="Least area, pixels")
        self._thresholds = form(self._iou, self._stability, self._area)
        self.save = PushButton(
            text="Save recipe\N{HORIZONTAL ELLIPSIS}",
            tooltip="Write how this was found, to do the same with a folder: napari-samwise batch",
        )
        only = form(self.only)
        widgets = [JobPanel(bench, self.start), only, self._thresholds, self.save]
        super().__init__(widgets=widgets, labels=False)
        self.margins = NO_MARGINS
        self.start.changed.connect(everything.start)
        self.save.changed.connect(self._save)
        # Not at every letter: half a word is an unknown one.
        self.only.native.editingFinished.connect(self._on_text)
        self.only.native.returnPressed.connect(self._on_enter)
        for each in (self._iou, self._stability, self._area):
            each.changed.connect(self._on_moved)
        everything.changed.connect(self._show)
        self._show()

    def _show(self) -> None:
        """Show the thresholds that suit the model, and from where on they may be moved."""
        lowest, now = self._everything.lowest, self._everything.thresholds
        self._thresholds.enabled = lowest is not None
        self.save.enabled = self._everything.has_recipe
        if lowest is None or now is None:
            return
        pairs = (
            (self._iou, lowest.predicted_iou, now.predicted_iou),
            (self._stability, lowest.stability, now.stability),
        )
        for slider, least, value in pairs:
            with slider.changed.blocked():
                slider.min = least
                slider.value = value
        with self._area.changed.blocked():
            self._area.value = now.min_area

    def _save(self) -> None:
        place = self._everything.proposed_path
        path = ask_path(self.native, "Save recipe", place, RECIPE_FORMATS)
        if path is not None:
            self._everything.save_recipe(path)

    def ask(self) -> None:
        """Let the user type what to find."""
        self.only.native.setFocus()

    def _on_enter(self) -> None:
        self._everything.search(self.only.value)

    def _on_text(self) -> None:
        self._everything.set_text(self.only.value)

    def _on_moved(self) -> None:
        # Sliders round; what is a hair below the lowest was not kept.
        lowest = self._everything.lowest
        if lowest is not None:
            iou = max(self._iou.value, lowest.predicted_iou)
            stability = max(self._stability.value, lowest.stability)
            self._everything.set_thresholds(Thresholds(iou, stability, self._area.value))
