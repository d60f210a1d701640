"""The images of a folder, one after the other; none is left before its objects are saved."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from concurrent.futures import Future
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from psygnal import Signal

from napari_samwise.errors import InputError
from napari_samwise.io.series import Worklist
from napari_samwise.plugin.activity import describe_failure
from napari_samwise.plugin.controller import Controller
from napari_samwise.plugin.keys import KeyAction, KeyMap
from napari_samwise.plugin.label_folder import default_folder
from napari_samwise.plugin.own_layers import OwnLayers
from napari_samwise.plugin.series.ahead import Ahead, Target
from napari_samwise.plugin.series.keeper import Saved
from napari_samwise.plugin.series.opened import Opened, open_image
from napari_samwise.plugin.series.shown import Shown
from napari_samwise.plugin.stacks.bench import Bench
from napari_samwise.plugin.worker import Slot, Ticket

if TYPE_CHECKING:
    from napari.components import ViewerModel

_log = logging.getLogger(__name__)
_IN_WORK = (
    "The mask in work is not kept yet: press C to keep it or Shift+C to clear it, then go on."
)


@dataclass(frozen=True, slots=True)
class SeriesStatus:
    """What the panel shows.

    Parameters
    ----------
    folder : Path, optional
        The one that is open.
    names : tuple of str
        Of its images.
    done : tuple of bool
        Which of them are done.
    at : int, optional
        The one in the viewer.
    busy : bool
        Whether one is being saved or opened.
    """

    folder: Path | None = None
    names: tuple[str, ...] = ()
    done: tuple[bool, ...] = ()
    at: int | None = None
    busy: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class _Step:
    """What is on its way: where to, and whether the present image is done with it."""

    to: int | None
    done: bool = False


@dataclass(frozen=True, slots=True)
class _Refusal:
    """Why an image cannot be opened."""

    sentence: str


class Series:
    """Goes through the images of a folder.

    Parameters
    ----------
    viewer : ViewerModel
        Where they are shown, one at a time.
    controller : Controller
        The annotation of its images.
    bench : Bench
        No image is left while it works on one.
    ahead : Ahead
        Prepares the next image.
    slot : Slot
        Where objects are saved and images are read.
    """

    changed = Signal(SeriesStatus)

    def __init__(
        self, viewer: ViewerModel, controller: Controller, bench: Bench, ahead: Ahead, slot: Slot
    ) -> None:
        self._viewer = viewer
        self._controller = controller
        self._board = controller.board
        self._bench, self._ahead, self._slot = bench, ahead, slot
        self._worklist: Worklist | None = None
        self._at: int | None = None
        self._shown: Shown | None = None
        self._unreadable: set[Path] = set()
        self._is_closed = False
        self.keys = KeyMap(
            (
                KeyAction("PageDown", "Page Down", "next image of the folder", self.next),
                KeyAction("PageUp", "Page Up", "previous image", self.previous),
                KeyAction("Shift-PageDown", "Shift+Page Down", "done, and next", self.finish),
            )
        )
        self._bound = OwnLayers(controller.desk, self.keys.bind, self.keys.unbind)
        self._board.changed.connect(self._look_ahead)

    def status(self) -> SeriesStatus:
        """Return what is to be shown."""
        work = self._worklist
        if work is None:
            return SeriesStatus(busy=self._slot.busy)
        names = tuple(path.name for path in work.images)
        done = tuple(work.is_done(path) for path in work.images)
        return SeriesStatus(work.folder, names, done, self._at, self._slot.busy)

    def open(self, folder: Path) -> None:
        """Go through the images of a folder, from the first that is not done."""
        if self._must_stay():
            return
        try:
            work = Worklist(folder, default_folder().with_name("series"))
        except InputError as error:
            self._board.say(str(error), error=True)
            return
        self._unreadable = set()
        open_ones = [i for i, path in enumerate(work.images) if not work.is_done(path)]
        self._start(_Step(open_ones[0] if open_ones else 0), work)

    def next(self) -> None:
        """Save, and open the next image."""
        self._step(1)

    def previous(self) -> None:
        """Save, and open the image before."""
        self._step(-1)

    def go_to(self, index: int) -> None:
        """Save, and open another image of the folder."""
        work = self._worklist
        if work is not None and index != self._at and not self._must_stay():
            self._start(_Step(index), work)
        else:
            self.publish()

    def finish(self) -> None:
        """Save, mark the image as done, and open the next that is not."""
        work, at = self._worklist, self._at
        if work is None or at is None or self._must_stay():
            return
        count = len(work.images)
        others = (i % count for i in range(at + 1, at + count))
        left = self._find_readable(i for i in others if not work.is_done(work.images[i]))
        self._start(_Step(left, done=self._find_readable([at]) is not None), work)

    def mark(self, index: int, done: bool) -> None:
        """Mark an image as done, or as not done."""
        if self._worklist is not None:
            try:
                self._worklist.mark(self._worklist.images[index], done=done)
            except InputError as error:
                self._board.say(str(error), error=True)
        self.publish()

    def publish(self) -> None:
        """Tell the present status."""
        if not self._is_closed:
            self.changed.emit(self.status())
            self._look_ahead()

    def close(self) -> None:
        """Save, and stop."""
        self._is_closed = True
        self._board.changed.disconnect(self._look_ahead)
        self._slot.close()
        self._ahead.close()
        self._bound.close()
        shown, self._shown = self._shown, None
        if shown is None:
            return
        shown.leave()
        if shown.keeper is not None:
            session = shown.keeper.session
            try:
                shown.saved.write(session.labels, session.objects)
            except InputError as error:
                _log.error("The objects of %s are not saved: %s", shown.opened.path, error)

    def _step(self, by: int) -> None:
        work, at = self._worklist, self._at
        if work is None or at is None:
            self._board.say("Choose a folder of images first.", error=True)
            return
        ways = range(at + by, len(work.images) if by > 0 else -1, by)
        found = self._find_readable(ways)
        if found is not None:
            self.go_to(found)
        else:
            which = "last" if by > 0 else "first"
            self._board.say(f"This is the {which} image of the folder.")

    def _find_readable(self, indices: Iterable[int]) -> int | None:
        """Return the first image that was not found to be unreadable."""
        if self._worklist is None:
            return None
        images = self._worklist.images
        return next((i for i in indices if images[i] not in self._unreadable), None)

    def _must_stay(self) -> bool:
        """Tell whether the present image cannot be left now, and say why."""
        if self._slot.busy or self._bench.is_refused():
            return True
        shown = self._shown
        keeper = None if shown is None else shown.keeper
        # Of an image that was removed nothing is in work: no key could keep or clear it.
        is_there = shown is not None and any(i in self._viewer.layers for i in shown.images)
        if keeper is not None and is_there and not keeper.session.draft.is_empty:
            self._board.say(_IN_WORK, error=True)
            return True
        return False

    def _start(self, step: _Step, work: Worklist) -> None:
        """Save what is shown and read what shall be shown, in a worker."""
        shown = self._shown
        keeper = None if shown is None else shown.keeper
        version = 0 if keeper is None else keeper.version
        labels = None if keeper is None else keeper.session.labels
        objects = {} if keeper is None else dict(keeper.session.objects)
        path = None if step.to is None else work.images[step.to]

        def job(ticket: Ticket) -> tuple[Opened, Saved] | _Refusal | None:
            if shown is not None and labels is not None:
                shown.saved.write(labels, objects)
            return None if path is None else self._read(path, work)

        def finish(future: Future[Any]) -> None:
            error = future.exception()
            if error is not None:
                self._board.say(describe_failure(error, "Saving"), error=True)
            elif keeper is not None and keeper.version != version and not self._must_stay():
                # Changed while it was saved.
                self._start(step, work)
            elif not self._must_stay():
                self._arrive(step, work, future.result())
            self.publish()

        self._board.say("" if path is None else f"Opening {path.name}\N{HORIZONTAL ELLIPSIS}")
        self._slot.start(job, finish)
        self.publish()

    def _read(self, path: Path, work: Worklist) -> tuple[Opened, Saved] | _Refusal:
        try:
            opened = self._ahead.take(path) or open_image(path)
            return opened, Saved(opened, work)
        except InputError as error:
            return _Refusal(str(error))
        except (OSError, ValueError, MemoryError) as error:
            return _Refusal(describe_failure(error, f"Opening {path.name}"))

    def _arrive(self, step: _Step, work: Worklist, found: Any) -> None:
        """Take what the worker has brought."""
        if step.done and self._at is not None:
            self.mark(self._at, True)
        if step.to is None:
            self._board.say("Every image of the folder is done.")
        elif isinstance(found, _Refusal):
            self._unreadable.add(work.images[step.to])
            self._board.say(f"{found.sentence} Next goes past it.", error=True)
            if work is not self._worklist:
                self._worklist, self._at = work, step.to
        else:
            self._worklist, self._at = work, step.to
            self._unreadable.discard(work.images[step.to])
            self._show(*found)

    def _show(self, opened: Opened, saved: Saved) -> None:
        """Put an image into the viewer in place of the one before."""
        before = self._shown
        channel = 0 if before is None else before.channel
        if before is not None:
            before.leave()
        with _at_once(self._viewer):
            self._shown = Shown(self._viewer, self._controller, opened, saved, channel)
            if before is not None:
                before.remove()
                self._shown.name_objects()
        if before is None or before.view != self._shown.view:
            self._viewer.reset_view()

    def _look_ahead(self, status: Any = None) -> None:
        """Have the next image prepared as soon as there is nothing else to do."""
        target, frame = self._next_target(), self._board.frame
        is_idle = frame is not None and self._ahead.has_seen(frame) and self._is_idle()
        self._ahead.want(target, idle=is_idle)

    def _next_target(self) -> Target | None:
        work, at, shown, frame = self._worklist, self._at, self._shown, self._board.frame
        if work is None or at is None or frame is None or shown is None:
            return None
        index = self._find_readable(range(at + 1, len(work.images)))
        # What the layer's contrast limits will be is not known yet.
        if index is None or frame.intensity.limits is not None:
            return None
        path = work.images[index]
        return Target(path, shown.channel, frame.model, frame.intensity, frame.plane)

    def _is_idle(self) -> bool:
        workspace = self._controller.desk.workspace
        is_working = self._slot.busy or self._bench.busy or self._board.activity.frame is not None
        return not is_working and workspace is not None and not workspace.session.pending


def _at_once(viewer: ViewerModel) -> AbstractContextManager[Any]:
    """Let the canvas clean up once for all layers, where napari can: it takes long each time."""
    batched = getattr(viewer.layers, "batched_update", None)
    return nullcontext() if batched is None else batched()
