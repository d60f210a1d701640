"""How the console command reports what went wrong, and its exit codes."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any

import click

from napari_samwise.cli.endings import in_one_line


class SamwiseGroup(click.Group):
    """A group whose commands say in one line why they cannot go on; see ``in_one_line``.

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
        """Run the chosen command."""
        with in_one_line(debug=bool(ctx.params.get("debug"))):
            return super().invoke(ctx)

    def make_context(self, *args: Any, **options: Any) -> click.Context:
        """Read what stands before the command; the rest is read by ``invoke``."""
        with in_one_line():
            return super().make_context(*args, **options)


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
