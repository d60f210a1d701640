"""Appends events to a journal, each of them on the disk before the next one happens."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from napari_samwise.errors import JournalError
from napari_samwise.file_lock import is_taken
from napari_samwise.journal import limits
from napari_samwise.journal.dump import dump_event, dump_header
from napari_samwise.journal.events import Event, Header, ImageIdentity

logger = logging.getLogger(__name__)


class JournalWriter:
    """A journal that is being written, kept from every other writer.

    Make one with :meth:`begin` or :meth:`resume`.

    Parameters
    ----------
    stream : file object
        Open for writing, at its end, and locked.
    path : Path
        Where it lies.
    created : str
        When it was begun, as in its header.
    """

    def __init__(self, stream: BinaryIO, path: Path, created: str) -> None:
        self._stream: BinaryIO | None = stream
        self._created = datetime.fromisoformat(created).timestamp()
        self._size = stream.tell()
        self._latest = 0.0
        self.path = path

    @classmethod
    def begin(cls, places: Sequence[Path], image: ImageIdentity) -> JournalWriter:
        """Begin a journal in the first of some places that can be written to.

        Parameters
        ----------
        places : sequence of Path
            Files that must not exist yet; see ``journal_places``.
        image : ImageIdentity
            The image.

        Raises
        ------
        JournalError
            If none can be written, or the first that can is there already.
        """
        header = Header(image, datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))
        refusal: OSError | None = None
        for path in places:
            if path.exists():
                raise JournalError(f"'{path}' is there already; go on with it, or rename it.")
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                stream = path.open("xb", buffering=0)
            except OSError as error:
                refusal = error
                continue
            if is_taken(stream):
                raise _taken(path)
            writer = cls(stream, path, header.created)
            writer._append(dump_header(header))
            return writer
        raise JournalError(f"No journal can be written: {refusal}.") from refusal

    @classmethod
    def resume(cls, path: Path, header: Header, keep_bytes: int | None = None) -> JournalWriter:
        """Go on with a journal that was read before; a last line that is not whole goes.

        Parameters
        ----------
        path : Path
            The journal.
        header : Header
            Its header.
        keep_bytes : int, optional
            So much of it is kept; by default all whole lines.

        Raises
        ------
        JournalError
            If it cannot be written to, or somebody else writes it.
        """
        try:
            stream = path.open("r+b", buffering=0)
            if is_taken(stream):
                stream.close()
                raise _taken(path)
            stream.truncate(_whole_lines(stream) if keep_bytes is None else keep_bytes)
            stream.seek(0, os.SEEK_END)
        except OSError as error:
            raise _cannot_write(path, error) from error
        return cls(stream, path, header.created)

    @property
    def is_open(self) -> bool:
        """Whether events are still taken: not after ``close``, nor once writing has failed."""
        return self._stream is not None

    def write(self, event: Event) -> None:
        """Append an event; it is on the disk when this returns.

        Raises
        ------
        JournalError
            If it cannot be written. The journal is then whole up to the event before, and closed,
            since what follows could not be understood without this event.
        """
        # Clocks are set back; a journal's time is not.
        self._latest = max(self._latest, time.time() - self._created)
        self._append(dump_event(event, self._latest))

    def close(self) -> None:
        """Write no more, and let others."""
        if self._stream is not None:
            self._stream.close()
            self._stream = None

    def _append(self, line: bytes) -> None:
        stream = self._stream
        if stream is None:
            raise JournalError(f"'{self.path}' is closed; nothing more is recorded.")
        if len(line) > limits.MAX_LINE_BYTES:
            self.close()
            raise JournalError(
                f"An event of {len(line)} bytes is too long for the journal, at most "
                f"{limits.MAX_LINE_BYTES} are allowed; nothing more is recorded in it."
            )
        if self._size + len(line) > limits.MAX_FILE_BYTES:
            self.close()
            raise JournalError(
                f"'{self.path}' is full, with the {limits.MAX_FILE_BYTES} bytes that a journal may "
                "have; nothing more is recorded in it."
            )
        try:
            view = memoryview(line)
            while view:
                view = view[stream.write(view) or 0 :]
            os.fsync(stream.fileno())
        except OSError as error:
            self._give_up(stream)
            raise _cannot_write(self.path, error) from error
        self._size += len(line)

    def _give_up(self, stream: BinaryIO) -> None:
        """Take back what was written of an event in part, and close."""
        try:
            stream.truncate(self._size)
        except OSError:
            # Readers leave out a last line that is not whole.
            logger.info("'%s' ends within a line.", self.path)
        self.close()


def is_written(path: Path) -> bool:
    """Tell whether a writer has a journal open now, here or in another process."""
    try:
        with path.open("rb") as stream:
            return is_taken(stream)
    except OSError:
        return False


def _whole_lines(stream: BinaryIO) -> int:
    """Return how many bytes of a file are whole lines, reading from its end."""
    end = stream.seek(0, os.SEEK_END)
    while end:
        start = max(0, end - 2**16)
        stream.seek(start)
        found = stream.read(end - start).rfind(b"\n")
        if found >= 0:
            return start + found + 1
        end = start
    return 0


def _taken(path: Path) -> JournalError:
    return JournalError(
        f"'{path}' is being written by another window; close it there, or the image here."
    )


def _cannot_write(path: Path, error: OSError) -> JournalError:
    reason = error.strerror or str(error)
    return JournalError(f"'{path}' cannot be written: {reason}; nothing more is recorded in it.")
