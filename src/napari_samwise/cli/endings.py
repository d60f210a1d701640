"""How commands end that cannot go on: one line and an exit code."""

from __future__ import annotations

import errno
import os
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import IO, Any

import click

from napari_samwise.errors import InputError

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_READER_GONE = 141
"""What a shell shows of a program that SIGPIPE has ended, as it does with others."""


class UserError(click.ClickException):
    """The user's input was wrong: one line on stderr, exit code 2."""

    exit_code = 2


class Stopped(click.ClickException):
    """The user pressed Ctrl-C: one line on stderr, exit code 130 as of a shell."""

    exit_code = 130

    def __init__(self) -> None:
        super().__init__("stopped.")

    def show(self, file: IO[Any] | None = None) -> None:
        """Print it, on a line of its own where the terminal has just written ``^C``."""
        before = "\n" if sys.stderr.isatty() else ""
        click.echo(before + self.message, file=file, err=file is None)


@contextmanager
def in_one_line(*, debug: bool = False) -> Iterator[None]:
    """Turn what is no fault of ours into what click reports in one line.

    Parameters
    ----------
    debug : bool
        Whether the traceback of an InputError is shown too.

    Raises
    ------
    UserError
        Of an InputError, a wrong command line, a full disk, and too little memory.
    Stopped
        Of Ctrl-C.
    click.exceptions.Exit
        If nobody reads what is printed any more.
    """
    try:
        yield
    except InputError as error:
        if debug:
            traceback.print_exception(error)
        raise UserError(" ".join(str(error).split())) from error
    except click.UsageError as error:
        if _asks_for_help(error):
            raise
        raise UserError(_told(error)) from error
    except MemoryError as error:
        raise UserError(
            "There is not enough memory for this; ask for less, or close other programs."
        ) from error
    except KeyboardInterrupt as error:
        raise Stopped from error
    except BrokenPipeError as error:
        _drop_stdout()
        raise click.exceptions.Exit(_READER_GONE) from error
    except OSError as error:
        if error.errno not in _FULL:
            raise
        _drop_stdout()
        raise UserError(
            f"Nothing more can be written: {error.strerror}; make room, or write to another place."
        ) from error


def _asks_for_help(error: click.UsageError) -> bool:
    """Tell whether nothing was said at all, which click answers with the whole help."""
    kind = getattr(click.exceptions, "NoArgsIsHelpError", None)  # Not in click before 8.2.
    return kind is not None and isinstance(error, kind)


def _told(error: click.UsageError) -> str:
    """Return what was wrong, and which help says how it is right, in one line."""
    message = " ".join(error.format_message().split())
    if error.ctx is None:
        return message
    see = f"see '{error.ctx.command_path} --help'."
    return f"{message} S{see[1:]}" if message[-1] == "?" else f"{message.rstrip('.')}; {see}"


def _drop_stdout() -> None:
    """Let what Python still writes at its end go nowhere: it could not be written."""
    # Not every stdout is a file; then Python has nothing to write.
    with suppress(OSError, ValueError, AttributeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
