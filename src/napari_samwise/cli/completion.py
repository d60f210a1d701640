"""``napari-samwise completion``: let the shell complete commands and options."""

from __future__ import annotations

import os
from pathlib import Path

import click
from click.shell_completion import get_completion_class

from napari_samwise.atomic import replacing
from napari_samwise.errors import InputError

PROGRAM = "napari-samwise"
_VARIABLE = "_NAPARI_SAMWISE_COMPLETE"
_SHELLS = ("bash", "zsh", "fish")

_HELP = """\
Let the shell complete commands, options and names of models with the Tab key.

Without --install the script is printed, so that you can put it where you like.

\b
For this shell only:
  eval "$(napari-samwise completion bash)"
For every new one:
  napari-samwise completion bash --install
In fish, for this shell only:
  napari-samwise completion fish | source
"""


@click.command(help=_HELP, short_help="Let the shell complete commands and options.")
@click.argument("shell", type=click.Choice(_SHELLS))
@click.option("--install", is_flag=True, help="Write the script where the shell finds it.")
@click.pass_context
def completion(context: click.Context, shell: str, install: bool) -> None:
    """Print the script of a shell, or put it into its folder."""
    script = completion_script(context.find_root().command, shell)
    if not install:
        click.echo(script)
        return
    path = install_path(shell)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"'{path.parent}' cannot be made: {error.strerror}.") from error
    with replacing(path) as temporary:
        temporary.write_text(script + "\n", encoding="utf-8")
    click.echo(f"{path}: written; it works in new shells.")
    if shell == "zsh":
        click.echo(f"Before compinit, ~/.zshrc must say: fpath+=({path.parent})")


def completion_script(command: click.Command, shell: str) -> str:
    """Return the script that makes a shell complete a command.

    Raises
    ------
    InputError
        No script can be made for that shell.
    """
    kind = get_completion_class(shell)
    if kind is None:
        raise InputError(f"There is completion for {', '.join(_SHELLS)}, not for '{shell}'.")
    maker = kind(command, {}, PROGRAM, _VARIABLE)
    # What click adds is a look at the version of the bash that is here.
    return maker.source_template % maker.source_vars()


def install_path(shell: str) -> Path:
    """Return where a shell looks for the completion of a program.

    Raises
    ------
    InputError
        The user has no home directory.
    """
    try:
        home = Path.home()
    except RuntimeError as error:
        raise InputError("There is no home directory; set HOME, or leave out --install.") from error
    data = Path(os.environ.get("XDG_DATA_HOME") or home / ".local" / "share")
    config = Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config")
    places = {
        "bash": data / "bash-completion" / "completions" / PROGRAM,
        "zsh": data / "zsh" / "site-functions" / f"_{PROGRAM}",
        "fish": config / "fish" / "completions" / f"{PROGRAM}.fish",
    }
    return places[shell]
