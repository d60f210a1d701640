"""A log that programs read: one JSON object a line, appended as things happen."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from napari_samwise.errors import InputError


class BatchLog:
    """An open log; use it as a context manager.

    Every line has ``time`` (ISO 8601, UTC) and ``event``; what else is in docs/how-to/batch.md.

    Parameters
    ----------
    path : Path
        Appended to; made if need be.

    Raises
    ------
    InputError
        If it cannot be written to.
    """

    def __init__(self, path: Path) -> None:
        try:
            self._stream = path.open("ab+")
        except OSError as error:
            raise InputError(
                f"'{path}' cannot be written: {error.strerror or error}; choose another folder."
            ) from error
        self._end_last_line()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stream.close()

    def write(self, event: str, **told: Any) -> None:
        """Append one event; whoever reads the file sees it at once."""
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        line = json.dumps({"time": now, "event": event, **told}, ensure_ascii=False)
        # What is no UTF-8 in a file's name becomes an escape, as JSON has it.
        self._stream.write(line.encode(errors="backslashreplace") + b"\n")
        self._stream.flush()

    def _end_last_line(self) -> None:
        """After a crash the last line may have no end: the next one must not continue it."""
        if self._stream.seek(0, os.SEEK_END):
            self._stream.seek(-1, os.SEEK_END)
            if self._stream.read(1) != b"\n":
                self._stream.write(b"\n")
