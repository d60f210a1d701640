"""Following objects in time, in the window."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from psygnal import Signal

from napari_samwise.errors import InputError
from napari_samwise.plugin.board import Board
from napari_samwise.plugin.counted import counted
from napari_samwise.plugin.desk import Desk
from napari_samwise.plugin.engine import Engine
from napari_samwise.plugin.layer_files import snapshot
from napari_samwise.plugin.layers import TRANSFORM
from napari_samwise.plugin.stacks.bench import Bench, Post
from napari_samwise.plugin.stacks.scene import Scene
from napari_samwise.plugin.stacks.way import Way
from napari_samwise.plugin.worker import Ticket

if TYPE_CHECKING:
    from napari.components import ViewerModel
    from napari.layers import Image, Labels, Layer
    from napari.layers import Tracks as TracksLayer

    from napari_samwise.segment.tracking.tracks import Tracks

_NAME = "Tracking"
_MEANWHILE = "Objects are followed from frame to frame; stop takes away what was found."
_NO_LABELS = "There are no objects to link yet; commit or paint some on the frames first."


class TrackingDesk:
    """Carries labels through time or links them, and shows the tracks.

    Parameters
    ----------
    viewer : ViewerModel
        Where the tracks are shown.
    desk : Desk
        Which image is annotated.
    board : Board
        Says what happens, and knows the displayed plane.
    engine : Engine
        Has the model.
    bench : Bench
        Where the work is done.
    """

    changed = Signal()
    """There are tracks, or others."""

    def __init__(
        self, viewer: ViewerModel, desk: Desk, board: Board, engine: Engine, bench: Bench
    ) -> None:
        self._viewer = viewer
        self._desk = desk
        self._board = board
        self._engine = engine
        self._bench = bench
        self.tracks: Tracks | None = None
        self._latest: _Shown | None = None

    def carry(self, way: Way) -> None:
        """Follow the objects of the displayed frame through all others, by the model."""
        prepared = self._prepare(way)
        if prepared is None:
            return
        scene, image, labels = prepared
        index = way.index_of(scene.frame.plane)
        shown = _Shown(self._viewer, image, way)
        first = 0 if index is None else index

        def work(ticket: Ticket, post: Post) -> Tracks:
            return _carry(scene, way, labels, first, shown.frames, ticket, post)

        def done(tracks: Tracks) -> None:
            self._show(shown, tracks)

        self._bench.run(
            _NAME, work, take=shown.take, done=done, failed=shown.remove, meanwhile=_MEANWHILE
        )

    def link(self, way: Way) -> None:
        """Link the objects of all frames as they are; of volumes, whole ones."""
        prepared = self._prepare(way)
        if prepared is None:
            return
        scene, image, labels = prepared
        shown = _Shown(self._viewer, image, None)

        def work(ticket: Ticket, post: Post) -> Tracks:
            from napari_samwise.segment.tracking.linking import link_labels

            tracks = link_labels(
                labels,
                "TYX" if len(labels.shape) == 3 else "TZYX",
                scale=scene.voxel[1:],
                progress=ticket.report,
                should_stop=ticket.should_stop,
            )
            if not len(tracks.table["id"]):
                raise InputError(_NO_LABELS)
            return tracks

        self._bench.run(_NAME, work, done=partial(self._show, shown))

    def export(self, folder: Path) -> None:
        """Write the tracks as a folder of the Cell Tracking Challenge."""
        tracks = self.tracks
        if tracks is None:
            self._board.say("There are no tracks yet; track objects first.", error=True)
            return

        def work(ticket: Ticket, post: Post) -> None:
            from napari_samwise.io.ctc import write_ctc

            write_ctc(folder, tracks)

        self._bench.run(
            "The export", work, done=lambda nothing: self._board.say(f"Written into {folder}.")
        )

    def _prepare(self, way: Way) -> tuple[Scene, Image, Any] | None:
        """Return what is needed, or say what is missing."""
        workspace = self._desk.workspace
        image = None if workspace is None else workspace.image
        scene = None if image is None else Scene.shown(self._engine, self._board, image)
        if workspace is None or image is None or scene is None:
            self._board.say("Open an image and show one of its planes first.", error=True)
        elif way.along != 0:
            self._board.say(
                "Time must be the first axis of the image, as napari's tracks want it.", error=True
            )
        elif len(workspace.source.shape) > 4:
            self._board.say(
                f"Tracks have up to four axes, T, Z, Y and X; the image has "
                f"{len(workspace.source.shape)}.",
                error=True,
            )
        else:
            return scene, image, snapshot(workspace.session.labels)
        return None

    def _show(self, shown: _Shown, tracks: Tracks) -> None:
        if shown.image not in self._viewer.layers:
            return
        try:
            count = shown.finish(tracks)
        except (InputError, ValueError) as error:
            self._board.say(f"The tracks cannot be shown ({error}).", error=True)
            return
        if self._latest is not None:
            # Not removed: somebody may have painted into them.
            self._latest.hide()
        self.tracks, self._latest = tracks, shown
        divisions = len({parent for parents in tracks.graph.values() for parent in parents})
        found = f"{counted(count, 'track')}, {counted(divisions, 'division')}"
        self._board.say(f"{found}, in two new layers.")
        self.changed.emit()


def _carry(
    scene: Scene,
    way: Way,
    labels: Any,
    index: int,
    out: NDArray[np.int32],
    ticket: Ticket,
    post: Post,
) -> Tracks:
    """Follow what the labels of one frame name; write each frame as it is found, and post that."""
    from napari_samwise.segment.tracking.options import TrackingOptions
    from napari_samwise.segment.tracking.regions import read_regions
    from napari_samwise.segment.tracking.starts import Starts
    from napari_samwise.segment.tracking.track import track

    source = scene.frame.source
    given = read_regions(way.substack(labels), (index,))
    if not given:
        raise InputError(
            "There is no object on the displayed frame; commit or paint some, or link the labels "
            "of all frames."
        )
    seen = scene.open(ticket)
    return track(
        way.levels([source.data, *source.coarser]),
        Starts({index: given}),
        seen.predictor,
        "TYXC" if source.rgb else "TYX",
        intensity=seen.intensity,
        options=TrackingOptions(backward=index > 0),
        out=out,
        progress=lambda done, total: _tell(ticket, post, done, total),
        should_stop=ticket.should_stop,
    )


def _tell(ticket: Ticket, post: Post, done: int, total: int) -> None:
    post(done)
    ticket.report(done, total)


class _Shown:
    """The two layers of tracks; the user may delete them at any time.

    Parameters
    ----------
    viewer : ViewerModel
        Where they are shown.
    image : Image
        Whose transform they take.
    way : Way, optional
        The frames, if they are single planes.
    """

    def __init__(self, viewer: ViewerModel, image: Image, way: Way | None) -> None:
        self._viewer = viewer
        self.image = image
        self._way = way
        self._layer: Labels | None = None
        self._tracks: TracksLayer | None = None
        self._found = np.zeros(() if way is None else self._shape(), dtype=np.int32)

    @property
    def frames(self) -> NDArray[np.int32]:
        """`(T, Y, X)` the single planes; what is written into them is shown."""
        way = self._way
        if way is None:
            return self._found
        still = dict(zip(way.plane.hidden, way.plane.position, strict=True))
        del still[way.along]
        return self._found[tuple(still.get(n, slice(None)) for n in range(self._found.ndim))]

    def take(self, done: int) -> None:
        """Show what was written so far."""
        if self._layer is None:
            self._layer = self._add_labels(self._found)
        self._layer.refresh(highlight=False, extent=False)

    def remove(self) -> None:
        """Take away what there is of tracks that will not be finished."""
        if self._layer is not None and self._layer in self._viewer.layers:
            self._viewer.layers.remove(self._layer)

    def hide(self) -> None:
        """Show others in their place."""
        for layer in (self._layer, self._tracks):
            if layer is not None:
                layer.visible = False

    def finish(self, tracks: Tracks) -> int:
        """Show the tracks; return how many there are."""
        from napari.layers import Tracks as TracksLayer

        data, graph = tracks.to_napari()
        labels = tracks.labels if self._way is None else self._found
        if self._way is not None:
            data = self._embed(data, self._way)
        if self._layer is not None and self._layer in self._viewer.layers:
            self._layer.data = labels
        else:
            self._layer = self._add_labels(labels)
        count = len(np.unique(data[:, 0]))
        if count:
            self._tracks = TracksLayer(data, graph=graph, name="tracks", **self._transform())
            self._add(self._tracks)
        return count

    def _embed(self, data: NDArray[np.float64], way: Way) -> NDArray[np.float64]:
        """Give the rows of planes in time the coordinates at which these planes stand still."""
        rows = [data[:, 0], *[np.empty(0)] * self._found.ndim]
        fixed = dict(zip(way.plane.hidden, way.plane.position, strict=True))
        moving = iter(data[:, 1:].T)
        for axis in range(self._found.ndim):
            is_fixed = axis in fixed and axis != way.along
            rows[axis + 1] = np.full(len(data), fixed[axis]) if is_fixed else next(moving)
        return np.stack(rows, axis=1)

    def _shape(self) -> tuple[int, ...]:
        data = self.image.data[0] if self.image.multiscale else self.image.data
        return tuple(int(n) for n in data.shape[: self.image.ndim])

    def _transform(self) -> dict[str, Any]:
        return {name: getattr(self.image, name) for name in TRANSFORM}

    def _add_labels(self, data: NDArray[np.int32]) -> Labels:
        from napari.layers import Labels

        layer = Labels(data, name="tracked objects", **self._transform())
        self._add(layer)
        return layer

    def _add(self, layer: Layer) -> None:
        """Add a layer and leave selected what is, so that clicks go where they went."""
        active = self._viewer.layers.selection.active
        self._viewer.add_layer(layer)
        if active is not None:
            self._viewer.layers.selection.active = active
