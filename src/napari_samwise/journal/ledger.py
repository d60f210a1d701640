"""Labels and what can be undone in them: what a session's journal does to its objects."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from napari_samwise.geometry.boxed_mask import BoxedMask
from napari_samwise.geometry.roi import Roi
from napari_samwise.journal.events import Adopt, Commit, Paint, Prompt
from napari_samwise.journal.objects import Change, MaskPart, ObjectRow
from napari_samwise.journal.pixels import (
    area_of,
    encode_part,
    find_value,
    replace_values,
    set_values,
    take_free,
)
from napari_samwise.journal.recorded_plane import RecordedPlane

PlaneMasks = Sequence[tuple[RecordedPlane, Iterable[BoxedMask]]]
Patches = tuple[tuple[RecordedPlane, tuple[MaskPart, ...]], ...]
Listed = dict[int, tuple["ObjectRow | None", "Kept | None"]]
T = TypeVar("T")


@dataclass(frozen=True, slots=True, eq=False)
class Kept:
    """An object that was committed.

    Parameters
    ----------
    commit : Commit
        What the journal says of it.
    patches : tuple
        Plane and pixels that it got here.
    seconds : float
        When, since the journal was begun.
    """

    commit: Commit
    patches: Patches
    seconds: float

    @property
    def area(self) -> int:
        """Pixels that it got when it was committed."""
        return sum(area_of(parts) for _, parts in self.patches)


@dataclass(frozen=True, slots=True)
class Step:
    """Something that can be taken back and done again."""

    name: str
    undo: Callable[[], None]
    redo: Callable[[], None]


class Ledger:
    """Applies changes to labels, with the undo of a session.

    Parameters
    ----------
    labels : array
        The image's spatial shape, signed or wide enough for the ids; read and written by slices.

    Attributes
    ----------
    objects : dict of int to Kept
        The committed objects that are there.
    table : dict of int to ObjectRow
        All objects that are listed, however they were made.
    draft : Prompt
        The prompts of the object in work.
    locked : set of int
        Ids that are protected from painting.
    done, undone : list of Step
        What can be taken back and done again, newest last.
    foreign_id : int
        The highest id that was painted by hand or adopted, even where that was undone.
    """

    def __init__(self, labels: Any) -> None:
        self.labels = labels
        self.objects: dict[int, Kept] = {}
        self.table: dict[int, ObjectRow] = {}
        self.draft = Prompt()
        self.locked: set[int] = set()
        self.done: list[Step] = []
        self.undone: list[Step] = []
        self.foreign_id = 0
        self._places: dict[int, dict[tuple[RecordedPlane, Roi], None]] = {}

    def prompt(self, draft: Prompt) -> None:
        """Take over the prompts of the object in work."""
        before = self.draft

        def undo() -> None:
            self.draft = before

        def redo() -> None:
            self.draft = draft

        redo()
        self._push(Step("prompt", undo, redo))

    def take_free(self, label: int, masks: PlaneMasks) -> Patches:
        """Give an object the pixels of its masks that no object has yet, and return them."""
        patches = tuple(
            (plane, take_free(self.labels, plane, blocks, label)) for plane, blocks in masks
        )
        self._remember(label, patches)
        return patches

    def commit(self, kept: Kept) -> None:
        """List an object that took its pixels, and begin a new one."""
        label, draft = kept.commit.id, self.draft
        before = self._list({label: (kept.commit.object, kept)})

        def undo() -> None:
            self._replace(kept.patches, label, 0)
            self._list(before)
            self.draft = draft

        def redo() -> None:
            self._replace(kept.patches, 0, label)
            self._list({label: (kept.commit.object, kept)})
            self.draft = Prompt()

        self.draft = Prompt()
        self._push(Step("commit", undo, redo))

    def paint(self, event: Paint, *, goes_on: bool = False) -> None:
        """Set pixels, whatever they were, and list other objects; or go on with the last step."""
        before = self._set(event.changes)
        rest = tuple(self._rest(event.removed, event.into))
        before += self._set(rest)
        changes = event.changes + rest
        after: Listed = {row.id: (row, self.objects.get(row.id)) for row in event.objects}
        after.update(dict.fromkeys(event.removed, (None, None)))
        listed = self._list(after)
        if event.name == "paint":
            self.foreign_id = max([self.foreign_id, *(change.id for change in changes)])

        def undo() -> None:
            pairs = [(c.plane, part) for c in changes for part in c.parts]
            for (plane, part), values in zip(reversed(pairs), reversed(before), strict=True):
                set_values(self.labels, plane, part, values)
            self._list(listed)

        def redo() -> None:
            # What was there before is what the first time found.
            self._set(changes)
            self._list(after)

        step = Step(event.name, undo, redo)
        self._push(_both(self.done.pop(), step) if goes_on else step)

    def adopt(self, event: Adopt) -> None:
        """Set pixels, list other objects, and forget what could be undone."""
        self._set(event.changes)
        self.table = {row.id: row for row in event.objects}
        self.objects = {label: each for label, each in self.objects.items() if label in self.table}
        self.foreign_id = max((i for i in self._places if self._has(i)), default=0)
        self.done.clear()
        self.undone.clear()

    def drop(self) -> None:
        """Take the newest step back for good."""
        self.done.pop().undo()
        self.undone.clear()

    def box_of(self, label: int) -> tuple[tuple[int, ...], tuple[int, ...]] | None:
        """Return the first index and the one behind the last of a box around an object.

        None if it never had a pixel; what was taken from it since does not count.
        """
        starts, stops = [], []
        for plane, box in self._places.get(label, {}):
            window = plane.window(*box.slices)
            starts.append([at.start if isinstance(at, slice) else at for at in window])
            stops.append([at.stop if isinstance(at, slice) else at + 1 for at in window])
        if not starts:
            return None
        return tuple(np.min(starts, axis=0).tolist()), tuple(np.max(stops, axis=0).tolist())

    def lock(self, label: int, locked: bool) -> None:
        """Protect an object, or release it."""
        (self.locked.add if locked else self.locked.discard)(label)

    def undo(self) -> None:
        """Take the newest step back."""
        step = self.done.pop()
        step.undo()
        self.undone.append(step)

    def redo(self) -> None:
        """Do the step again that was taken back last."""
        step = self.undone.pop()
        step.redo()
        self.done.append(step)

    def _push(self, step: Step) -> None:
        self.done.append(step)
        self.undone.clear()

    def _has(self, label: int) -> bool:
        """Tell whether any pixel has a label."""
        return any(
            not find_value(self.labels, plane, box, label).roi.is_empty
            for plane, box in self._places[label]
        )

    def _list(self, rows: Listed) -> Listed:
        """List objects as they are now, or no more, and return how they were listed."""
        before: Listed = {i: (self.table.get(i), self.objects.get(i)) for i in rows}
        for label, (row, kept) in rows.items():
            _put(self.table, label, row)
            _put(self.objects, label, kept)
        return before

    def _rest(self, labels: Sequence[int], into: int | None) -> Iterator[Change]:
        """Yield what is left of objects, to become another's."""
        if into is None:
            return
        for label in labels:
            for plane, box in self._places.get(label, {}):
                found = find_value(self.labels, plane, box, label)
                if not found.roi.is_empty:
                    yield Change(into, plane, (encode_part(found),))

    def _replace(self, patches: Patches, old: int, new: int) -> None:
        for plane, parts in patches:
            replace_values(self.labels, plane, parts, old, new)

    def _set(self, changes: Sequence[Change]) -> list[Any]:
        before = []
        for change in changes:
            self._remember(change.id, ((change.plane, change.parts),))
            for part in change.parts:
                before.append(set_values(self.labels, change.plane, part, change.id))
        return before

    def _remember(self, label: int, patches: Patches) -> None:
        """Note where pixels of an object may lie, to find them without searching everywhere."""
        places = self._places.setdefault(label, {})
        for plane, parts in patches:
            for part in parts:
                places[plane, Roi(part.offset, part.size)] = None


def _both(first: Step, second: Step) -> Step:
    """Return two steps as one."""

    def undo() -> None:
        second.undo()
        first.undo()

    def redo() -> None:
        first.redo()
        second.redo()

    return Step(second.name, undo, redo)


def _put(target: dict[int, T], label: int, value: T | None) -> None:
    if value is None:
        target.pop(label, None)
    else:
        target[label] = value
