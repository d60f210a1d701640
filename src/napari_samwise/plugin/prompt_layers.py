"""Between the two layers in which a user prompts and the draft of the session."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_samwise.plugin.draft import Axes, Draft
from napari_samwise.plugin.outline import Outline
from napari_samwise.plugin.point_table import DEFAULTS, make_table, read_axes, read_labels, symbols
from napari_samwise.prompts import EXCLUDE, INCLUDE

if TYPE_CHECKING:
    from napari.layers import Points, Shapes

_FINISHED = {"added", "removed", "changed"}
_DRAGGED_MODES = {"add_rectangle", "add_ellipse"}
_LEAST_DRAG_PX = 3
"""On the screen; a shorter drag is a click."""


class PromptLayers:
    """Reads prompts when the user changed them and writes them back after undo.

    Parameters
    ----------
    points : Points
        The prompts layer.
    shapes : Shapes
        The boxes layer.
    on_change : callable
        Called with the new :class:`Draft` after the user (or a script) changed something.
    """

    def __init__(self, points: Points, shapes: Shapes, on_change: Callable[[Draft], None]) -> None:
        self.points = points
        self.shapes = shapes
        self.label = INCLUDE
        self.displayed_axes: Axes = (points.ndim - 2, points.ndim - 1)
        self._on_change = on_change
        self._writing = False
        self._excludes_next = False
        self._known = len(points.data)
        self._outlines = self._read_outlines()
        points.events.data.connect(self._on_points)
        points.events.features.connect(self._on_features)
        points.mouse_drag_callbacks.append(self._on_press)
        shapes.events.data.connect(self._on_shapes)

    def close(self) -> None:
        """Leave the layers as any layers; nothing of this object stays bound to them."""
        self.points.events.data.disconnect(self._on_points)
        self.points.events.features.disconnect(self._on_features)
        self.points.mouse_drag_callbacks.remove(self._on_press)
        self.shapes.events.data.disconnect(self._on_shapes)

    def read(self) -> Draft:
        """Return what the layers hold."""
        table = self.points.features
        return Draft(
            np.array(self.points.data, dtype=np.float64),
            read_labels(table),
            read_axes(table, self.displayed_axes),
            self._outlines,
        )

    def write(self, draft: Draft) -> None:
        """Make the layers show a draft."""
        with self._quietly():
            self.points.selected_data = set()
            self.points.data = draft.points
            self._write_table(draft)
            if not _same_outlines(self._outlines, draft.outlines):
                self._show_outlines(draft.outlines)
        self._known = len(draft.points)
        self._outlines = draft.outlines

    def empty(self) -> None:
        """Leave the layers without a prompt; an outline that is being drawn is dropped."""
        with self._quietly():
            self.points.mode = self.shapes.mode = "pan_zoom"
        self._outlines = self._read_outlines()
        if len(self.points.data) or self._outlines:
            self.write(Draft.empty(self.points.ndim))

    def drop_unfinished(self) -> bool:
        """Drop an outline that was begun and not finished; tell whether there was one.

        napari finishes it when the mode changes, and nobody asked for half of it.
        """
        if len(self.shapes.data) <= len(self._outlines):
            return False
        with self._quietly():
            self.shapes.mode = "pan_zoom"
            self._show_outlines(self._outlines)
        return True

    def flip_selected(self) -> bool:
        """Turn selected points from include to exclude and back; False if none is selected."""
        selected = sorted(self.points.selected_data)
        if not selected or self.points.mode != "select":
            return False
        draft = self.read()
        draft.labels[selected] = 1 - draft.labels[selected]
        with self._quietly():
            self._write_table(draft)
        self._on_change(draft)
        return True

    def _on_press(self, layer: Points, event: Any) -> None:
        # The point is added on release; what counts is the key held on press.
        self._excludes_next = "Alt" in event.modifiers

    def _on_points(self, event: Any) -> None:
        if self._writing or str(event.action) not in _FINISHED:
            return
        if len(self.points.data) > self._known:
            self._label_new(self._known)
        self._known = len(self.points.data)
        self._on_change(self.read())

    def _label_new(self, first: int) -> None:
        """Give the points from ``first`` on the label and the plane that hold now."""
        draft = self.read()
        draft.labels[first:] = EXCLUDE if self._excludes_next else self.label
        self._excludes_next = False
        fresh = (self.displayed_axes,) * (len(draft.points) - first)
        labelled = Draft(draft.points, draft.labels, draft.axes[:first] + fresh, draft.outlines)
        with self._quietly():
            self._write_table(labelled)

    def _on_features(self, event: Any) -> None:
        if not self._writing:
            self._on_change(self.read())

    def _on_shapes(self, event: Any) -> None:
        if self._writing or str(event.action) not in _FINISHED:
            return
        outlines = self._read_outlines()
        if len(outlines) == len(self._outlines) + 1 and self._is_a_mere_click(outlines[-1]):
            with self._quietly():
                self._show_outlines(self._outlines)
            return
        self._outlines = outlines
        self._on_change(self.read())

    def _is_a_mere_click(self, drawn: Outline) -> bool:
        """Tell whether nobody dragged: napari makes a shape of a click, too small to be seen."""
        if self.shapes.mode not in _DRAGGED_MODES:
            return False
        extent = np.ptp(drawn.vertices, axis=0) * self.shapes.scale
        return bool(extent.max() < _LEAST_DRAG_PX * self.shapes.scale_factor)

    def _show_outlines(self, outlines: tuple[Outline, ...]) -> None:
        self.shapes.selected_data = set()
        self.shapes.data = [(outline.vertices, outline.kind) for outline in outlines]

    def _read_outlines(self) -> tuple[Outline, ...]:
        pairs = zip(self.shapes.shape_type, self.shapes.data, strict=True)
        return tuple(Outline(str(kind), np.array(data, dtype=np.float64)) for kind, data in pairs)

    def _write_table(self, draft: Draft) -> None:
        self.points.features = make_table(draft.labels, draft.axes)
        # An empty table would leave napari without values, and so colours, for the next points.
        self.points.feature_defaults = DEFAULTS
        if len(draft.points):
            self.points.symbol = symbols(draft.labels)

    @contextmanager
    def _quietly(self) -> Iterator[None]:
        """Change the layers without taking the change for the user's."""
        before, self._writing = self._writing, True
        try:
            yield
        finally:
            self._writing = before


def _same_outlines(first: tuple[Outline, ...], second: tuple[Outline, ...]) -> bool:
    return len(first) == len(second) and all(
        a.same_as(b) for a, b in zip(first, second, strict=True)
    )
