"""The dock widget *Samwise*: shows the controller's status and passes on what is asked for."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from magicgui.widgets import Container
from qtpy.QtCore import QTimer

from napari_samwise.plugin.adapt_desk import AdaptDesk
from napari_samwise.plugin.controller import Controller
from napari_samwise.plugin.engine import Engine, open_store_on_disk
from napari_samwise.plugin.images import image_layers, label_layers, names_of
from napari_samwise.plugin.journal_desk import JournalDesk
from napari_samwise.plugin.objects_desk import ObjectsDesk
from napari_samwise.plugin.panels.everything import EverythingPanel
from napari_samwise.plugin.panels.layout import column, fold, text
from napari_samwise.plugin.panels.objects import ObjectsPanel
from napari_samwise.plugin.panels.progress import ProgressPanel
from napari_samwise.plugin.panels.prompting import PromptingPanel
from napari_samwise.plugin.panels.recovery import RecoveryPanel
from napari_samwise.plugin.panels.scroll import Scroll
from napari_samwise.plugin.panels.series import SeriesPanel
from napari_samwise.plugin.panels.settings import SettingsPanel, list_keys
from napari_samwise.plugin.panels.source import SourcePanel
from napari_samwise.plugin.panels.stacks import StacksPanel
from napari_samwise.plugin.pipeline import Pipeline
from napari_samwise.plugin.qt_watch import CloseWatch, TabKey
from napari_samwise.plugin.roles import Role
from napari_samwise.plugin.series.ahead import Ahead
from napari_samwise.plugin.series.series import Series
from napari_samwise.plugin.stacks.bench import QtRelay
from napari_samwise.plugin.stacks.stage import Stage
from napari_samwise.plugin.status import Status
from napari_samwise.plugin.survey import Surveyor
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
        Runs the models; by default one that loads them by name and keeps embeddings on disk.
    """

    def __init__(self, napari_viewer: napari.viewer.Viewer, engine: Engine | None = None) -> None:
        self._viewer = napari_viewer
        engine = Engine(open_store=open_store_on_disk) if engine is None else engine
        pipeline = Pipeline(
            engine,
            ThreadSlot("samwise-encode"),
            ThreadSlot("samwise-decode"),
        )
        surveyor = Surveyor(ThreadSlot("samwise-survey"))
        defer = partial(QTimer.singleShot, 0)
        self.controller = Controller(napari_viewer, pipeline, defer, surveyor)
        looking = ThreadSlot("samwise-journal")
        self.journals = JournalDesk(
            self.controller.desk, pipeline, looking, lambda: self.controller.objects_folder
        )
        self._recovery = RecoveryPanel()
        slot = ThreadSlot("samwise-job")
        self.stage = Stage(napari_viewer, self.controller, engine, slot, QtRelay(), defer)
        given = (self.controller.desk, self.controller.board, self.stage.bench)
        self.objects = ObjectsDesk(napari_viewer, *given)
        self.adapting = AdaptDesk(*given[:2], engine, self.stage.bench)
        self._objects = ObjectsPanel(self.objects, self.adapting, self.stage.bench)
        ahead, slot = Ahead(engine, ThreadSlot("samwise-ahead")), ThreadSlot("samwise-series")
        self.series = Series(napari_viewer, self.controller, self.stage.bench, ahead, slot)
        self._source = SourcePanel(self._list_images, self._list_labels)
        self._progress = ProgressPanel()
        self._prompting = PromptingPanel()
        self._everything = EverythingPanel(self.stage.everything, self.stage.bench)
        self._stacks = StacksPanel(self.stage.bench)
        self._settings = SettingsPanel()
        # What is recorded is said below the buttons: they must not move with the first click.
        widgets = [self._progress, self._source, self._prompting, self._recovery]
        super().__init__(widgets=widgets, labels=False)
        self._watch = CloseWatch(self.native, self._close)
        self._tab = TabKey(self.native, self.controller.next_candidate)
        self._connect()
        self._connect_stacks()
        objects = fold(self._objects.title, self._objects)
        self._objects.title_changed.connect(objects.setText)
        self._everything_part = fold("Everything", self._everything)
        keys = (self.controller.keys, self.stage.keys, self.series.keys)
        parts = Scroll(
            objects,
            self._everything_part,
            fold("Volume and time", self._stacks),
            fold("Folder of images", SeriesPanel(self.series)),
            fold("Settings", self._settings),
            fold("Keys", column(text(list_keys(*keys)))),
        )
        self.native.layout().addWidget(parts, 1)

    def reset_choices(self, *_: Any) -> None:
        """List images and layers anew, as napari asks when one came, went, moved or was renamed.

        Nothing is chosen by it: magicgui's own method chooses another one where a name is gone.
        """
        self._show_images()
        self._show_objects()

    def ask_what_to_find(self) -> None:
        """Open the part *Everything* where a text goes."""
        self._everything_part.expand(animate=False)
        self._everything.ask()

    def _list_images(self) -> list[tuple[str, Any]]:
        return names_of(image_layers(self._viewer))

    def _list_labels(self) -> list[tuple[str, Any]]:
        workspace = self.controller.desk.workspace
        return [] if workspace is None else names_of(label_layers(self._viewer, workspace))

    def _connect(self) -> None:
        controller, prompting = self.controller, self._prompting
        self._source.image_chosen.connect(controller.choose_image)
        self._source.objects_chosen.connect(controller.choose_objects)
        self._source.model_chosen.connect(controller.choose_model)
        self.adapting.adapted.connect(self._source.choose_new)
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
        controller.desk.workspace_changed.connect(self._show_objects)
        controller.desk.labels_changed.connect(self._show_objects)
        controller.board.changed.connect(self._show_status)
        self.journals.changed.connect(self._recovery.show_status)
        self._recovery.go_on.changed.connect(self.journals.go_on)
        self._recovery.start_afresh.changed.connect(self.journals.start_afresh)
        self.journals.publish()
        self._settings.folder_chosen.connect(self._on_folder)
        self._settings.show_folder(controller.objects_folder)
        self._show_images()
        self._show_objects()
        controller.board.publish()

    def _connect_stacks(self) -> None:
        stage, panel = self.stage, self._stacks
        panel.axis_chosen.connect(stage.choose_axis)
        panel.fill.changed.connect(stage.fill)
        panel.barrier.changed.connect(stage.toggle_barrier)
        panel.doubtful.changed.connect(stage.show_doubtful)
        panel.plot.slice_clicked.connect(stage.show_slice)
        panel.interpolate.changed.connect(stage.interpolate)
        panel.everything.changed.connect(stage.find_in_stack)
        panel.carry.changed.connect(stage.carry)
        panel.link.changed.connect(stage.link)
        panel.folder_chosen.connect(stage.tracking.export)
        stage.changed.connect(panel.show_status)
        stage.publish()

    def _close(self) -> None:
        self.journals.close()
        self.series.close()
        self.objects.close()
        self.stage.close()
        self.controller.close()

    def _show_images(self) -> None:
        self._source.show_images(self.controller.image)

    def _show_objects(self) -> None:
        workspace = self.controller.desk.workspace
        chosen = None if workspace is None else workspace.layers.find(Role.OBJECTS)
        self._source.show_objects(chosen)

    def _on_folder(self, folder: Path) -> None:
        self.controller.objects_folder = folder

    def _show_status(self, status: Status) -> None:
        self._source.show_status(status)
        self._progress.show_status(status)
        self._prompting.show_status(status)
        self._settings.show_status(status)
        self._tab.want(status.can_step)
