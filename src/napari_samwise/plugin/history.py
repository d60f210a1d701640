"""Undo and redo as two stacks of steps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Step:
    """Something that was done, with the way back and the way forth again."""

    name: str
    undo: Callable[[], None]
    redo: Callable[[], None]


class History:
    """What was done, newest last; doing something new forgets what was undone."""

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

    def drop_newest(self) -> None:
        """Forget the newest step, whose effect its maker has taken back."""
        self._done.pop()

    def undo(self) -> str:
        """Take the newest step back and return its name; empty if there is none."""
        if not self._done:
            return ""
        step = self._done.pop()
        step.undo()
        self._undone.append(step)
        return step.name

    def redo(self) -> str:
        """Do the step again that was undone last and return its name; empty if there is none."""
        if not self._undone:
            return ""
        step = self._undone.pop()
        step.redo()
        self._done.append(step)
        return step.name
