"""Folded away: the table of objects, and what can be done with them."""

from __future__ import annotations

from typing import Any

from magicgui.widgets import Container, PushButton
from psygnal import Signal

from napari_samwise.plugin.adapt_desk import AdaptDesk
from napari_samwise.plugin.objects_desk import ObjectsDesk
from napari_samwise.plugin.panels.file_dialog import (
    OBJECT_FORMATS,
    TABLE_FORMATS,
    Formats,
    ask_path,
)
from napari_samwise.plugin.panels.job import JobPanel
from napari_samwise.plugin.panels.layout import NO_MARGINS, column, row
from napari_samwise.plugin.panels.object_table import ObjectTable
from napari_samwise.plugin.stacks.bench import Bench


class ObjectsPanel(Container[Any]):
    """The table, and buttons.

    Parameters
    ----------
    objects : ObjectsDesk
        Does it.
    adapting : AdaptDesk
        Fits the model to them.
    bench : Bench
        Where that is done.
    """

    title_changed = Signal(str)
    """What the fold is called: it tells the number of objects."""

    def __init__(self, objects: ObjectsDesk, adapting: AdaptDesk, bench: Bench) -> None:
        self._objects = objects
        self.table = ObjectTable(objects.color)
        self.delete = PushButton(text="Delete", tooltip="Delete the selected objects (Del)")
        self.merge = PushButton(
            text="Merge", tooltip="Make one object of the selected ones; the lowest id stays"
        )
        dots = "\N{HORIZONTAL ELLIPSIS}"
        self.save = PushButton(text=f"Save{dots}", tooltip="Write labels, polygons or measurements")
        self.measure = PushButton(
            text=f"Measure{dots}", tooltip="Write size, shape and intensity of each into a table"
        )
        table = column()
        table.native.layout().addWidget(self.table)
        self.adapt = PushButton(
            text="Adapt the model to these objects",
            tooltip="Let the model learn from a dozen objects or more what a click means here",
        )
        buttons = row(self.delete, self.merge, self.save, self.measure)
        super().__init__(widgets=[table, buttons, JobPanel(bench, self.adapt)], labels=False)
        self.margins = NO_MARGINS
        self.table.ids_selected.connect(self._on_selected)
        self.delete.changed.connect(self._delete)
        self.merge.changed.connect(lambda: objects.merge(self.table.selected))
        self.save.changed.connect(lambda: self._ask("Save objects", OBJECT_FORMATS))
        self.measure.changed.connect(lambda: self._ask("Measure objects", TABLE_FORMATS))
        self.adapt.changed.connect(adapting.start)
        self.table.delete_pressed.connect(self._delete)
        objects.changed.connect(self._show)
        objects.picked.connect(self._on_picked)
        self._show()

    @property
    def title(self) -> str:
        """What the fold is called."""
        count = len(self._objects.objects)
        return f"Objects ({count})" if count else "Objects"

    def _show(self) -> None:
        objects = self._objects.objects
        self.table.show_objects(objects.values())
        self.save.enabled = self.measure.enabled = bool(objects)
        self._show_buttons()
        self.title_changed.emit(self.title)

    def _show_buttons(self) -> None:
        count = len(self.table.selected)
        self.delete.enabled, self.merge.enabled = count > 0, count > 1

    def _on_selected(self, labels: tuple[int, ...]) -> None:
        self._show_buttons()
        # Who selects several wants to do something with them, not to look at each.
        if len(labels) == 1:
            self._objects.show(labels[0])

    def _on_picked(self, label: int) -> None:
        self.table.pick(label)
        self._show_buttons()

    def _delete(self) -> None:
        self._objects.delete(self.table.selected)

    def _ask(self, title: str, formats: Formats) -> None:
        path = ask_path(self.native, title, self._objects.proposed_path, formats)
        if path is not None:
            self._objects.save(path)
