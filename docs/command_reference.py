"""A hook of mkdocs: the reference of the command line is what the commands say of themselves."""

from __future__ import annotations

from typing import Any

import click

from napari_samwise.cli.group import SamwiseGroup
from napari_samwise.cli.main import PROGRAM, cli

MARKER = "<!-- commands -->"
WIDTH = 96


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Put the help of every command where a page has the marker."""
    return markdown.replace(MARKER, command_reference()) if MARKER in markdown else markdown


def command_reference() -> str:
    """Return the help of all commands as Markdown, by the sections of ``--help``."""
    assert isinstance(cli, SamwiseGroup)
    whole = click.Context(cli, info_name=PROGRAM, max_content_width=WIDTH, terminal_width=WIDTH)
    parts = []
    for title, commands in cli.sections.items():
        parts.append(f"## {title}")
        for command in commands:
            context = click.Context(command, parent=whole, info_name=command.name)
            parts.append(f"### {command.name}\n\n```text\n{command.get_help(context)}\n```")
    return "\n\n".join(parts)
