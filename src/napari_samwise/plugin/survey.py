"""Reading large labels of the user's for the ids that they hold, without anybody waiting."""

from __future__ import annotations

from concurrent.futures import Future
from typing import Any

from napari_samwise.plugin.labels import read_highest
from napari_samwise.plugin.session import Session
from napari_samwise.plugin.worker import Slot, Ticket


class Surveyor:
    """Tells a session the highest id of its labels.

    Parameters
    ----------
    slot : Slot
        Where labels are read.
    """

    def __init__(self, slot: Slot) -> None:
        self._slot = slot
        self._next: Session | None = None

    def look(self, session: Session) -> None:
        """Read the labels of a session if their ids are not known, and no others any more."""
        self._next = None if session.ids.are_known else session
        self._slot.stop()
        self._go_on()

    def close(self) -> None:
        """Stop, and tell nothing any more."""
        self._slot.close()

    def _go_on(self) -> None:
        if self._next is None or self._slot.busy:
            return
        session, self._next = self._next, None
        labels = session.labels

        def work(ticket: Ticket) -> int:
            return read_highest(labels, ticket.should_stop)

        def finish(future: Future[Any]) -> None:
            if future.exception() is None:
                session.survey(labels, future.result())
            self._go_on()

        self._slot.start(work, finish)
