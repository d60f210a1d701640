"""How the console command reports what went wrong, and its exit codes."""

from __future__ import annotations

import itertools
import sys
import traceback
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any

import click

from napari_samwise.errors import InputError


class UserError(click.ClickException):
    """The user's input was wrong: one line on stderr, exit code 2."""

    exit_code = 2


class SamwiseGroup(click.Group):
    """A group that turns every :class:`InputError` of its commands into one line.

    Parameters
    ----------
    sections : mapping of str to sequence of Command
        The commands under the titles that the help shows.
    **options
        Of ``click.Group``.
    """

    def __init__(
        self, *args: Any, sections: Mapping[str, Sequence[click.Command]], **options: Any
    ) -> None:
        super().__init__(*args, **options)
        self.sections = sections
        for command in itertools.chain(*sections.values()):
            self.add_command(command)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands by section, aligned over all of them."""
        width = max(len(name) for name in self.commands)
        for title, commands in self.sections.items():
            rows = [(f"{each.name:{width}}", each.get_short_help_str(80)) for each in commands]
            with formatter.section(title):
                formatter.write_dl(rows)

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
