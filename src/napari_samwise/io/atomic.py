"""Write a file whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from napari_samwise.errors import InputError


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a temporary path beside `path` and move it there when the block ends well.

    A reader of `path` sees the old file or the new one, never half of either.

    Raises
    ------
    InputError
        The folder cannot be written to: missing, full, or not ours.
    """
    temporary = path.with_name(f".{path.stem}.{os.getpid()}.part{path.suffix}")
    try:
        yield temporary
        os.replace(temporary, path)
    except OSError as error:
        reason = error.strerror or str(error)
        raise InputError(f"'{path}' cannot be written: {reason}; choose another place.") from error
    finally:
        temporary.unlink(missing_ok=True)
