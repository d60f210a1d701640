"""Between the objects layer and the session: pixels, the table of objects, painting by hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_samwise.plugin.inventory import list_objects
from napari_samwise.plugin.label_chunks import ChunkedLabels
from napari_samwise.plugin.label_edits import Repaint
from napari_samwise.plugin.label_pyramid import LabelPyramid
from napari_samwise.plugin.labels import is_shown_by, labels_of, layer_data
from napari_samwise.plugin.painting import Stroke
from napari_samwise.plugin.segmented_object import SegmentedObject
from napari_samwise.plugin.session import Session

if TYPE_CHECKING:
    import pandas as pd
    from napari.layers import Labels


class ObjectsLayer:
    """Shows a session's labels and hears of what the user paints into them.

    Parameters
    ----------
    layer : Labels
        The objects layer; its data are the session's labels.
    session : Session
        What is shown.
    on_picked : callable, optional
        Called with the label that is chosen in the layer, as by napari's picker.
    on_refused : callable, optional
        Called with a sentence about data that the layer was given and that were put back.
    """

    def __init__(
        self,
        layer: Labels,
        session: Session,
        on_picked: Callable[[int], None] | None = None,
        on_refused: Callable[[str], None] | None = None,
    ) -> None:
        self.layer = layer
        self._session = session
        self._on_picked = on_picked
        self._on_refused = on_refused
        layer.events.selected_label.connect(self._on_selected)
        layer.events.paint.connect(self._on_paint)
        layer.events.data.connect(self._on_data)
        session.objects_changed.connect(self.refresh)

    def close(self) -> None:
        """Leave the layer as any layer; nothing of this object stays bound to it."""
        self.layer.events.selected_label.disconnect(self._on_selected)
        self.layer.events.paint.disconnect(self._on_paint)
        self.layer.events.data.disconnect(self._on_data)
        self._session.objects_changed.disconnect(self.refresh)

    def refresh(self) -> None:
        """Draw the labels and write the table anew."""
        self.layer.features = make_table(self._session.objects)
        if not is_shown_by(self._session.labels, self.layer):
            self.layer.data = layer_data(self._session.labels)
        elif self._keeps_coarsest:
            self._forget_coarsest()
        self.layer.refresh(highlight=False, extent=False)

    @property
    def _keeps_coarsest(self) -> bool:
        """Whether the layer remembers the coarsest level as it was, and does not look again."""
        labels = self._session.labels
        is_foreign = isinstance(labels, LabelPyramid) and not isinstance(labels, ChunkedLabels)
        return is_foreign and labels.ndim == 2

    def _forget_coarsest(self) -> None:
        """Make the layer read the coarsest level again, and show what it shows now."""
        level, corners = self.layer.data_level, self.layer.corner_pixels
        # New data are shown on the coarsest level first.
        last = np.asarray(self._session.labels.levels[-1].shape) - 1
        self.layer.corner_pixels = np.stack([np.zeros_like(last), last])
        with self.layer.events.data.blocker(self._on_data):
            self.layer.data = layer_data(self._session.labels)
        self.layer.corner_pixels = corners
        self.layer.data_level = level

    def _on_paint(self, event: Any) -> None:
        session, layer = self._session, self.layer
        stroke = Stroke.of(event.value)
        if not stroke.changes:
            return
        before = session.objects
        after = stroke.list_objects(before)

        # The layer has a history of its own, but a short one. To know what the pixels were, the
        # stroke is done again.
        stroke.take_back(session.labels)
        pixels = Repaint(session, stroke.changes)
        pixels.do()

        def undo() -> None:
            pixels.undo()
            session.objects = dict(before)

        def redo() -> None:
            pixels.do()
            session.objects = dict(after)

        session.objects = dict(after)
        layer.features = make_table(session.objects)
        highest = max(label for label, _ in stroke.changes)
        session.note_paint(highest, undo, redo, stroke.changes)

    def _on_selected(self, event: Any) -> None:
        if self._on_picked is not None:
            self._on_picked(int(self.layer.selected_label))

    def _on_data(self, event: Any) -> None:
        if is_shown_by(self._session.labels, self.layer):
            return
        labels, shape = labels_of(self.layer), tuple(self._session.labels.shape)
        if tuple(labels.shape) != shape:
            self.refresh()
            if self._on_refused is not None:
                self._on_refused(
                    f"'{self.layer.name}' holds the objects of an image of shape {shape}, so data "
                    f"of shape {tuple(labels.shape)} were put back; add them as a layer of their "
                    "own."
                )
        else:
            self._session.adopt(labels, list_objects(labels, self._session.objects))


def read_objects(layer: Labels, labels: Any) -> dict[int, SegmentedObject]:
    """Return the objects that a layer's labels hold, with what its table tells of them."""
    return list_objects(labels, read_table(layer.features))


def make_table(objects: Mapping[int, SegmentedObject]) -> dict[str, list[Any]]:
    """Return the features of the objects layer, one row for each label, the background first.

    The columns are the label (``index``), its area in pixels, the predicted IoU, the model, the
    number of clicks, and the time at which it was kept (ISO 8601, UTC).
    """
    rows = sorted(objects.values(), key=lambda each: each.id)
    return {
        "index": [0, *(row.id for row in rows)],
        "area": [0, *(row.area for row in rows)],
        "predicted_iou": [np.nan, *(round(row.predicted_iou, 3) for row in rows)],
        "model": ["", *(row.model for row in rows)],
        "clicks": [0, *(row.clicks for row in rows)],
        "time": ["", *(row.time for row in rows)],
    }


def read_table(table: pd.DataFrame) -> dict[int, SegmentedObject]:
    """Return the objects that a table of :func:`make_table` lists; none for any other table.

    Tables of earlier versions have neither ``clicks`` nor ``time``.
    """
    if not {"index", "area", "predicted_iou", "model"} <= set(table.columns):
        return {}
    count = len(table)
    clicks = table["clicks"] if "clicks" in table.columns else [0] * count
    times = table["time"] if "time" in table.columns else [""] * count
    known = (table["index"], table["area"], table["predicted_iou"], table["model"])
    return {
        int(index): SegmentedObject(
            int(index), int(area), float(iou), str(model), int(number), str(time)
        )
        for index, area, iou, model, number, time in zip(*known, clicks, times, strict=True)
        if int(index) > 0
    }
