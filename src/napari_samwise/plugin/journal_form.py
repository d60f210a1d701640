"""Between the values of a session and those of its journal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

import numpy as np

from napari_samwise.geometry.boxed_mask import BoxedMask
from napari_samwise.geometry.roi import Roi
from napari_samwise.journal.events import (
    Adopt,
    Choose,
    Clear,
    Decode,
    DrawnShape,
    Event,
    FedBack,
    Frame,
    Paint,
    Prompt,
)
from napari_samwise.journal.objects import Change, MaskPart, ObjectRow
from napari_samwise.journal.pixels import encode_part
from napari_samwise.journal.recorded_plane import RecordedPlane
from napari_samwise.plugin.draft import Draft
from napari_samwise.plugin.frame import Encoded
from napari_samwise.plugin.label_patch import LabelPatch
from napari_samwise.plugin.outline import Outline
from napari_samwise.plugin.plane import Plane
from napari_samwise.plugin.segmented_object import SegmentedObject

_LONGEST_MODEL = 128
_MOST_BYTES, _BYTES_A_PART, _BYTES_A_ROW = 2**21, 80, 160
"""About how long a line gets; far less than the reader allows."""


def to_plane(plane: Plane) -> RecordedPlane:
    """Return a plane as a journal holds it."""
    return RecordedPlane(plane.axes, plane.position)


def to_frame(encoded: Encoded) -> Frame:
    """Return how a plane was encoded, under the number 0."""
    plane, part_px = to_plane(encoded.frame.plane), encoded.part_px or None
    return Frame(0, plane, encoded.model, encoded.intensity, part_px, encoded.rounded)


def to_prompt(draft: Draft) -> Prompt | Clear:
    """Return the prompts in work as an event."""
    if draft.is_empty:
        return Clear()
    shapes = (
        DrawnShape(each.kind, tuple(tuple(map(float, vertex)) for vertex in each.vertices))
        for each in draft.outlines
    )
    return Prompt(
        tuple(tuple(map(float, point)) for point in draft.points),
        tuple(int(label) for label in draft.labels),
        draft.axes,
        tuple(shapes),
    )


def from_prompt(prompt: Prompt, ndim: int) -> Draft:
    """Inverse of :func:`to_prompt`, for data of so many axes."""
    outlines = (Outline(s.kind, np.array(s.vertices, dtype=np.float64)) for s in prompt.shapes)
    points = np.array(prompt.points, dtype=np.float64).reshape(-1, ndim)
    return Draft(points, np.array(prompt.labels, dtype=np.int8), prompt.axes, tuple(outlines))


def to_row(known: SegmentedObject) -> ObjectRow:
    """Return what is listed of an object as a journal holds it."""
    kept = "".join(letter for letter in known.model if letter.isprintable() and letter not in "/\\")
    iou = float(known.predicted_iou) if np.isfinite(known.predicted_iou) else None
    model = kept[:_LONGEST_MODEL]
    return ObjectRow(known.id, int(known.area), iou, model, int(known.clicks), known.time)


def from_row(row: ObjectRow, box: Roi | None) -> SegmentedObject:
    """Inverse of :func:`to_row`, with a box around the object."""
    iou = np.nan if row.predicted_iou is None else row.predicted_iou
    return SegmentedObject(row.id, row.area, iou, row.model, row.clicks, row.time, box)


def to_parts(patch: LabelPatch) -> tuple[MaskPart, ...]:
    """Return pixels of a plane as a journal holds them."""
    return tuple(encode_part(BoxedMask(part.roi, part.mask())) for part in patch.parts)


def to_changes(changes: Iterable[tuple[int, LabelPatch]]) -> tuple[Change, ...]:
    """Return changed pixels, with their labels, as a journal holds them."""
    pairs = ((label, patch) for label, patch in changes if patch.parts)
    return tuple(Change(label, to_plane(patch.plane), to_parts(patch)) for label, patch in pairs)


def renumber(event: Frame | Decode | Choose, frames: int, decodes: int) -> Event:
    """Return an event for a journal that holds so many frames and decodings before it."""
    if isinstance(event, Frame):
        return replace(event, number=event.number + frames)
    if isinstance(event, Choose):
        return replace(event, decode=event.decode + decodes)
    start = event.start
    if isinstance(start, FedBack):
        start = replace(start, decode=start.decode + decodes)
    number, frame = event.number + decodes, event.frame + frames
    return replace(event, number=number, frame=frame, start=start)


def split_paint(event: Paint) -> Iterator[Paint]:
    """Yield an event in as many as it takes for none to be too long."""
    *earlier, last = _share(event.changes)
    for changes in earlier:
        yield Paint(changes, name=event.name, more=True)
    rows_a_line = _MOST_BYTES // _BYTES_A_ROW
    rows = event.objects
    while len(rows) > rows_a_line:
        yield Paint((), rows[:rows_a_line], name=event.name, more=True)
        rows = rows[rows_a_line:]
    yield replace(event, changes=last, objects=rows)


def split_adopt(event: Adopt) -> Iterator[Adopt]:
    """Yield an event in as many as it takes; each lists all objects."""
    return (replace(event, changes=changes) for changes in _share(event.changes))


def _share(changes: Iterable[Change]) -> list[tuple[Change, ...]]:
    """Share changes out among lines; at least one."""
    lines: list[list[Change]] = [[]]
    length = 0
    for change in changes:
        own = sum(_BYTES_A_PART + len(part.counts) for part in change.parts) + _BYTES_A_PART
        if lines[-1] and length + own > _MOST_BYTES:
            lines.append([])
            length = 0
        lines[-1].append(change)
        length += own
    return [tuple(line) for line in lines]
