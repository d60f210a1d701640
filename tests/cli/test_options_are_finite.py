"""Numbers of options: ``nan`` is in every range for click, and must be in none."""

from __future__ import annotations

import click
import pytest

from napari_samwise.cli.main import cli

FLOATS = [
    (name, parameter)
    for name, command in cli.commands.items()
    for parameter in command.params
    if isinstance(parameter.type, click.types.FloatParamType)
]


@pytest.mark.parametrize("value", ["nan", "inf", "-inf"])
@pytest.mark.parametrize(
    ("name", "parameter"), FLOATS, ids=[f"{name}{each.opts[0]}" for name, each in FLOATS]
)
def test_no_option_takes_what_is_not_finite(name: str, parameter: click.Option, value: str) -> None:
    with pytest.raises(click.BadParameter, match=r"finite|range"):
        parameter.type.convert(value, parameter, click.Context(cli.commands[name]))


def test_there_are_such_options() -> None:
    assert {"embed", "everything", "batch", "text", "track"} <= {name for name, _ in FLOATS}
