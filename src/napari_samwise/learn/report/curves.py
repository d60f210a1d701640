"""Training curves: IoU and losses by step."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from napari_samwise.learn.report.canvas import (
    LEFT_PX,
    LINE_PX,
    PANEL_PX,
    Panel,
    colour_of,
    line_y,
    new_picture,
    panels_size,
)
from napari_samwise.learn.training_log import LogEntry

_IOU_SUFFIXES = ("_best", "_chosen")
_NO_LOSSES = ("score_r", "seconds")


def draw_curves(log: Sequence[LogEntry]) -> NDArray[np.uint8]:
    """Draw what a run reported: on the left true IoU on training windows, on the right losses.

    Parameters
    ----------
    log : sequence of LogEntry
        By ascending step; none makes empty panels.

    Returns
    -------
    ndarray
        `(Y, X, 3)` uint8.
    """
    names = sorted({name for entry in log for name in entry.means if name not in _NO_LOSSES})
    ious = [name for name in names if name.endswith(_IOU_SUFFIXES)]
    losses = [name for name in names if name not in ious]
    values = [value for name in losses for _, value in _points(log, name)]
    lowest, largest = min(values, default=0.0), max(values, default=1.0)
    last = max((entry.step for entry in log), default=1)
    picture, pen = new_picture(*panels_size(2, max(len(ious), len(losses), 1)))
    sides = (
        ("IoU on training windows, by step", ious, (0.0, 1.0)),
        ("losses, by step", losses, (min(lowest, 0.0), max(largest, 1e-6))),
    )
    for place, (title, drawn, up) in enumerate(sides):
        panel = Panel(pen, place, (0.0, last), up)
        panel.draw_frame(title)
        left = LEFT_PX + place * (LEFT_PX + PANEL_PX)
        for index, name in enumerate(drawn):
            points = _points(log, name)
            if not points:
                continue
            panel.draw_curve(points, colour_of(index))
            panel.draw_dot(points[-1], colour_of(index), LINE_PX / 8)
            text = f"{name}: {points[-1][1]:.3f} at step {points[-1][0]:.0f}"
            pen.text((left, line_y(index)), text, fill=colour_of(index))
    return np.asarray(picture)


def _points(log: Sequence[LogEntry], name: str) -> list[tuple[float, float]]:
    """Return the (step, value) pairs that are numbers."""
    found = [(float(entry.step), entry.means.get(name, math.nan)) for entry in log]
    return [(step, value) for step, value in found if math.isfinite(value)]
