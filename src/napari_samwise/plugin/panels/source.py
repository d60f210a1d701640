"""Which image and which model."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from magicgui.widgets import ComboBox, Container, PushButton
from psygnal import Signal

from napari_samwise.plugin.model_choice import (
    DEFAULT_MODEL,
    describe_model,
    download_size,
    model_choices,
    needs_download,
)
from napari_samwise.plugin.panels.layout import NO_MARGINS, set_text, shrink, text
from napari_samwise.plugin.status import Status
from napari_samwise.weights.registry import find_checkpoint


class SourcePanel(Container[Any]):
    """Two lists; a model whose weights are not here is used only after a further click.

    Parameters
    ----------
    images : callable
        Gives (name, layer) of the images that can be chosen.
    """

    image_chosen = Signal(object)
    model_chosen = Signal(str)

    def __init__(self, images: Callable[[], list[tuple[str, Any]]]) -> None:
        self._images = images
        self._in_use = DEFAULT_MODEL
        self._image = shrink(ComboBox(label="Image", choices=self._image_choices, nullable=True))
        self._model = shrink(ComboBox(label="Model", choices=model_choices(), value=DEFAULT_MODEL))
        self._note = text()
        self._download = PushButton(visible=False)
        lists = Container(widgets=[self._image, self._model])
        lists.margins = NO_MARGINS
        super().__init__(widgets=[lists, self._note, self._download], labels=False)
        self.margins = NO_MARGINS
        self._describe(DEFAULT_MODEL)
        self._image.changed.connect(self.image_chosen)
        self._model.changed.connect(self._on_model)
        self._download.changed.connect(self._on_download)

    def show_images(self, chosen: Any) -> None:
        """List the images anew and show which one is annotated."""
        with self._image.changed.blocked():
            self._image.reset_choices()
            # Between an image's removal and the choice of another one there is none.
            self._image.value = chosen if chosen in self._image.choices else None

    def show_status(self, status: Status) -> None:
        """Show which model is in use, if that is news: another one may just be looked at."""
        if status.model not in ("", self._in_use) and status.model in self._model.choices:
            self._in_use = status.model
            with self._model.changed.blocked():
                self._model.value = status.model
            self._describe(status.model)

    def _image_choices(self, widget: object) -> list[tuple[str, Any]]:
        return self._images()

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
        self._model.tooltip = f"{describe_model(name)}\nCite: {find_checkpoint(name).citation}"
