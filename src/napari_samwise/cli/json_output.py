"""What ``--json`` prints: JSON that every program reads."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

import click


def format_json(value: Any, indent: int | None = 2) -> str:
    """Return a value as JSON, with ``null`` for what is not a finite number: JSON has no NaN.

    Parameters
    ----------
    value : mapping, list, tuple, str, number or None
        Of such, however deep.
    indent : int or None
        Spaces a level; None for one line.
    """
    return json.dumps(_finite(value), indent=indent, allow_nan=False)


def print_json(value: Any, indent: int | None = 2) -> None:
    """Print a value as :func:`format_json` says it."""
    click.echo(format_json(value, indent))


def _finite(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _finite(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(each) for each in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
