"""What the plots of reports share: colours, places, and a panel with axes of numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageFont

Colour = tuple[int, int, int]
Point = tuple[float, float]

# Okabe and Ito 2008: told apart by colour-blind readers too.
COLOURS: tuple[Colour, ...] = (
    (0, 114, 178),
    (213, 94, 0),
    (0, 158, 115),
    (204, 121, 167),
    (230, 159, 0),
    (86, 180, 233),
)
INK, GRID, PAPER = (40, 40, 40), (220, 220, 220), (255, 255, 255)
PANEL_PX, LEFT_PX, TOP_PX, LINE_PX, DOT_PX = 380, 50, 40, 20, 4

_FONT_PX = 14
_TICKS = 5


@dataclass(frozen=True, slots=True)
class Axis:
    """From values to pixels.

    Parameters
    ----------
    start : float
        The pixel of ``low``.
    length : float
        So many pixels from there to ``high``; negative goes left or up.
    low, high : float
        The ends of the axis.
    """

    start: float
    length: float
    low: float = 0.0
    high: float = 1.0

    def at(self, value: float) -> float:
        """Return the pixel of a value."""
        return self.start + (value - self.low) / (self.high - self.low) * self.length

    def ticks(self) -> list[float]:
        """Return about five round values within the axis."""
        rough = (self.high - self.low) / _TICKS
        power = 10.0 ** math.floor(math.log10(rough))
        step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= 0.99 * rough)
        first, last = math.ceil(self.low / step - 1e-9), math.floor(self.high / step + 1e-9)
        return [step * index for index in range(first, last + 1)]


class Panel:
    """A square with numbers on both axes.

    Parameters
    ----------
    pen : ImageDraw
        Draws on the picture.
    index : int
        Which of the panels that stand side by side, from 0.
    across, up : tuple of float
        Ends of the axes.
    """

    def __init__(self, pen: ImageDraw.ImageDraw, index: int, across: Point, up: Point) -> None:
        self._pen = pen
        left = LEFT_PX + index * (LEFT_PX + PANEL_PX)
        self.across = Axis(left, PANEL_PX, *across)
        self.up = Axis(TOP_PX + PANEL_PX, -PANEL_PX, *up)

    def draw_frame(self, title: str) -> None:
        """Draw title, grid and numbers."""
        left, right = self.across.start, self.across.start + self.across.length
        bottom, top = self.up.start, self.up.start + self.up.length
        self._pen.text((left, 10), title, fill=INK)
        for value in self.up.ticks():
            y = self.up.at(value)
            self._pen.line((left, y, right, y), fill=GRID)
            self._pen.text((left - 8, y), f"{value:g}", fill=INK, anchor="rm")
        for value in self.across.ticks():
            x = self.across.at(value)
            self._pen.line((x, top, x, bottom), fill=GRID)
            self._pen.text((x, bottom + 4), f"{value:g}", fill=INK, anchor="mt")

    def draw_curve(self, points: Sequence[Point], colour: Colour) -> None:
        """Connect (x, y) values."""
        self._pen.line([self._place(point) for point in points], fill=colour, width=2)

    def draw_dot(self, point: Point, colour: Colour, radius: float = DOT_PX) -> None:
        """Draw a disc at an (x, y) value."""
        self._pen.ellipse(around(*self._place(point), radius), fill=colour)

    def _place(self, point: Point) -> Point:
        return self.across.at(point[0]), self.up.at(point[1])


def new_picture(width: int, height: int) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    """Return an empty picture and the pen for it."""
    picture = Image.new("RGB", (width, height), PAPER)
    pen = ImageDraw.Draw(picture)
    pen.font = ImageFont.load_default(_FONT_PX)
    return picture, pen


def panels_size(panels: int, lines: int) -> tuple[int, int]:
    """Return width and height of panels side by side above so many lines of text."""
    return LEFT_PX + panels * (LEFT_PX + PANEL_PX), line_y(lines) + LINE_PX


def line_y(index: int) -> int:
    """Return where a line of text begins below panels."""
    return TOP_PX + PANEL_PX + 2 * LINE_PX + index * LINE_PX


def colour_of(index: int) -> Colour:
    """Return the colour of a curve by its place among the others."""
    return COLOURS[index % len(COLOURS)]


def around(x: float, y: float, radius: float = DOT_PX) -> tuple[float, float, float, float]:
    """Return the box of a disc."""
    return x - radius, y - radius, x + radius, y + radius
