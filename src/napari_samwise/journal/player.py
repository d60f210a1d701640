"""Plays the events of a journal into labels, with masks from wherever the caller has them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from napari_samwise.errors import JournalError
from napari_samwise.journal.events import (
    Adopt,
    Clear,
    Commit,
    Decode,
    Drop,
    Entry,
    Frame,
    Lock,
    Paint,
    Prompt,
    Redo,
    Undo,
)
from napari_samwise.journal.ledger import Kept, Ledger, PlaneMasks
from napari_samwise.journal.objects import CommittedPlane
from napari_samwise.journal.pixels import decode_part
from napari_samwise.journal.reader import Journal
from napari_samwise.journal.recorded_plane import RecordedPlane


class Player:
    """Plays events one by one.

    Parameters
    ----------
    labels : array
        The image's spatial shape; nothing but 0.

    Attributes
    ----------
    ledger : Ledger
        The labels, the objects, and what can be undone.
    frames, decodes : list
        What later events refer to by number.
    """

    def __init__(self, labels: Any) -> None:
        self.ledger = Ledger(labels)
        self.frames: list[Frame] = []
        self.decodes: list[Decode] = []
        self._more = False

    def play(self, entry: Entry, masks: PlaneMasks | None = None) -> None:
        """Do what an event says.

        Parameters
        ----------
        entry : Entry
            The event.
        masks : sequence, optional
            Of a commit, the masks to write on the planes that were decoded; by default those that
            the journal holds. What was filled is always as in the journal.
        """
        event, ledger = entry.event, self.ledger
        if isinstance(event, Frame):
            self.frames.append(event)
        elif isinstance(event, Decode):
            self.decodes.append(event)
        elif isinstance(event, Prompt | Clear):
            ledger.prompt(event if isinstance(event, Prompt) else Prompt())
        elif isinstance(event, Commit):
            self._commit(event, entry.seconds, masks)
        elif isinstance(event, Paint):
            ledger.paint(event, goes_on=self._more)
        elif isinstance(event, Adopt):
            ledger.adopt(event)
        elif isinstance(event, Lock):
            ledger.lock(event.id, event.locked)
        elif isinstance(event, Undo):
            ledger.undo()
        elif isinstance(event, Redo):
            ledger.redo()
        elif isinstance(event, Drop):
            ledger.drop()
        self._more = isinstance(event, Paint) and event.more

    def frame_of(self, done: CommittedPlane) -> Frame:
        """Return the frame in which a committed mask was decoded."""
        return self.frames[self.decodes[done.decode].frame]

    def _commit(self, event: Commit, seconds: float, masks: PlaneMasks | None) -> None:
        decoded = list(self._recorded(event)) if masks is None else list(masks)
        filled = [(each.plane, map(decode_part, each.parts)) for each in event.filled]
        patches = self.ledger.take_free(event.id, [*decoded, *filled])
        self.ledger.commit(Kept(event, patches, seconds))

    def _recorded(self, event: Commit) -> Iterator[tuple[RecordedPlane, Any]]:
        for done in event.planes:
            yield self.frame_of(done).plane, map(decode_part, done.parts)


def restore(journal: Journal, labels: Any | None = None) -> Ledger:
    """Rebuild a session as it was, from the masks that its journal holds; no model is asked.

    Parameters
    ----------
    journal : Journal
        What was recorded.
    labels : array, optional
        Nothing but 0, the image's spatial shape, written into; by default a new int32 array.

    Raises
    ------
    JournalError
        If the labels have another shape.
    """
    player = Player(make_labels(journal, labels))
    for entry in journal.entries:
        player.play(entry)
    return player.ledger


def make_labels(journal: Journal, given: Any | None = None) -> Any:
    """Return labels for a journal's image: new int32 ones, or those given.

    Raises
    ------
    JournalError
        If those given have another shape.
    """
    shape = journal.header.image.spatial_shape
    if given is None:
        return np.zeros(shape, dtype=np.int32)
    found = getattr(given, "shape", None)
    if found is None or tuple(found) != shape:
        raise JournalError(f"The journal is of an image of shape {shape}, got labels of {found}.")
    return given


def highest_id(journal: Journal) -> int:
    """Return the highest label that is written while a journal is played."""
    highest = 0
    for entry in journal.entries:
        event = entry.event
        if isinstance(event, Commit):
            highest = max(highest, event.id)
        elif isinstance(event, Paint | Adopt):
            highest = max([highest, *(change.id for change in event.changes)])
    return highest
