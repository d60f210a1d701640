"""The journal that an image has already: finding it, and taking the work up where it ended."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_samwise.errors import JournalError
from napari_samwise.geometry.axes import Axes
from napari_samwise.geometry.roi import Roi
from napari_samwise.journal.events import (
    Adopt,
    Choose,
    Clear,
    Commit,
    Decode,
    FedBack,
    Frame,
    ImageIdentity,
    Paint,
    Redo,
    Resume,
    Undo,
)
from napari_samwise.journal.identity import identify
from napari_samwise.journal.ledger import Ledger
from napari_samwise.journal.place import aside_name, journal_places
from napari_samwise.journal.player import highest_id, restore
from napari_samwise.journal.reader import Journal, read_journal
from napari_samwise.journal.writer import JournalWriter, is_written
from napari_samwise.plugin.history import Step
from napari_samwise.plugin.journal_form import from_prompt, from_row
from napari_samwise.plugin.plane import Plane
from napari_samwise.plugin.segmented_object import SegmentedObject

if TYPE_CHECKING:
    from napari_samwise.plugin.session import Session
    from napari_samwise.plugin.view import ImageSource

MakeLabels = Callable[[int], Any]
_SPATIAL = {2: "YX", 3: "ZYX", 4: "TZYX"}
# Any letters do for axes to step through.
_STEP_NAMES = "ABDEFGHIJKLMNOPQRSUVW"


@dataclass(frozen=True, slots=True, eq=False)
class Earlier:
    """A journal that the work can be taken up from.

    Parameters
    ----------
    path : Path
        Where it lies.
    journal : Journal
        What it says.
    ledger : Ledger
        The labels, objects and steps of undo, as they were.
    """

    path: Path
    journal: Journal
    ledger: Ledger

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing that anybody would miss."""
        ledger = self.ledger
        return not (ledger.table or ledger.draft.points or ledger.draft.shapes or self.has_paint)

    @property
    def has_paint(self) -> bool:
        """Whether pixels were changed otherwise than by keeping objects."""
        return any(isinstance(entry.event, Paint | Adopt) for entry in self.journal.entries)

    @property
    def counts(self) -> tuple[int, int]:
        """How many frames and decodings it holds."""
        kinds = [type(entry.event) for entry in self.journal.entries]
        return kinds.count(Frame), kinds.count(Decode)

    @property
    def chosen(self) -> dict[Plane, int]:
        """The candidates that the user chose for the prompts in work.

        Not those of refined masks: nobody can tell what these were refined from without decoding.
        """
        frames: list[Plane] = []
        decodes: list[tuple[Plane, bool]] = []
        ranks: dict[Plane, int] = {}
        for event in (entry.event for entry in self.journal.entries):
            if isinstance(event, Frame):
                frames.append(Plane(event.plane.axes, event.plane.position))
            elif isinstance(event, Decode):
                plane = frames[event.frame]
                decodes.append((plane, isinstance(event.start, FedBack)))
                ranks.pop(plane, None)
            elif isinstance(event, Choose):
                plane, is_refined = decodes[event.decode]
                if not is_refined:
                    ranks[plane] = event.candidate
            elif isinstance(event, Commit | Clear | Undo | Redo):
                ranks.clear()
        return ranks

    def describe(self) -> str:
        """Say what it holds, and from when."""
        kept = len(self.ledger.table)
        begun = datetime.fromisoformat(self.journal.header.created).timestamp()
        times = [e.seconds for e in self.journal.entries if isinstance(e.event, Commit | Paint)]
        when = datetime.fromtimestamp(begun + max(times, default=0.0))
        form = "%d %b %H:%M" if when.year == datetime.now().year else "%d %b %Y %H:%M"
        what = "1 object was" if kept == 1 else f"{kept} objects were"
        sentence = f"{what} kept on {when:{form}}."
        if self.journal.refusals:
            line = self.journal.refusals[0].line
            sentence += f" Line {line} of the journal is damaged; what came from there on is lost."
        return sentence


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """What there is of an image.

    Parameters
    ----------
    image : ImageIdentity
        The image.
    places : tuple of Path
        Where a new journal can be begun, best first; after one was put aside, its own.
    earlier : Earlier or None
        What can be taken up.
    note : str
        A sentence on what else was found there.
    is_taken : bool
        Whether another window writes the journal now.
    """

    image: ImageIdentity
    places: tuple[Path, ...]
    earlier: Earlier | None = None
    note: str = ""
    is_taken: bool = False


