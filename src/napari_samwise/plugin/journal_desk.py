"""The journals of the images of one viewer."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from psygnal import Signal

from napari_samwise.plugin.desk import Desk
from napari_samwise.plugin.frame import Answer
from napari_samwise.plugin.label_folder import new_path
from napari_samwise.plugin.labels import new_labels, widen
from napari_samwise.plugin.pipeline import Pipeline
from napari_samwise.plugin.recording import JournalStatus, Recording
from napari_samwise.plugin.recovery import Found, look_for_journal
from napari_samwise.plugin.view import ImageSource
from napari_samwise.plugin.worker import Slot, Ticket


class JournalDesk:
    """Records what is done to every image that is annotated.

    Parameters
    ----------
    desk : Desk
        Which image that is.
    pipeline : Pipeline
        Tells the answers; whoever hands them to sessions has connected to it before.
    slot : Slot
        Where images are identified, and journals read.
    folder : callable
        Gives the folder for objects too large for memory.
    """

    changed = Signal(JournalStatus)
    """What is to be said of the journal of the annotated image."""

    def __init__(
        self, desk: Desk, pipeline: Pipeline, slot: Slot, folder: Callable[[], Path]
    ) -> None:
        self._desk = desk
        self._pipeline = pipeline
        self._slot = slot
        self._folder = folder
        self._recordings: list[Recording] = []
        self._waiting: list[Recording] = []
        desk.workspace_changed.connect(self._on_workspace)
        desk.source_retired.connect(self._on_retired)
        pipeline.answered.connect(self._on_answer)
        self._on_workspace()

    @property
    def current(self) -> Recording | None:
        """The recording of the image that is annotated."""
        workspace = self._desk.workspace
        session = None if workspace is None else workspace.session
        return next((each for each in self._recordings if each.session is session), None)

    def go_on(self) -> None:
        """Take the earlier work on the image up."""
        if self.current is not None:
            self.current.go_on()

    def start_afresh(self) -> None:
        """Keep the earlier work under another name, and begin anew."""
        if self.current is not None:
            self.current.start_afresh()

    def publish(self) -> None:
        """Tell the present status."""
        self.changed.emit(JournalStatus() if self.current is None else self.current.status)

    def close(self) -> None:
        """Record no more."""
        self._desk.workspace_changed.disconnect(self._on_workspace)
        self._desk.source_retired.disconnect(self._on_retired)
        self._pipeline.answered.disconnect(self._on_answer)
        self._slot.close()
        self._waiting.clear()
        for recording in self._recordings:
            # Who would show what is said now may be gone.
            recording.changed.disconnect(self.publish)
            recording.close()
        self._recordings.clear()

    def _on_workspace(self) -> None:
        workspace = self._desk.workspace
        if workspace is not None and self.current is None:
            recording = Recording(workspace)
            recording.changed.connect(self.publish)
            self._recordings.append(recording)
            self._waiting.append(recording)
            recording.ask_again()
            self._look()
        self.publish()

    def _on_retired(self, source: ImageSource) -> None:
        """Close the journal of an image that is gone, or that has other pixels now."""
        for recording in [each for each in self._recordings if each.source is source]:
            workspace = recording.workspace
            has_new_pixels = self._desk.workspace is workspace and workspace.source is not source
            if has_new_pixels and not recording.is_untouched:
                recording.stop()
                continue
            recording.close()
            self._recordings.remove(recording)
            if recording in self._waiting:
                self._waiting.remove(recording)
            if has_new_pixels:
                self._on_workspace()

    def _on_answer(self, answer: Answer) -> None:
        encoded = self._pipeline.engine.encoded(answer.frame)
        if self.current is not None and encoded is not None:
            self.current.recorder.answered(answer, encoded)

    def _look(self) -> None:
        """Look for the journal of an image, in the slot's thread."""
        if not self._waiting or self._slot.busy:
            return
        recording = self._waiting.pop(0)
        workspace, session = recording.workspace, recording.session
        name, scale = workspace.image.name, workspace.image.scale
        shape, kind, path = session.shape, session.labels, new_path(self._folder(), name)

        def make_labels(highest: int) -> Any:
            is_plain = type(kind) is np.ndarray
            blank = np.zeros(shape, kind.dtype) if is_plain else new_labels(shape, path, scale)
            return widen(blank, highest)

        def work(ticket: Ticket) -> Found:
            return look_for_journal(recording.source, name, recording.file, make_labels)

        self._slot.start(work, partial(self._on_looked, recording))

    def _on_looked(self, recording: Recording, future: Future[Any]) -> None:
        if recording in self._recordings:
            error = future.exception()
            if error is None:
                recording.take(future.result())
            else:
                recording.stop(f"What you do here is not recorded: {error}")
        self._look()
