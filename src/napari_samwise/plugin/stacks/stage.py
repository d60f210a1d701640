"""Everything mode, filling and tracking of one viewer, and what the panel shows of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from psygnal import Signal

from napari_samwise.plugin.controller import Controller
from napari_samwise.plugin.desk import Defer
from napari_samwise.plugin.engine import Engine
from napari_samwise.plugin.keys import KeyAction, KeyMap
from napari_samwise.plugin.own_layers import OwnLayers
from napari_samwise.plugin.plane import Plane
from napari_samwise.plugin.stacks.bench import Bench, Relay
from napari_samwise.plugin.stacks.everything import EverythingDesk
from napari_samwise.plugin.stacks.fill import FillDesk
from napari_samwise.plugin.stacks.scene import show_slice
from napari_samwise.plugin.stacks.tracking import TrackingDesk
from napari_samwise.plugin.stacks.way import Way, axis_names
from napari_samwise.plugin.worker import Slot

if TYPE_CHECKING:
    from napari.components import ViewerModel


@dataclass(frozen=True, slots=True)
class StackStatus:
    """What the panel shows.

    Parameters
    ----------
    axes : tuple of (int, str)
        The axes that may be gone along, with their names.
    along : int, optional
        The one that is.
    count : int
        Number of its slices.
    current : int, optional
        The displayed one.
    confidence : mapping of int to float
        Slice -> 0 to 1, where the object in work was found.
    given, barriers : frozenset of int
        Slices that the user has prompted or painted, and that the object does not enter.
    has_tracks : bool
        Whether there is something to export.
    is_flat : bool
        Whether the image has no such axis.
    """

    axes: tuple[tuple[int, str], ...] = ()
    along: int | None = None
    count: int = 0
    current: int | None = None
    confidence: Mapping[int, float] = field(default_factory=dict)
    given: frozenset[int] = frozenset()
    barriers: frozenset[int] = frozenset()
    has_tracks: bool = False
    is_flat: bool = False


class Stage:
    """What goes beyond clicks on one plane.

    Parameters
    ----------
    viewer : ViewerModel
        The viewer.
    controller : Controller
        The annotation of its images.
    engine : Engine
        Has the model.
    slot : Slot
        Where long jobs run, one at a time.
    relay : Relay
        Brings their pieces to the thread of the window.
    defer : callable
        Runs a function a little later in that thread.
    """

    changed = Signal(StackStatus)

    def __init__(
        self,
        viewer: ViewerModel,
        controller: Controller,
        engine: Engine,
        slot: Slot,
        relay: Relay,
        defer: Defer,
    ) -> None:
        self._viewer = viewer
        self._desk, self._board = controller.desk, controller.board
        self.bench = Bench(slot, relay, lambda text, error: self._board.say(text, error=error))
        common = (self._desk, self._board, engine, self.bench)
        self.everything = EverythingDesk(*common)
        self.filling = FillDesk(*common, defer)
        self.tracking = TrackingDesk(viewer, *common)
        self.keys = KeyMap((KeyAction("N", "N", "next doubtful slice", self.show_doubtful),))
        self._bound = OwnLayers(self._desk, self.keys.bind, self.keys.unbind)
        self._along: int | None = None
        self._is_closed = False
        self._desk.workspace_changed.connect(self.publish)
        self._board.changed.connect(self._on_board)
        self.bench.changed.connect(self._on_bench)
        self.filling.changed.connect(self.publish)
        self.tracking.changed.connect(self.publish)

    @property
    def way(self) -> Way | None:
        """The slices that are gone through, None for a flat image."""
        plane = self._plane
        if plane is None or not plane.hidden:
            return None
        along = self._along if self._along in plane.hidden else plane.hidden[-1]
        return Way(plane, plane.hidden[-1] if along is None else along)

    def status(self) -> StackStatus:
        """Return what is to be shown."""
        plane, way, workspace = self._plane, self.way, self._desk.workspace
        if plane is None or way is None or workspace is None:
            # In 3-D there is no plane, and so no slices, of any image.
            return StackStatus(is_flat=plane is not None)
        names = axis_names([str(label) for label in workspace.image.axis_labels])
        filled = self.filling.filled
        is_here = filled is not None and filled.way.is_same(way)
        return StackStatus(
            axes=tuple((axis, names[axis]) for axis in plane.hidden),
            along=way.along,
            count=way.count(workspace.source.shape),
            current=way.index_of(plane),
            confidence=filled.confidence if filled is not None and is_here else {},
            given=frozenset(filled.given) if filled is not None and is_here else frozenset(),
            barriers=self.filling.barriers,
            has_tracks=self.tracking.tracks is not None,
        )

    def publish(self) -> None:
        """Tell the present status."""
        if not self._is_closed:
            self.changed.emit(self.status())

    def choose_axis(self, axis: int) -> None:
        """Go along another axis from now on."""
        self._along = axis
        self.publish()

    def fill(self) -> None:
        """Carry the object in work through all slices."""
        self._with_way(self.filling.fill)

    def interpolate(self) -> None:
        """Fill between slices by shape."""
        self._with_way(self.filling.interpolate)

    def toggle_barrier(self) -> None:
        """Set or remove a barrier at the displayed slice."""
        self._with_way(self.filling.toggle_barrier)

    def find_in_stack(self) -> None:
        """Find everything on all slices and link it."""
        self._with_way(self.everything.start_stack)

    def carry(self) -> None:
        """Follow the objects of the displayed frame in time."""
        self._with_way(self.tracking.carry)

    def link(self) -> None:
        """Link the objects of all frames."""
        self._with_way(self.tracking.link)

    def show_doubtful(self) -> None:
        """Go to the next slice worth a look."""
        way = self.way
        at = None if way is None else way.index_of(self._plane)
        index = self.filling.next_doubtful(-1 if at is None else at)
        if index is not None:
            self.show_slice(index)
        # Only now: another plane says what a click does there.
        self.filling.describe_doubt(index)

    def show_slice(self, index: int) -> None:
        """Go to a slice."""
        workspace, way = self._desk.workspace, self.way
        if workspace is not None and way is not None:
            show_slice(self._viewer, workspace.image, way.along, index)

    def close(self) -> None:
        """Stop the work and unbind everything."""
        self._is_closed = True
        self.bench.changed.disconnect(self._on_bench)
        self.bench.close()
        self.filling.close()
        self._desk.workspace_changed.disconnect(self.publish)
        self._board.changed.disconnect(self._on_board)
        self._bound.close()

    @property
    def _plane(self) -> Plane | None:
        frame = self._board.frame
        return None if frame is None or self._desk.workspace is None else frame.plane

    def _with_way(self, act: Any) -> None:
        way = self.way
        if way is None:
            self._board.say("This needs a stack, shown in 2D; this image has none.", error=True)
        else:
            act(way)

    def _on_bench(self) -> None:
        if self._board.meanwhile != self.bench.meanwhile:
            self._board.meanwhile = self.bench.meanwhile
            self._board.publish()

    def _on_board(self, status: Any) -> None:
        self.publish()
