"""Undo and redo as two stacks of steps."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from psygnal import Signal

if TYPE_CHECKING:
    from napari_samwise.plugin.keeping import Kept
    from napari_samwise.plugin.label_edits import Changes


@dataclass(frozen=True, slots=True)
class Step:
    """Something that was done, with the way back and the way forth again.

    Parameters
    ----------
    name : str
        For a sentence, such as ``"commit"``.
    undo, redo : callable
        The ways.
    changes : tuple of (int, LabelPatch)
        Which pixels of the labels were given which label, in this order; 0 is the background.
    kept : Kept, optional
        Instead of changes, what was kept.
    """

    name: str
    undo: Callable[[], None]
    redo: Callable[[], None]
    changes: Changes = ()
    kept: Kept | None = None


class History:
    """What was done, newest last; doing something new forgets what was undone."""

    pushed = Signal(Step)
    """A step was done."""
    undone = Signal()
    """The newest step was taken back."""
    redone = Signal()
    """The step that was taken back last was done again."""
    dropped = Signal()
    """The newest step was taken back for good."""

    def __init__(self) -> None:
        self._done: list[Step] = []
        self._undone: list[Step] = []

    @property
    def can_undo(self) -> bool:
        """Whether there is a step to take back."""
        return bool(self._done)

    @property
    def can_redo(self) -> bool:
        """Whether there is a step to do again."""
        return bool(self._undone)

    @property
    def newest(self) -> Step | None:
        """The step that would be taken back next."""
        return self._done[-1] if self._done else None

    def push(self, step: Step) -> None:
        """Record a step that has just been done."""
        self._done.append(step)
        self._undone.clear()
        self.pushed.emit(step)

    def drop_newest(self) -> None:
        """Forget the newest step, whose effect its maker has taken back."""
        self._done.pop()
        self._undone.clear()
        self.dropped.emit()

    def replace(self, done: Iterable[Step] = (), undone: Iterable[Step] = ()) -> None:
        """Forget everything, and take over what was done elsewhere, newest last."""
        self._done, self._undone = list(done), list(undone)

    def undo(self) -> str:
        """Take the newest step back and return its name; empty if there is none.

        If that raises, it is still the newest.
        """
        if not self._done:
            return ""
        step = self._done.pop()
        try:
            step.undo()
        except Exception:
            self._done.append(step)
            raise
        self._undone.append(step)
        self.undone.emit()
        return step.name

    def redo(self) -> str:
        """Do the step again that was undone last and return its name; empty if there is none.

        If that raises, it can be tried again.
        """
        if not self._undone:
            return ""
        step = self._undone.pop()
        try:
            step.redo()
        except Exception:
            self._undone.append(step)
            raise
        self._done.append(step)
        self.redone.emit()
        return step.name
