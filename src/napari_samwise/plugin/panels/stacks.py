"""Folded away: objects through slices, and in time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from magicgui.widgets import ComboBox, Container, PushButton
from psygnal import Signal
from qtpy.QtWidgets import QFileDialog

from napari_samwise.plugin.panels.confidence_plot import ConfidencePlot
from napari_samwise.plugin.panels.job import JobPanel
from napari_samwise.plugin.panels.layout import (
    NO_MARGINS,
    column,
    form,
    row,
    set_text,
    shrink,
    text,
)
from napari_samwise.plugin.stacks.bench import Bench
from napari_samwise.plugin.stacks.stage import StackStatus

_FLAT = "This image has no axis besides its planes."


class StacksPanel(Container[Any]):
    """The axis, buttons, and how sure each slice is.

    Parameters
    ----------
    bench : Bench
        Where jobs are done.
    """

    axis_chosen = Signal(int)
    folder_chosen = Signal(Path)

    def __init__(self, bench: Bench) -> None:
        self._axes: tuple[tuple[int, str], ...] = ()
        self._axis = shrink(
            ComboBox(
                label="Along",
                choices=self._list_axes,
                tooltip="The axis along which objects are filled or tracked",
            )
        )
        self.fill = _button("Fill through the volume", "Carry the object to all slices")
        self.barrier = _button("Barrier", "Set or remove a barrier: the object ends here")
        self.doubtful = _button("Next doubtful  (N)", "Show the next slice worth a look (N)")
        self.plot = ConfidencePlot()
        self.interpolate = _button(
            "Interpolate", "Fill between prompted slices, or those of the selected object, by shape"
        )
        self.everything = _button("Everything in 3-D", "Find all objects and link the slices")
        self.carry = _button("Track objects", "Follow the objects of this frame through time")
        self.link = _button("Link labels", "Number the objects of all frames alike")
        self.export = _button("Export CTC\N{HORIZONTAL ELLIPSIS}", "Write tracks into a new folder")
        self._note = text()
        plot = column()
        plot.native.layout().addWidget(self.plot)
        self._parts = (
            row(self.barrier, self.doubtful),
            plot,
            row(self.interpolate, self.everything),
            row(self.carry, self.link),
            self.export,
        )
        job = JobPanel(bench, self.fill)
        super().__init__(widgets=[self._note, form(self._axis), job, *self._parts], labels=False)
        self.margins = NO_MARGINS
        self._axis.changed.connect(self._on_axis)
        self.export.changed.connect(self._on_export)

    def show_status(self, status: StackStatus) -> None:
        """Show a status."""
        set_text(self._note, _FLAT if status.is_flat else "")
        # Not all of the panel: what is going on can be stopped from any view.
        for each in (self._axis, self.fill, *self._parts):
            each.enabled = bool(status.axes)
        if status.axes != self._axes:
            self._axes = status.axes
            with self._axis.changed.blocked():
                self._axis.reset_choices()
        if status.along is not None:
            with self._axis.changed.blocked():
                self._axis.value = status.along
        self.barrier.text = "No barrier" if status.current in status.barriers else "Barrier"
        self.export.enabled = status.has_tracks
        self.plot.show_slices(
            status.count, status.confidence, status.given, status.barriers, status.current
        )

    def _list_axes(self, widget: object) -> list[tuple[str, int]]:
        return [(name, axis) for axis, name in self._axes]

    def _on_axis(self, axis: int | None) -> None:
        if axis is not None:
            self.axis_chosen.emit(axis)

    def _on_export(self) -> None:
        folder = QFileDialog.getExistingDirectory(self.native, "A new folder for the tracks")
        if folder:
            self.folder_chosen.emit(Path(folder))


def _button(label: str, tooltip: str) -> PushButton:
    return PushButton(text=label, tooltip=tooltip)
