"""The features of the prompts layer: include or exclude, and in which plane a point was placed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from napari_samwise.prompts import EXCLUDE, INCLUDE

if TYPE_CHECKING:
    import pandas as pd

_WORDS = {INCLUDE: "include", EXCLUDE: "exclude"}
DEFAULTS = {"label": "include", "axes": ""}
_SYMBOLS = {INCLUDE: "disc", EXCLUDE: "cross"}
Axes = tuple[int, int]


def read_labels(table: pd.DataFrame) -> NDArray[np.int8]:
    """Return `(K,)` int8, 1 to include and 0 to exclude; what is no known word includes."""
    words = table.get("label", [""] * len(table))
    return np.array([EXCLUDE if word == "exclude" else INCLUDE for word in words], dtype=np.int8)


def read_axes(table: pd.DataFrame, default: Axes) -> tuple[Axes, ...]:
    """Return the axes of each point's plane; the default where the table does not tell."""
    texts = table.get("axes", [""] * len(table))
    return tuple(_parse_axes(text, default) for text in texts)


def make_table(labels: NDArray[np.int8], axes: tuple[Axes, ...]) -> dict[str, NDArray[np.object_]]:
    """Return the columns for these points; inverse of the two readers."""
    return {
        "label": np.array([_WORDS[int(label)] for label in labels], dtype=object),
        "axes": np.array([f"{first},{second}" for first, second in axes], dtype=object),
    }


def symbols(labels: NDArray[np.int8]) -> list[str]:
    """Return the marker of each point, so that colour is not the only difference."""
    return [_SYMBOLS[int(label)] for label in labels]


def _parse_axes(text: object, default: Axes) -> Axes:
    parts = str(text).split(",")
    if len(parts) == 2 and all(part.isdecimal() for part in parts):
        return int(parts[0]), int(parts[1])
    return default
