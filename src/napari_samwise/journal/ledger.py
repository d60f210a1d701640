"""Labels and what can be undone in them: what a session's journal does to its objects."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from napari_samwise.geometry.boxed_mask import BoxedMask
from napari_samwise.geometry.roi import Roi
from napari_samwise.journal.events import Change, Commit, MaskPart, Prompt
from napari_samwise.journal.pixels import (
    area_of,
    encode_part,
    find_value,
    replace_values,
    set_values,
    take_free,
)
from napari_samwise.journal.plane import Plane

PlaneMasks = Sequence[tuple[Plane, Iterable[BoxedMask]]]
Patches = tuple[tuple[Plane, tuple[MaskPart, ...]], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Kept:
    """An object that was committed.

    Parameters
    ----------
    commit : Commit
        What the journal says of it.
    patches : tuple
        Plane and pixels that it got here.
    model : str
        Name of the model that the journal says.
    clicks : int
        Points, boxes and drawn masks that it took, on all planes.
    seconds : float
        When, since the journal was begun.
    """

    commit: Commit
    patches: Patches
    model: str
    clicks: int
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
    draft : Prompt
        The prompts of the object in work.
    locked : set of int
        Ids that are protected from painting.
    done, undone : list of Step
        What can be taken back and done again, newest last.
    """

    def __init__(self, labels: Any) -> None:
        self.labels = labels
        self.objects: dict[int, Kept] = {}
        self.draft = Prompt()
        self.locked: set[int] = set()
        self.done: list[Step] = []
        self.undone: list[Step] = []
        self._places: dict[int, dict[tuple[Plane, Roi], None]] = {}

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
        label, draft, before = kept.commit.id, self.draft, self.objects.get(kept.commit.id)

        def undo() -> None:
            self._replace(kept.patches, label, 0)
            self._list(label, before)
            self.draft = draft

        def redo() -> None:
            self._replace(kept.patches, 0, label)
            self._list(label, kept)
            self.draft = Prompt()

        self._list(label, kept)
        self.draft = Prompt()
        self._push(Step("commit", undo, redo))

    def paint(self, changes: Sequence[Change]) -> None:
        """Set pixels, whatever they were."""
        before = self._set(changes)

        def undo() -> None:
            pairs = [(c.plane, part) for c in changes for part in c.parts]
            for (plane, part), values in zip(reversed(pairs), reversed(before), strict=True):
                set_values(self.labels, plane, part, values)

        self._push(Step("paint", undo, lambda: _ignore(self._set(changes))))

    def adopt(self, changes: Sequence[Change]) -> None:
        """Set pixels, and forget what could be undone."""
        self._set(changes)
        self.done.clear()
        self.undone.clear()

    def delete(self, label: int) -> None:
        """Make all pixels of an object background."""
        patches = []
        for plane, box in self._places.get(label, {}):
            found = find_value(self.labels, plane, box, label)
            if not found.roi.is_empty:
                parts = (encode_part(found),)
                replace_values(self.labels, plane, parts, label, 0)
                patches.append((plane, parts))
        erased, kept = tuple(patches), self.objects.pop(label, None)

        def undo() -> None:
            self._replace(erased, 0, label)
            self._list(label, kept)

        def redo() -> None:
            self._replace(erased, label, 0)
            self._list(label, None)

        self._push(Step("delete", undo, redo))

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

    def _list(self, label: int, kept: Kept | None) -> None:
        if kept is None:
            self.objects.pop(label, None)
        else:
            self.objects[label] = kept

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


def _ignore(values: list[Any]) -> None:
    """Forget what was there before: it is what the first time found."""
