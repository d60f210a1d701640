"""The dock widget *Samwise*: shows the controller's status and passes on what is asked for."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from magicgui.widgets import Container
from qtpy.QtCore import QTimer

from napari_samwise.plugin.controller import Controller
from napari_samwise.plugin.engine import Engine
from napari_samwise.plugin.images import image_layers, names_of
from napari_samwise.plugin.panels.layout import column, fold, text
from napari_samwise.plugin.panels.progress import ProgressPanel
from napari_samwise.plugin.panels.prompting import PromptingPanel
from napari_samwise.plugin.panels.settings import SettingsPanel, list_keys
from napari_samwise.plugin.panels.source import SourcePanel
from napari_samwise.plugin.pipeline import Pipeline
from napari_samwise.plugin.qt_watch import CloseWatch, TabKey
from napari_samwise.plugin.status import Status
from napari_samwise.plugin.worker import ThreadSlot

if TYPE_CHECKING:
    import napari.viewer


class SamwiseWidget(Container[Any]):
    """Segment Anything with clicks and boxes.

    Opening it on an image is enough: it makes its layers, and the next click on the image shows
    a mask.

    Parameters
    ----------
    napari_viewer : Viewer
        The viewer; napari recognises the parameter by its name.
    engine : Engine, optional
        Runs the models; by default one that loads them by name.
    """

    def __init__(self, napari_viewer: napari.viewer.Viewer, engine: Engine | None = None) -> None:
        self._viewer = napari_viewer
        self._source = SourcePanel(self._list_images)
        self._progress = ProgressPanel()
        self._prompting = PromptingPanel()
        self._settings = SettingsPanel()
        super().__init__(widgets=[self._progress, self._source, self._prompting], labels=False)
        pipeline = Pipeline(
            Engine() if engine is None else engine,
            ThreadSlot("samwise-encode"),
            ThreadSlot("samwise-decode"),
        )
        self.controller = Controller(napari_viewer, pipeline, partial(QTimer.singleShot, 0))
        self._watch = CloseWatch(self.native, self.controller.close)
        self._tab = TabKey(self.native, self.controller.next_candidate)
        self._connect()
        layout = self.native.layout()
        layout.addWidget(fold("Settings", self._settings))
        layout.addWidget(fold("Keys", column(text(list_keys(self.controller.keys)))))

    def _list_images(self) -> list[tuple[str, Any]]:
        return names_of(image_layers(self._viewer))

    def _connect(self) -> None:
        controller, prompting = self.controller, self._prompting
        self._source.image_chosen.connect(controller.choose_image)
        self._source.model_chosen.connect(controller.choose_model)
        self._progress.cancel.changed.connect(controller.cancel)
        prompting.mode_chosen.connect(controller.enter_mode)
        prompting.previous.changed.connect(controller.previous_candidate)
        prompting.next.changed.connect(controller.next_candidate)
        prompting.commit.changed.connect(controller.commit)
        prompting.clear_prompts.changed.connect(controller.clear)
        prompting.undo.changed.connect(controller.undo)
        prompting.redo.changed.connect(controller.redo)
        self._settings.intensity_chosen.connect(controller.choose_intensity)
        self._settings.hover_toggled.connect(controller.enable_hover)
        controller.desk.images_changed.connect(self._show_images)
        controller.desk.workspace_changed.connect(self._show_images)
        controller.board.changed.connect(self._show_status)
        self._show_images()
        controller.board.publish()

    def _show_images(self) -> None:
        self._source.show_images(self.controller.image)

    def _show_status(self, status: Status) -> None:
        self._source.show_status(status)
        self._progress.show_status(status)
        self._prompting.show_status(status)
        self._settings.show_status(status)
        self._tab.want(status.can_step)
