"""Where long jobs are done: one at a time, piece by piece, stoppable."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, Protocol

from psygnal import Signal
from qtpy.QtCore import QObject, Qt
from qtpy.QtCore import Signal as QtSignal

from napari_samwise.errors import Cancelled
from napari_samwise.plugin.activity import describe_failure
from napari_samwise.plugin.worker import Slot, Ticket

Post = Callable[[Any], None]
Work = Callable[[Ticket, Post], Any]


class Relay(Protocol):
    """Hands pieces of a job's result to the thread of the window."""

    receive: Callable[[Any], None]

    def post(self, piece: Any) -> None:
        """Hand a piece over; called from the job's thread."""


class QtRelay(QObject):
    """A :class:`Relay` by Qt's event loop; pieces arrive in order, before the job's outcome."""

    _posted = QtSignal(object)

    def __init__(self) -> None:
        super().__init__()
        self.receive: Callable[[Any], None] = _ignore
        self._posted.connect(self._on_posted, Qt.ConnectionType.QueuedConnection)

    def post(self, piece: Any) -> None:
        """Hand a piece over; called from the job's thread."""
        self._posted.emit(piece)

    def _on_posted(self, piece: Any) -> None:
        self.receive(piece)


class Bench:
    """One long job at a time, in a thread of its own.

    Parameters
    ----------
    slot : Slot
        Where jobs run.
    relay : Relay
        Brings their pieces back.
    say : callable
        Tells the user a sentence; called with it and whether it is an error.
    """

    changed = Signal()
    """A job began, went on or ended."""

    def __init__(self, slot: Slot, relay: Relay, say: Callable[[str, bool], None]) -> None:
        self._slot = slot
        self._relay = relay
        self._say = say
        self._number = 0
        self.name = self.meanwhile = ""
        self.progress = (0, 0)
        relay.receive = self._on_piece
        self._take: Callable[[Any], None] = _ignore

    @property
    def busy(self) -> bool:
        """Whether a job is running."""
        return self._slot.busy

    def is_refused(self) -> bool:
        """Tell whether another job is running, and say so."""
        if self.busy:
            self._say(f"{self.name} is still going on; stop it first.", True)
        return self.busy

    def run(
        self,
        name: str,
        work: Work,
        *,
        take: Callable[[Any], None] | None = None,
        done: Callable[[Any], None],
        failed: Callable[[], None] | None = None,
        meanwhile: str = "",
    ) -> bool:
        """Start a job; say so and return False if another one is running.

        Parameters
        ----------
        name : str
            What the job is called in sentences, such as ``"Tracking"``.
        work : callable
            Called in the thread with a ticket and a function that posts pieces.
        take : callable, optional
            Called with each piece, in the thread of the window.
        done : callable
            Called with what ``work`` returned.
        failed : callable, optional
            Called instead if it raised or was stopped; why is said already.
        meanwhile : str, optional
            What the user may do while it goes on, as a sentence.
        """
        if self.is_refused():
            return False
        self._number += 1
        number = self._number
        self.name, self._take = name, take or _ignore
        self.meanwhile = meanwhile
        self.progress = (0, 0)

        def job(ticket: Ticket) -> Any:
            return work(ticket, lambda piece: self._relay.post((number, piece)))

        def finish(future: Future[Any]) -> None:
            self._take = _ignore
            self.progress, self.meanwhile = (0, 0), ""
            error = future.exception()
            if error is None:
                done(future.result())
            else:
                if failed is not None:
                    failed()
                if isinstance(error, Cancelled):
                    self._say(f"{name} was stopped.", False)
                else:
                    self._say(describe_failure(error, name), True)
            self.changed.emit()

        self._slot.start(job, finish, self._on_progress)
        self.changed.emit()
        return True

    def stop(self) -> None:
        """Ask the running job to stop."""
        self._slot.stop()

    def close(self) -> None:
        """Stop, and tell nothing any more."""
        self._take = _ignore
        self._slot.close()

    def _on_piece(self, numbered: tuple[int, Any]) -> None:
        number, piece = numbered
        if number == self._number:
            self._take(piece)

    def _on_progress(self, done: int, total: int) -> None:
        self.progress = (done, total)
        self.changed.emit()


def _ignore(piece: Any) -> None:
    """Take no notice."""
