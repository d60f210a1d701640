"""How the console command reports what went wrong, and its exit codes."""

from __future__ import annotations

import sys
import traceback
from types import TracebackType
from typing import Any

import click

from napari_samwise.errors import InputError


class UserError(click.ClickException):
    """The user's input was wrong: one line on stderr, exit code 2."""

    exit_code = 2


class SamwiseGroup(click.Group):
    """A group that turns every :class:`InputError` of its commands into one line."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the chosen command.

        Raises
        ------
        UserError
            If the command raised an InputError.
        """
        try:
            return super().invoke(ctx)
        except InputError as error:
            if ctx.params.get("debug"):
                traceback.print_exception(error)
            raise UserError(" ".join(str(error).split())) from error


def report_fault(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    """Report an exception that nobody foresaw in one line, as ``sys.excepthook``.

    Python then exits with code 1.
    """
    if not issubclass(kind, Exception):
        sys.__excepthook__(kind, error, trace)
        return
    reason = " ".join(str(error).split())
    click.echo(
        f"Error: napari-samwise failed with {kind.__name__}: {reason}; "
        "run it as 'napari-samwise --debug ...' for the traceback.",
        err=True,
    )
