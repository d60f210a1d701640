"""Pixels that are given other labels, whatever they are, with the way back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from napari_samwise.plugin.all_or_none import do_all_or_none
from napari_samwise.plugin.history import Step
from napari_samwise.plugin.label_patch import LabelPatch, box_of
from napari_samwise.plugin.segmented_object import SegmentedObject

if TYPE_CHECKING:
    from napari_samwise.plugin.session import Session

Changes = tuple[tuple[int, LabelPatch], ...]
Objects = Mapping[int, SegmentedObject]


class Repaint:
    """Pixels that are given labels, whatever they are, and what they were.

    Parameters
    ----------
    session : Session
        Whose labels are changed.
    changes : tuple of (int, LabelPatch)
        Labels, 0 for the background, and the pixels that become theirs.
    """

    def __init__(self, session: Session, changes: Changes) -> None:
        self._session = session
        self._changes = changes
        self._before: list[tuple[NDArray[Any], ...]] = []

    def do(self) -> None:
        """Give the pixels these labels; all or none."""
        labels, before = self._session.labels, list[tuple[NDArray[Any], ...]]()

        def paint(change: tuple[int, LabelPatch]) -> None:
            label, patch = change
            before.append(patch.paint(labels, label))

        # What was painted last is taken back first.
        do_all_or_none(self._changes, paint, lambda change: change[1].restore(labels, before.pop()))
        self._before = before

    def undo(self) -> None:
        """Make them what they were; all or none."""
        labels = self._session.labels
        pairs = list(zip(self._changes, self._before, strict=True))
        do_all_or_none(
            reversed(pairs),
            lambda pair: pair[0][1].restore(labels, pair[1]),
            lambda pair: pair[0][1].paint(labels, pair[0][0]),
        )


def edit_labels(session: Session, changes: Changes, objects: Objects, name: str) -> Step:
    """Change labels and what is listed of their objects; return it as a step of undo.

    Parameters
    ----------
    session : Session
        Whose labels are changed.
    changes : tuple of (int, LabelPatch)
        Labels, 0 for the background, and the pixels that become theirs.
    objects : mapping of int to SegmentedObject
        What is listed after it.
    name : str
        Of the step.
    """
    before, after = dict(session.objects), dict(objects)
    pixels = Repaint(session, changes)

    def redo() -> None:
        pixels.do()
        show(after)

    def undo() -> None:
        pixels.undo()
        show(before)

    def show(listed: Objects) -> None:
        session.objects = dict(listed)
        session.objects_changed.emit()

    redo()
    return Step(name, undo, redo, changes=changes)


def with_pixels(known: SegmentedObject, added: Sequence[LabelPatch]) -> SegmentedObject:
    """Return an object that got further pixels."""
    box = box_of(added)
    if known.area and known.box is None:
        box = None
    elif known.box is not None:
        box = known.box if box is None else known.box.union(box)
    return replace(known, area=known.area + sum(patch.area for patch in added), box=box)
