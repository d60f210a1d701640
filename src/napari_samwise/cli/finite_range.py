"""The type of options that are numbers."""

from __future__ import annotations

import math
from typing import Any

import click


class FiniteRange(click.FloatRange):
    """Finite numbers of a range: click finds ``nan`` in every one."""

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Read a number.

        Raises
        ------
        click.BadParameter
            It is none, not finite, or out of the range.
        """
        with_range: float = super().convert(value, param, ctx)
        if not math.isfinite(with_range):
            self.fail(f"'{value}' is not a finite number.", param, ctx)
        return with_range
