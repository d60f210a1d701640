"""Writes events in their order; those of very many objects in a thread, so that nobody waits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from napari_samwise.errors import JournalError
from napari_samwise.journal import limits
from napari_samwise.journal.events import Adopt, Commit, Event, Paint
from napari_samwise.journal.writer import JournalWriter
from napari_samwise.plugin.later import Later

_BAD_ID = (
    f"Labels below 0 or above {limits.MAX_ID} cannot be recorded; the journal ends here. Renumber "
    "them to have what you do recorded."
)


class Scribe:
    """Writes one journal, one event after the other.

    What is written in a thread is on the disk before the next event is, for which its writer waits.
    A failure in the thread is told then.

    Parameters
    ----------
    writer : JournalWriter
        Of the journal.
    """

    def __init__(self, writer: JournalWriter) -> None:
        self._writer = writer
        self._pool: ThreadPoolExecutor | None = None
        self._written: Future[None] | None = None

    @property
    def path(self) -> Path:
        """Where the journal lies."""
        return self._writer.path

    def write(self, events: Sequence[Event | Later]) -> None:
        """Write events.

        Raises
        ------
        JournalError
            These, or those before, cannot be written.
        """
        self.wait()
        if not any(isinstance(event, Later) and event.is_long for event in events):
            self._write(events)
            return
        if self._pool is None:
            self._pool = ThreadPoolExecutor(1, thread_name_prefix="samwise-scribe")
        self._written = self._pool.submit(self._write, events)

    def wait(self) -> None:
        """Return when all that was given is on the disk.

        Raises
        ------
        JournalError
            It cannot be written.
        """
        written, self._written = self._written, None
        if written is not None:
            written.result()

    def close(self) -> None:
        """Write no more, and let others; what was given is written first, as far as it goes.

        Raises
        ------
        JournalError
            Not all of it can be written.
        """
        try:
            self.wait()
        finally:
            if self._pool is not None:
                self._pool.shutdown()
                self._pool = None
            self._writer.close()

    def _write(self, events: Iterable[Event | Later]) -> None:
        for event in events:
            made = list(event.make()) if isinstance(event, Later) else [event]
            # Before the first is written: they belong together.
            if not all(0 <= label <= limits.MAX_ID for each in made for label in _ids_of(each)):
                raise JournalError(_BAD_ID)
            for each in made:
                self._writer.write(each)


def _ids_of(event: Event) -> Iterator[int]:
    """Yield the ids that an event brings into a journal."""
    if isinstance(event, Commit):
        yield event.id
    elif isinstance(event, Paint | Adopt):
        yield from (change.id for change in event.changes)
        yield from (row.id for row in event.objects)
