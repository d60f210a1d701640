"""Write a file or a folder whole or not at all.

Who is killed meanwhile leaves a hidden file or folder of another name, which nobody reads.
"""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
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
    temporary = _beside(path, "part")
    try:
        yield temporary
        os.replace(temporary, path)
    except OSError as error:
        raise _cannot_write(path, error) from error
    finally:
        # Where nothing can be written nothing can be removed either, and that was said above.
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


@contextmanager
def replacing_folder(
    path: Path, may_replace: Callable[[Path], bool], old_as: str | None = None
) -> Iterator[Path]:
    """Give a temporary folder beside `path` and move it there when the block ends well.

    Parameters
    ----------
    path : Path
        A folder that need not exist.
    may_replace : callable
        Asked of a `path` that exists whether it may go.
    old_as : str, optional
        See ``put_folder``.

    Raises
    ------
    InputError
        There is something that must not be replaced, or the place cannot be written to.
    """
    if path.exists() and not may_replace(path):
        raise InputError(
            f"'{path}' is there already and holds something else; choose another name."
        )
    temporary = _beside(path, "part")
    try:
        temporary.mkdir()
        yield temporary
        put_folder(temporary, path, old_as)
    except OSError as error:
        raise _cannot_write(path, error) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def put_folder(new: Path, path: Path, old_as: str | None = None) -> None:
    """Move a folder to `path`; what was there goes only when the new one is in its place.

    Whatever interrupts this, both folders are then where they were.

    Parameters
    ----------
    new, path : Path
        On one disk.
    old_as : str, optional
        What was at `path` is not removed, but becomes this in the new folder.

    Raises
    ------
    InputError
        The folder could not be moved.
    """
    old = _beside(path, "old")
    try:
        # A folder cannot be put over another one in a single step.
        if path.exists():
            shutil.rmtree(old, ignore_errors=True)
            os.replace(path, old)
        os.replace(new, path)
        if old_as is not None:
            os.replace(old, path / old_as)
    except BaseException as error:
        _put_back(new, path, old)
        if isinstance(error, OSError):
            raise _cannot_write(path, error) from error
        raise
    shutil.rmtree(old, ignore_errors=True)


def _put_back(new: Path, path: Path, old: Path) -> None:
    """Undo the renames that were done."""
    try:
        if old.exists() and not new.exists():
            os.replace(path, new)
        if old.exists() and not path.exists():
            os.replace(old, path)
    except OSError as error:
        raise InputError(
            f"'{path}' cannot be written, and what it held is in '{old}'; give it its name back."
        ) from error


def _beside(path: Path, kind: str) -> Path:
    # The whole name stays at the end: writers look at suffixes such as .nii.gz.
    return path.with_name(f".{os.getpid()}-{threading.get_ident()}.{kind}.{path.name}")


def _cannot_write(path: Path, error: OSError) -> InputError:
    reason = error.strerror or str(error)
    return InputError(f"'{path}' cannot be written: {reason}; choose another place.")
