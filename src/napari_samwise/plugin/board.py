"""What is said to the user: puts the status together and tells when it changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from psygnal import Signal

from napari_samwise.plugin.activity import Activity
from napari_samwise.plugin.answers import PENDING
from napari_samwise.plugin.desk import Desk
from napari_samwise.plugin.engine import Engine
from napari_samwise.plugin.frame import Frame
from napari_samwise.plugin.guide import NO_IMAGE, SEARCH, WAIT, covered, next_step
from napari_samwise.plugin.images import covering_image
from napari_samwise.plugin.labels import describe_labels
from napari_samwise.plugin.modes import current_mode
from napari_samwise.plugin.own_layers import OwnLayers
from napari_samwise.plugin.status import (
    Choice,
    Mode,
    Status,
    describe_intensity,
    describe_part,
    describe_times,
)

if TYPE_CHECKING:
    from napari.components import ViewerModel
    from napari.layers import Image, Layer

    from napari_samwise.plugin.session import Session
    from napari_samwise.plugin.workspace import Workspace


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
        self.obstacle = ""
        self._cover: Image | None = None
        self.frame: Frame | None = None
        self.activity = Activity()
        self.decode_seconds: float | None = None
        self.meanwhile = ""
        # napari's own tools change what a click does.
        self._modes = OwnLayers(desk, self._listen, self._ignore)

    def say(self, sentence: str, *, error: bool = False) -> None:
        """Show a sentence until something else is said; an empty one says what to do next."""
        self._sentence, self._is_error = sentence, error
        self.publish()

    def fade(self) -> None:
        """Say what to do next, unless something went wrong."""
        if not self._is_error:
            self._sentence = ""
        self.publish()

    def publish(self) -> None:
        """Tell the present status."""
        workspace = self._desk.workspace
        if self._sentence == PENDING and workspace is not None and not workspace.session.pending:
            # The mask has come.
            self._sentence, self._is_error = "", False
        if not self._is_silent:
            self.changed.emit(self.status())

    def close(self) -> None:
        """Say nothing any more."""
        self._is_silent = True
        self._watch(None)
        self._modes.close()

    def status(self) -> Status:
        """Put the status together."""
        workspace = self._desk.workspace
        if workspace is None:
            return Status(sentence=self._sentence or NO_IMAGE, is_error=self._is_error)
        session = workspace.session
        encoded = None if self.frame is None else self._engine.encoded(self.frame)
        choice = self._choice(session)
        is_ours = workspace.owns(self._viewer.layers.selection.active)
        mode = current_mode(self._viewer, workspace)
        return Status(
            sentence=self._sentence or self._guide(workspace, mode),
            is_error=self._is_error if self._sentence else bool(self.obstacle),
            model=session.model,
            detail=describe_times(encoded, self.decode_seconds),
            seen="" if encoded is None else describe_intensity(encoded.intensity),
            activity=self.activity,
            choice=choice,
            mode=mode,
            next_id=session.next_id,
            can_step=is_ours and choice is not None and choice.count > 1,
            can_commit=bool(session.candidates) and not session.pending,
            can_clear=not session.draft.is_empty,
            can_undo=session.history.can_undo,
            can_redo=session.history.can_redo,
            objects_note=describe_labels(session.labels),
        )

    def _listen(self, layer: Layer) -> None:
        layer.events.mode.connect(self._on_mode)

    def _ignore(self, layer: Layer) -> None:
        layer.events.mode.disconnect(self._on_mode)

    def _watch(self, cover: Image | None) -> None:
        """Hear of it when an image that covers the annotated one is hidden."""
        if cover is self._cover:
            return
        if self._cover is not None:
            self._cover.events.visible.disconnect(self._on_mode)
        if cover is not None:
            cover.events.visible.connect(self._on_mode)
        self._cover = cover

    def _on_mode(self, event: Any) -> None:
        self.publish()

    def _choice(self, session: Session) -> Choice | None:
        """Return which candidate is shown on the displayed plane."""
        found = None if self.frame is None else session.candidates.get(self.frame.plane)
        if found is None:
            return None
        return Choice(found.chosen + 1, len(found.found), found.predicted_iou)

    def _guide(self, workspace: Workspace, mode: Mode) -> str:
        """Say what to do next."""
        session = workspace.session
        if self.obstacle:
            return self.obstacle
        if self.meanwhile:
            return self.meanwhile
        if self.activity.part is not None:
            return describe_part(self.activity.part)
        if session.pending and self.activity.frame is not None:
            return SEARCH if session.candidates else WAIT
        cover = covering_image(self._viewer, workspace.image, workspace.layers.preview)
        self._watch(cover)
        if cover is not None:
            return covered(cover.name, workspace.image.name)
        role = workspace.layers.role_of(self._viewer.layers.selection.active)
        return next_step(mode, role, has_mask=bool(session.candidates))
