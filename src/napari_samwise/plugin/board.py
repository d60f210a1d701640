"""What is said to the user: puts the status together and tells when it changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from psygnal import Signal

from napari_samwise.plugin.activity import Activity
from napari_samwise.plugin.desk import Desk
from napari_samwise.plugin.engine import Engine
from napari_samwise.plugin.frame import Frame
from napari_samwise.plugin.labels import describe_labels
from napari_samwise.plugin.modes import current_mode
from napari_samwise.plugin.status import (
    Choice,
    Status,
    describe_intensity,
    describe_part,
    describe_times,
)

if TYPE_CHECKING:
    from napari.components import ViewerModel

    from napari_samwise.plugin.session import Session

_NO_IMAGE = "Open an image to begin: drop a file on the window."
_START = "Click on an object: its mask shows. Press C to keep it."
_CORRECT = "C keeps this mask, Tab shows another; a further click corrects it."
_WAIT = "The mask comes as soon as this plane is encoded."
_SEARCH = "This is a first look; the rest of the object is searched for."


class Board:
    """The present status.

    Parameters
    ----------
    viewer : ViewerModel
        Asked for the selected layer.
    desk : Desk
        Asked which image is annotated.
    engine : Engine
        Asked how the displayed frame was encoded.
    """

    changed = Signal(Status)

    def __init__(self, viewer: ViewerModel, desk: Desk, engine: Engine) -> None:
        self._viewer = viewer
        self._desk = desk
        self._engine = engine
        self._sentence, self._is_error = "", False
        self._is_silent = False
        self.frame: Frame | None = None
        self.activity = Activity()
        self.decode_seconds: float | None = None

    def say(self, sentence: str, *, error: bool = False) -> None:
        """Show a sentence until something else is said; an empty one says what to do next."""
        self._sentence, self._is_error = sentence, error
        self.publish()

    def publish(self) -> None:
        """Tell the present status."""
        if not self._is_silent:
            self.changed.emit(self.status())

    def close(self) -> None:
        """Say nothing any more."""
        self._is_silent = True

    def status(self) -> Status:
        """Put the status together."""
        workspace = self._desk.workspace
        if workspace is None:
            return Status(sentence=self._sentence or _NO_IMAGE, is_error=self._is_error)
        session = workspace.session
        encoded = None if self.frame is None else self._engine.encoded(self.frame)
        choice = self._choice(session)
        is_ours = workspace.owns(self._viewer.layers.selection.active)
        return Status(
            sentence=self._sentence or self._guide(session),
            is_error=self._is_error,
            model=session.model,
            detail=describe_times(encoded, self.decode_seconds),
            seen="" if encoded is None else describe_intensity(encoded.intensity),
            activity=self.activity,
            choice=choice,
            mode=current_mode(self._viewer, workspace),
            next_id=session.next_id,
            can_step=is_ours and choice is not None and choice.count > 1,
            can_commit=bool(session.candidates) and not session.pending,
            can_clear=not session.draft.is_empty,
            can_undo=session.history.can_undo,
            can_redo=session.history.can_redo,
            objects_note=describe_labels(session.labels),
        )

    def _choice(self, session: Session) -> Choice | None:
        """Return which candidate is shown on the displayed plane."""
        found = None if self.frame is None else session.candidates.get(self.frame.plane)
        if found is None:
            return None
        return Choice(found.chosen + 1, len(found.found), found.predicted_iou)

    def _guide(self, session: Session) -> str:
        """Say what to do next."""
        if self.activity.part is not None:
            return describe_part(self.activity.part)
        if session.pending and self.activity.frame is not None:
            return _SEARCH if session.candidates else _WAIT
        return _CORRECT if session.candidates else _START