def look_for_journal(
    source: ImageSource, name: str, file: Path | None, make_labels: MakeLabels
) -> Found:
    """Find the journal of an image, and play it.

    Parameters
    ----------
    source : ImageSource
        The image.
    name : str
        What it is called.
    file : Path or None
        Where it lies.
    make_labels : callable
        Gives blank labels that can hold ids up to so much.

    Raises
    ------
    InputError
        If the image cannot be told from others.
    """
    ndim = len(source.shape)
    letters = _SPATIAL.get(ndim) or f"{_STEP_NAMES[: ndim - 2]}YX"
    axes = Axes(letters + ("C" if source.rgb else ""))
    levels = [source.data, *source.coarser]
    image = identify(levels, axes, name if file is None else file.name)
    places, notes = [], []
    for path in journal_places(image, file):
        if not path.exists():
            places.append(path)
            continue
        if is_written(path):
            return Found(image, (), note=f"'{path.name}'", is_taken=True)
        try:
            journal = read_journal(path, until_damage=True)
        except JournalError as error:
            notes.append(f"{error} It stays as it is.")
            continue
        if not _is_same(journal.header.image, image):
            notes.append(f"'{path.name}' is of another image; it stays as it is.")
            continue
        labels = make_labels(highest_id(journal))
        earlier = Earlier(path, journal, restore(journal, labels))
        return Found(image, (path, *places), earlier, " ".join(notes))
    return Found(image, tuple(places), None, " ".join(notes))


def open_again(earlier: Earlier) -> JournalWriter:
    """Go on with a journal; of a damaged one a copy is kept.

    Raises
    ------
    JournalError
        If it cannot be written, or is written by another window.
    """
    journal, path = earlier.journal, earlier.path
    if journal.refusals:
        try:
            shutil.copy2(path, aside_name(path))
        except OSError as error:
            raise JournalError(f"No copy of '{path}' can be kept: {error}.") from error
    writer = JournalWriter.resume(path, journal.header, journal.good_bytes)
    writer.write(Resume())
    return writer


def take_up(session: Session, earlier: Earlier) -> None:
    """Bring a session to where a journal ended: labels, objects, prompts, and steps of undo."""
    ledger, ndim = earlier.ledger, len(session.shape)

    def follow() -> None:
        session.put(_objects(ledger, session), from_prompt(ledger.draft, ndim))

    def undo() -> None:
        # Meanwhile they may have become wider.
        ledger.labels = session.labels
        ledger.undo()
        follow()

    def redo() -> None:
        ledger.labels = session.labels
        ledger.redo()
        follow()

    objects = _objects(ledger, session)
    if is_shown(session, earlier):
        ledger.labels = session.labels
    session.adopt(ledger.labels, objects)
    draft = from_prompt(ledger.draft, ndim)
    session.put(objects, draft, chosen=earlier.chosen, highest_id=ledger.foreign_id)
    session.history.replace(
        [Step(step.name, undo, redo) for step in ledger.done],
        [Step(step.name, undo, redo) for step in ledger.undone],
    )


def is_shown(session: Session, earlier: Earlier) -> bool:
    """Tell whether a session's labels are those of a journal, as where a window was reopened."""
    mine, theirs = session.labels, earlier.ledger.labels
    both = isinstance(mine, np.ndarray) and isinstance(theirs, np.ndarray)
    return both and np.array_equal(mine, theirs)


def _objects(ledger: Ledger, session: Session) -> dict[int, SegmentedObject]:
    """Return what a journal lists; where nothing changed, the very objects of the session."""
    found = {}
    for label, row in ledger.table.items():
        known = session.objects.get(label)
        if known is None or from_row(row, None) != known:
            corners = ledger.box_of(label)
            known = from_row(row, None if corners is None else Roi.from_bounds(*corners))
        found[label] = known
    return found


def _is_same(first: ImageIdentity, second: ImageIdentity) -> bool:
    return (first.digest, first.shape, first.dtype) == (second.digest, second.shape, second.dtype)
