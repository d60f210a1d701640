"""Scores of models as a picture: IoU against clicks, and by source."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import ImageDraw

from napari_samwise.learn.report.canvas import (
    GRID,
    INK,
    LEFT_PX,
    LINE_PX,
    PANEL_PX,
    PAPER,
    TOP_PX,
    Axis,
    Colour,
    around,
    colour_of,
    new_picture,
)
from napari_samwise.learn.scores import ModelResult
from napari_samwise.learn.summary import SourceSummary, click_measures, summarise

_NAMES_PX, _ROW_PX = 190, 24


def draw_scores(results: Sequence[ModelResult]) -> NDArray[np.uint8]:
    """Draw mean IoU against the number of clicks, and the first and last click by source.

    On the left the mean over sources, with 95 % confidence intervals; on the right a ring for the
    first click and a dot for the last.

    Parameters
    ----------
    results : sequence of ModelResult
        Of the same planes and protocol, with at least one object.

    Returns
    -------
    ndarray
        `(Y, X, 3)` uint8.
    """
    clicks = len(results[0].objects[0].clicks)
    rows = [summarise(result.planes, click_measures(clicks)).rows for result in results]
    sources = len(rows[0]) - 1
    height = max(PANEL_PX, sources * _ROW_PX)
    below = TOP_PX + height + 2 * LINE_PX
    right = LEFT_PX + PANEL_PX + _NAMES_PX
    size = (right + PANEL_PX + LEFT_PX, below + (len(results) + 1) * LINE_PX)
    picture, pen = new_picture(*size)

    up = Axis(TOP_PX + height, -height)
    across = Axis(right, PANEL_PX)
    _draw_frame(pen, up, across, clicks)
    for index, (result, of_model) in enumerate(zip(results, rows, strict=True)):
        colour = colour_of(index)
        _draw_curve(pen, up, of_model[-1], colour)
        _draw_sources(pen, across, of_model[:-1], colour, name=index == 0)
        place = (LEFT_PX, below + index * LINE_PX)
        pen.text(place, f"{result.name}, {of_model[-1].objects} objects", fill=colour)
    return np.asarray(picture)


def _draw_frame(pen: ImageDraw.ImageDraw, up: Axis, across: Axis, clicks: int) -> None:
    """Draw titles, grid and numbers of both panels."""
    bottom = up.at(0)
    pen.text((LEFT_PX, 10), "mean IoU after 1, 2, ... clicks, 95 % interval", fill=INK)
    pen.text((across.at(0), 10), f"IoU by source: ring 1 click, dot {clicks} clicks", fill=INK)
    for tenth in range(0, 11, 2):
        y, x, number = up.at(tenth / 10), across.at(tenth / 10), f"{tenth / 10:.1f}"
        pen.line((LEFT_PX, y, LEFT_PX + PANEL_PX, y), fill=GRID)
        pen.text((LEFT_PX - 8, y), number, fill=INK, anchor="rm")
        pen.line((x, up.at(1), x, bottom), fill=GRID)
        pen.text((x, bottom + 4), number, fill=INK, anchor="mt")
    for count in range(clicks):
        pen.text((_click_x(count, clicks), bottom + 4), str(count + 1), fill=INK, anchor="mt")


def _draw_curve(pen: ImageDraw.ImageDraw, up: Axis, row: SourceSummary, colour: Colour) -> None:
    clicks = len(row.values)
    places = [(_click_x(k, clicks), up.at(value)) for k, value in enumerate(row.values)]
    pen.line(places, fill=colour, width=2)
    for (x, y), low, high in zip(places, row.low, row.high, strict=True):
        pen.line((x, up.at(low), x, up.at(high)), fill=colour)
        pen.ellipse(around(x, y), fill=colour)


def _draw_sources(
    pen: ImageDraw.ImageDraw,
    across: Axis,
    rows: Sequence[SourceSummary],
    colour: Colour,
    *,
    name: bool,
) -> None:
    for index, row in enumerate(rows):
        y = TOP_PX + (index + 0.5) * _ROW_PX
        if name:
            pen.text((across.at(0) - 8, y), row.source[-24:], fill=INK, anchor="rm")
        first, last = across.at(row.values[0]), across.at(row.values[-1])
        pen.line((first, y, last, y), fill=colour)
        pen.ellipse(around(first, y), outline=colour, fill=PAPER)
        pen.ellipse(around(last, y), fill=colour)


def _click_x(index: int, clicks: int) -> float:
    return LEFT_PX + (index + 0.5) * PANEL_PX / clicks
