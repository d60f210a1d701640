"""What the panel of objects asks for: to show, delete, merge, save and measure them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from psygnal import Signal

from napari_samwise.errors import InputError
from napari_samwise.geometry.roi import Roi
from napari_samwise.io.export import check_export_path
from napari_samwise.io.objects_file import objects_stem
from napari_samwise.journal.identity import plain_name
from napari_samwise.plugin.board import Board
from napari_samwise.plugin.counted import counted
from napari_samwise.plugin.desk import Desk
from napari_samwise.plugin.label_patch import box_of
from napari_samwise.plugin.layer_files import (
    image_file,
    labels_file,
    snapshot,
    write_objects,
)
from napari_samwise.plugin.object_edits import boxes_of, relabel_objects
from napari_samwise.plugin.object_pixels import Pixels, find_pixels, px_to_read
from napari_samwise.plugin.objects_view import show_object
from napari_samwise.plugin.segmented_object import SegmentedObject
from napari_samwise.plugin.session import Session
from napari_samwise.plugin.source_file import file_of
from napari_samwise.plugin.stacks.bench import Bench, Post
from napari_samwise.plugin.worker import Ticket
from napari_samwise.plugin.workspace import Workspace

if TYPE_CHECKING:
    from napari.components import ViewerModel

_AT_ONCE_PX = 2**24
"""What is read without a thread: nobody notices."""


class ObjectsDesk:
    """The objects of the annotated image.

    Parameters
    ----------
    viewer : ViewerModel
        Where they are shown.
    desk : Desk
        Which image is annotated.
    board : Board
        Says what happened.
    bench : Bench
        Where long jobs are done.
    """

    changed = Signal()
    """There are other objects."""
    picked = Signal(int)
    """A label was chosen in the viewer, of an object or not."""

    def __init__(self, viewer: ViewerModel, desk: Desk, board: Board, bench: Bench) -> None:
        self._viewer = viewer
        self._desk = desk
        self._board = board
        self._bench = bench
        self._bound: Session | None = None
        self._picking: Workspace | None = None
        desk.workspace_changed.connect(self._on_workspace)
        self._on_workspace()

    @property
    def objects(self) -> Mapping[int, SegmentedObject]:
        """Id -> what is known of it."""
        return {} if self._bound is None else self._bound.objects

    @property
    def proposed_path(self) -> str:
        """Where a file of these objects may lie, without a suffix: beside the image."""
        workspace = self._desk.workspace
        if workspace is None:
            return "objects"
        source = file_of(workspace.image)
        if source is not None:
            return str(source.with_name(f"{objects_stem(source)}-objects"))
        return f"{plain_name(workspace.image.name)}-objects"

    def color(self, label: int) -> tuple[float, float, float, float] | None:
        """Return the red, green, blue and alpha, 0 to 1, in which an object is shown."""
        workspace = self._desk.workspace
        found = None if workspace is None else workspace.layers.objects.get_color(label)
        return None if found is None else (*map(float, found),)  # type: ignore[return-value]

    def close(self) -> None:
        """Unbind everything, and tell nothing: who would show it may be gone."""
        self._desk.workspace_changed.disconnect(self._on_workspace)
        self._listen(None)
        self._bind(None)

    def show(self, label: int) -> None:
        """Select an object's label and move the viewer to it."""
        workspace = self._desk.workspace
        if workspace is None or label not in workspace.session.objects:
            return
        workspace.layers.objects.selected_label = label
        box = workspace.session.objects[label].box
        if box is not None:
            self._move_to(workspace, box)
            return

        def move(found: Pixels) -> None:
            place = box_of(found)
            if place is not None:
                self._move_to(workspace, place)

        self._with_pixels(workspace.session, [label], move)

    def delete(self, labels: Sequence[int]) -> None:
        """Remove objects and all their pixels; one step of undo."""
        self._relabel(labels, 0, f"{counted(len(labels))} deleted")

    def merge(self, labels: Sequence[int]) -> None:
        """Make one object of several; the lowest id stays; one step of undo."""
        if len(labels) < 2:
            self._board.say("Select two objects or more to merge them.", error=True)
        else:
            first = min(labels)
            self._relabel(labels, first, f"{counted(len(labels))} merged into {first}")

    def save(self, path: Path) -> None:
        """Write objects in the format that the suffix of a path says; in a worker."""
        workspace = self._desk.workspace
        if workspace is None:
            self._board.say("There are no objects to save; open an image first.", error=True)
            return
        try:
            check_export_path(path)
        except InputError as error:
            self._board.say(str(error), error=True)
            return
        source, image = file_of(workspace.image), image_file(workspace.image)
        labels = labels_file(workspace.layers.objects, snapshot(workspace.session.labels))

        def work(ticket: Ticket, post: Post) -> str:
            return write_objects(path, labels, image, source)

        self._bench.run("Saving", work, done=self._board.say)

    def _relabel(self, labels: Sequence[int], label: int, told: str) -> None:
        session = self._bound
        if session is None or not labels:
            return
        known, newest = session.labels, session.history.newest
        gone = [each for each in labels if each != label]

        def change(found: Pixels) -> None:
            if session.labels is not known or session.history.newest is not newest:
                self._board.say("Something was done since; select the objects again.", error=True)
                return
            try:
                relabel_objects(session, gone, label, found)
            except (InputError, OSError) as error:
                self._board.say(str(error), error=True)
            else:
                self._board.say(f"{told}; undo takes it back.")

        self._with_pixels(session, gone, change)

    def _with_pixels(
        self, session: Session, labels: Sequence[int], act: Callable[[Pixels], None]
    ) -> None:
        """Look for objects, where that takes long in a worker, and go on with their pixels."""
        array, boxes = session.labels, boxes_of(session.objects, labels)
        if px_to_read(session.shape, boxes.values()) <= _AT_ONCE_PX:
            act(find_pixels(array, boxes))
            return

        def work(ticket: Ticket, post: Post) -> Pixels:
            return find_pixels(array, boxes, ticket.should_stop)

        self._bench.run("Looking for the objects", work, done=act)

    def _move_to(self, workspace: Workspace, box: Roi) -> None:
        layer = workspace.layers.objects
        if layer in self._viewer.layers:
            show_object(self._viewer, layer, box)

    def _on_workspace(self) -> None:
        workspace = self._desk.workspace
        self._listen(workspace)
        self._bind(None if workspace is None else workspace.session)
        self.changed.emit()

    def _listen(self, workspace: Workspace | None) -> None:
        """Hear what is picked in another image's objects."""
        if self._picking is not None:
            self._picking.picked.disconnect(self.picked.emit)
        self._picking = workspace
        if workspace is not None:
            workspace.picked.connect(self.picked.emit)

    def _bind(self, session: Session | None) -> None:
        if self._bound is not None:
            self._bound.objects_changed.disconnect(self.changed.emit)
            self._bound.painted.disconnect(self.changed.emit)
        self._bound = session
        if session is not None:
            session.objects_changed.connect(self.changed.emit)
            session.painted.connect(self.changed.emit)
