"""A thread with one job at a time, whose outcome comes back to the GUI thread."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Protocol

from qtpy.QtCore import QObject, Qt, Signal

Progress = Callable[[int, int], None]

_SECONDS_BETWEEN_REPORTS = 0.05


class Ticket:
    """What a job holds of the outside: how to report progress and whether to stop."""

    def __init__(self, report: Progress) -> None:
        self.report = report
        self._stopped = threading.Event()

    def stop(self) -> None:
        """Ask the job to stop at its next opportunity."""
        self._stopped.set()

    def should_stop(self) -> bool:
        """Tell whether the job was asked to stop."""
        return self._stopped.is_set()


Job = Callable[[Ticket], Any]
Done = Callable[["Future[Any]"], None]


class Slot(Protocol):
    """Room for one job."""

    @property
    def busy(self) -> bool:
        """Whether a job is running or its outcome has not been handed out yet."""

    def start(self, job: Job, done: Done, progress: Progress | None = None) -> None:
        """Run a job; ``done`` gets its finished future, ``progress`` (done, total)."""

    def stop(self) -> None:
        """Ask the running job to stop; its outcome is still handed out."""

    def close(self) -> None:
        """Ask the running job to stop and hand nothing out any more."""


class ThreadSlot(QObject):
    """A :class:`Slot` with a thread of its own.

    ``done`` and ``progress`` are called in the thread in which the slot was made, by Qt's event
    loop: there, and only there, layers and widgets may be touched.
    """

    _finished = Signal(object)
    _progressed = Signal()

    def __init__(self, name: str) -> None:
        super().__init__()
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix=name)
        self._ticket: Ticket | None = None
        self._done: Done | None = None
        self._progress: Progress | None = None
        self._reached = (0, 0)
        self._is_told, self._told_at = False, 0.0
        # Queued even for a job that ends while it is started: `done` never runs inside `start`.
        queued = Qt.ConnectionType.QueuedConnection
        self._finished.connect(self._hand_out, queued)
        self._progressed.connect(self._hand_on, queued)

    @property
    def busy(self) -> bool:
        """Whether a job is running or its outcome has not been handed out yet."""
        return self._ticket is not None

    def start(self, job: Job, done: Done, progress: Progress | None = None) -> None:
        """Run a job in the thread; the slot must not be busy."""
        if self.busy:
            raise RuntimeError("ThreadSlot holds a job already; wait until it is done.")
        self._done, self._progress = done, progress
        self._told_at = 0.0
        self._ticket = Ticket(self._announce_progress)
        self._executor.submit(job, self._ticket).add_done_callback(self._announce)

    def stop(self) -> None:
        """Ask the running job to stop; its outcome is still handed out."""
        if self._ticket is not None:
            self._ticket.stop()

    def close(self) -> None:
        """Ask the running job to stop and hand nothing out any more."""
        self.stop()
        self._done = self._progress = None
        self._executor.shutdown(wait=False, cancel_futures=True)

    # Bound methods, unlike a signal's own `emit`, keep this object alive until the job ends.
    def _announce(self, future: Future[Any]) -> None:
        self._finished.emit(future)

    def _announce_progress(self, done: int, total: int) -> None:
        # An encoder reports each of its layers, faster than a window can show it.
        self._reached = (done, total)
        now = time.monotonic()
        if not self._is_told and now - self._told_at > _SECONDS_BETWEEN_REPORTS:
            self._is_told, self._told_at = True, now
            self._progressed.emit()

    def _hand_out(self, future: Future[Any]) -> None:
        done, self._done, self._progress, self._ticket = self._done, None, None, None
        if done is not None:
            done(future)

    def _hand_on(self) -> None:
        self._is_told = False
        if self._progress is not None:
            self._progress(*self._reached)
