"""Scores of models as a picture: IoU against clicks, and by source."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from napari_samwise.learn.scores import ModelResult
from napari_samwise.learn.summary import SourceSummary, click_measures, summarise

Colour = tuple[int, int, int]

# Okabe and Ito 2008: told apart by colour-blind readers too.
_COLOURS: tuple[Colour, ...] = (
    (0, 114, 178),
    (213, 94, 0),
    (0, 158, 115),
    (204, 121, 167),
    (230, 159, 0),
    (86, 180, 233),
)
_INK, _GRID, _PAPER = (40, 40, 40), (220, 220, 220), (255, 255, 255)
_PANEL_PX, _LEFT_PX, _TOP_PX, _FONT_PX = 380, 50, 40, 14
_NAMES_PX, _ROW_PX, _LINE_PX, _DOT_PX = 190, 24, 20, 4


@dataclass(frozen=True, slots=True)
class _Axis:
    """From an IoU of 0 to 1 to pixels: ``start`` is where 0 is."""

    start: float
    length: float

    def at(self, value: float) -> float:
        return self.start + value * self.length


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
    height = max(_PANEL_PX, sources * _ROW_PX)
    below = _TOP_PX + height + 2 * _LINE_PX
    right = _LEFT_PX + _PANEL_PX + _NAMES_PX
    size = (right + _PANEL_PX + _LEFT_PX, below + (len(results) + 1) * _LINE_PX)
    picture = Image.new("RGB", size, _PAPER)
    pen = ImageDraw.Draw(picture)
    pen.font = ImageFont.load_default(_FONT_PX)

    up = _Axis(_TOP_PX + height, -height)
    across = _Axis(right, _PANEL_PX)
    _draw_frame(pen, up, across, clicks)
    for index, (result, of_model) in enumerate(zip(results, rows, strict=True)):
        colour = _COLOURS[index % len(_COLOURS)]
        _draw_curve(pen, up, of_model[-1], colour)
        _draw_sources(pen, across, of_model[:-1], colour, name=index == 0)
        place = (_LEFT_PX, below + index * _LINE_PX)
        pen.text(place, f"{result.name}, {of_model[-1].objects} objects", fill=colour)
    return np.asarray(picture)


def _draw_frame(pen: ImageDraw.ImageDraw, up: _Axis, across: _Axis, clicks: int) -> None:
    """Draw titles, grid and numbers of both panels."""
    bottom = up.at(0)
    pen.text((_LEFT_PX, 10), "mean IoU after 1, 2, ... clicks, 95 % interval", fill=_INK)
    pen.text((across.at(0), 10), f"IoU by source: ring 1 click, dot {clicks} clicks", fill=_INK)
    for tenth in range(0, 11, 2):
        y, x, number = up.at(tenth / 10), across.at(tenth / 10), f"{tenth / 10:.1f}"
        pen.line((_LEFT_PX, y, _LEFT_PX + _PANEL_PX, y), fill=_GRID)
        pen.text((_LEFT_PX - 8, y), number, fill=_INK, anchor="rm")
        pen.line((x, up.at(1), x, bottom), fill=_GRID)
        pen.text((x, bottom + 4), number, fill=_INK, anchor="mt")
    for count in range(clicks):
        pen.text((_click_x(count, clicks), bottom + 4), str(count + 1), fill=_INK, anchor="mt")


def _draw_curve(pen: ImageDraw.ImageDraw, up: _Axis, row: SourceSummary, colour: Colour) -> None:
    clicks = len(row.values)
    places = [(_click_x(k, clicks), up.at(value)) for k, value in enumerate(row.values)]
    pen.line(places, fill=colour, width=2)
    for (x, y), low, high in zip(places, row.low, row.high, strict=True):
        pen.line((x, up.at(low), x, up.at(high)), fill=colour)
        pen.ellipse(_around(x, y), fill=colour)


def _draw_sources(
    pen: ImageDraw.ImageDraw,
    across: _Axis,
    rows: Sequence[SourceSummary],
    colour: Colour,
    *,
    name: bool,
) -> None:
    for index, row in enumerate(rows):
        y = _TOP_PX + (index + 0.5) * _ROW_PX
        if name:
            pen.text((across.at(0) - 8, y), row.source[-24:], fill=_INK, anchor="rm")
        first, last = across.at(row.values[0]), across.at(row.values[-1])
        pen.line((first, y, last, y), fill=colour)
        pen.ellipse(_around(first, y), outline=colour, fill=_PAPER)
        pen.ellipse(_around(last, y), fill=colour)


def _click_x(index: int, clicks: int) -> float:
    return _LEFT_PX + (index + 0.5) * _PANEL_PX / clicks


def _around(x: float, y: float) -> tuple[float, float, float, float]:
    return x - _DOT_PX, y - _DOT_PX, x + _DOT_PX, y + _DOT_PX
