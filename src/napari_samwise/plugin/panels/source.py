"""Which image and which model."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from magicgui.widgets import ComboBox, Container, PushButton
from psygnal import Signal

from napari_samwise.plugin.model_choice import (
    DEFAULT_MODEL,
    cite_model,
    describe_model,
    download_size,
    model_choices,
    needs_download,
)
from napari_samwise.plugin.panels.layout import NO_MARGINS, form, set_text, shrink, text
from napari_samwise.plugin.status import Status

_NEW_LAYER = "new layer"
"""Stands for none among the layers: a list that must not be empty says nothing of None."""

ListLayers = Callable[[], list[tuple[str, Any]]]


class SourcePanel(Container[Any]):
    """Two lists; a model whose weights are not here is used only after a further click.

    Parameters
    ----------
    images, labels : callable
        Give (name, layer) of the images, and of the layers for objects, that can be chosen.
    """

    image_chosen = Signal(object)
    objects_chosen = Signal(object)
    model_chosen = Signal(str)

    def __init__(self, images: ListLayers, labels: ListLayers) -> None:
        self._list_images = images
        self._list_labels = labels
        self._in_use = DEFAULT_MODEL
        self._image = shrink(
            ComboBox(
                label="Image",
                choices=self._image_choices,
                nullable=True,
                tooltip="The image that is annotated",
            )
        )
        self._model = shrink(ComboBox(label="Model", choices=_model_choices, value=DEFAULT_MODEL))
        self._objects = shrink(
            ComboBox(
                label="Objects",
                choices=self._objects_choices,
                tooltip="The labels layer that kept objects are written into",
            )
        )
        self._objects_note = text()
        self._note = text()
        self._download = PushButton(visible=False)
        lists = form(self._image, self._model, self._objects)
        widgets = [lists, self._objects_note, self._note, self._download]
        super().__init__(widgets=widgets, labels=False)
        self.margins = NO_MARGINS
        self._describe(DEFAULT_MODEL)
        set_text(self._objects_note, "")
        self._image.changed.connect(self.image_chosen)
        self._objects.changed.connect(self._on_objects)
        self._model.changed.connect(self._on_model)
        self._download.changed.connect(self._on_download)

    def show_images(self, chosen: Any) -> None:
        """List the images anew and show which one is annotated."""
        with self._image.changed.blocked():
            self._image.reset_choices()
            # Between an image's removal and the choice of another one there is none.
            self._image.value = chosen if chosen in self._image.choices else None

    def show_objects(self, chosen: Any) -> None:
        """List the layers for objects anew and show which one is written into."""
        with self._objects.changed.blocked():
            self._objects.reset_choices()
            self._objects.value = chosen if chosen in self._objects.choices else _NEW_LAYER

    def choose_new(self, name: str) -> None:
        """List the models anew, and use one that has come."""
        with self._model.changed.blocked():
            self._model.reset_choices()
        self._model.value = name

    def show_status(self, status: Status) -> None:
        """Show which model is in use, if that is news: another one may just be looked at."""
        if status.objects_note != self._objects_note.value:
            set_text(self._objects_note, status.objects_note)
        if status.model not in ("", self._in_use) and status.model in self._model.choices:
            self._in_use = status.model
            with self._model.changed.blocked():
                self._model.value = status.model
            self._describe(status.model)

    def _image_choices(self, widget: object) -> list[tuple[str, Any]]:
        return self._list_images()

    def _objects_choices(self, widget: object) -> list[tuple[str, Any]]:
        return [*self._list_labels(), (_NEW_LAYER, _NEW_LAYER)]

    def _on_objects(self, chosen: Any) -> None:
        self.objects_chosen.emit(None if isinstance(chosen, str) else chosen)

    def _on_model(self, name: str) -> None:
        self._describe(name)
        if needs_download(name):
            self._download.text = f"Download {download_size(name)} and use".replace("  ", " ")
            self._download.visible = True
        else:
            self.model_chosen.emit(name)

    def _on_download(self) -> None:
        self._download.visible = False
        self.model_chosen.emit(self._model.value)

    def _describe(self, name: str) -> None:
        self._download.visible = False
        set_text(self._note, "" if name == DEFAULT_MODEL else describe_model(name))
        cited = cite_model(name)
        self._model.tooltip = describe_model(name) + (f"\nCite: {cited}" if cited else "")


def _model_choices(widget: object) -> list[tuple[str, str]]:
    return model_choices()
