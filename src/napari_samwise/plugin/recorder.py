"""Turns what happens in a session into the events of its journal."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace

from psygnal import Signal, SignalInstance

from napari_samwise.errors import JournalError
from napari_samwise.geometry.coco_rle import encode_rle
from napari_samwise.journal.events import (
    Choose,
    Commit,
    Decode,
    Drawn,
    Drop,
    Event,
    FedBack,
    Frame,
    Redo,
    Undo,
)
from napari_samwise.journal.objects import CommittedPlane, FilledPlane, MaskPart
from napari_samwise.journal.writer import JournalWriter
from napari_samwise.plugin.activity import describe_failure
from napari_samwise.plugin.beginning import Beginning
from napari_samwise.plugin.frame import Answer, Encoded
from napari_samwise.plugin.history import Step
from napari_samwise.plugin.journal_form import (
    renumber,
    to_frame,
    to_parts,
    to_plane,
    to_prompt,
    to_row,
)
from napari_samwise.plugin.keeping import Kept
from napari_samwise.plugin.label_changes import can_compare
from napari_samwise.plugin.labels import is_blank
from napari_samwise.plugin.later import Later, adopt_later, is_much, paint_later
from napari_samwise.plugin.plane import Plane
from napari_samwise.plugin.request import Request, Start
from napari_samwise.plugin.scribe import Scribe
from napari_samwise.plugin.segmented_object import SegmentedObject
from napari_samwise.plugin.session import Session
from napari_samwise.predictor.drawn_mask import DrawnMask

_log = logging.getLogger(__name__)
OpenJournal = Callable[[], JournalWriter]

_UNKNOWN_MASK = "A mask was used that the journal does not hold; it ends here."
_TOO_LARGE = "These labels are too large to be taken into a journal; what you do is not recorded."


class Recorder:
    """The journal of one session, whose signals it listens to.

    Events are held in memory until :meth:`open`; then each is on the disk at once, or, of very
    many objects, before the next one. Where that fails, it is said once, and the work goes on
    without a journal.

    Parameters
    ----------
    session : Session
        What is recorded, from how it is now.
    """

    opened = Signal(object)
    """The journal is written now, at this path."""
    failed = Signal(str)
    """Nothing more is recorded; a sentence says why."""
    changed_labels = Signal()
    """Pixels of the labels were changed while events are held."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._open_journal: OpenJournal | None = None
        self._scribe: Scribe | None = None
        self._held: list[Event | Later] = []
        self._base: Beginning | None = None
        self._stopped = self._silent = False
        self._frame_count = self._decode_count = 0
        self._frames: dict[tuple[object, ...], int] = {}
        self._answers: dict[Plane, tuple[int, Answer]] = {}
        # The masks that were fed back: undo may bring any of them back, and its history keeps
        # them as well.
        self._fed_back: dict[int, tuple[Start, FedBack]] = {}
        self._listed, self._draft = dict(session.objects), session.draft
        for signal, act in self._heard():
            signal.connect(act)

    @property
    def is_stopped(self) -> bool:
        """Whether nothing more is recorded."""
        return self._stopped

    @property
    def holds_labels(self) -> bool:
        """Whether events are held that change pixels."""
        return any(map(_changes_pixels, self._held))

    def begin(self) -> None:
        """Take what the session holds already for the beginning."""
        session = self._session
        if session.objects or not is_blank(session.labels) or not session.draft.is_empty:
            if can_compare(session.labels):
                self._base = Beginning.of(session)
            else:
                self._stop(_TOO_LARGE)

    def open(self, open_journal: OpenJournal) -> None:
        """Write what is held and what comes, from the first thing on that the user does."""
        self._open_journal = open_journal
        if not all(isinstance(event, Frame | Decode) for event in self._held):
            self._flush()

    def go_on(self, writer: JournalWriter) -> None:
        """Write what comes into a journal that is open."""
        self._scribe = Scribe(writer)
        self.open(lambda: writer)
        self.opened.emit(writer.path)

    def restart(self, frames: int, decodes: int) -> None:
        """Record from how the session is now, which the journal knows.

        Of what is held, only masks are kept: those that are shown may be committed.

        Parameters
        ----------
        frames, decodes : int
            How many of each the journal holds already.
        """
        masks = [event for event in self._held if isinstance(event, Frame | Decode | Choose)]
        self._held = [renumber(event, frames, decodes) for event in masks]
        self._base = None
        self._frame_count += frames
        self._decode_count += decodes
        self._frames = {key: number + frames for key, number in self._frames.items()}
        self._answers = {plane: (n + decodes, each) for plane, (n, each) in self._answers.items()}
        self._fed_back = {
            key: (start, replace(back, decode=back.decode + decodes))
            for key, (start, back) in self._fed_back.items()
        }
        self._listed, self._draft = dict(self._session.objects), self._session.draft

    def pause(self, silent: bool) -> None:
        """Take no notice of what happens but of masks, or do so again."""
        self._silent = silent

    def close(self) -> None:
        """Record no more, and say if what was done last cannot be written."""
        sentence = self._end()
        if sentence:
            # Who closes a window or an image will not see what is said of it.
            _log.error("%s", sentence)
            self.failed.emit(sentence)

    def answered(self, answer: Answer, encoded: Encoded) -> None:
        """Record a final answer, if the session has taken it.

        Parameters
        ----------
        answer : Answer
            The answer.
        encoded : Encoded
            How its plane was encoded.
        """
        plane = answer.frame.plane
        taken = self._session.candidates.get(plane)
        if not answer.is_final or taken is None or taken.found is not answer.found:
            return
        request = answer.request
        start = self._start(request, plane)
        if self._stopped:
            return
        frame, number = self._number_of(to_frame(encoded)), self._decode_count
        box = request.prompts.box
        corners = None if box is None else [float(n) for n in box.ravel()]
        event = Decode(
            number,
            frame,
            tuple((float(y), float(x)) for y, x in request.prompts.points),
            tuple(int(label) for label in request.prompts.labels),
            None if corners is None else (corners[0], corners[1], corners[2], corners[3]),
            start,
            tuple(float(found.predicted_iou) for found in answer.found),
            answer.at_hand,
        )
        self._decode_count += 1
        self._answers[plane] = (number, answer)
        self._write(event)

    def _heard(self) -> list[tuple[SignalInstance, Callable[..., None]]]:
        session, history = self._session, self._session.history
        return [
            (history.pushed, self._on_pushed),
            (history.undone, self._on_undone),
            (history.redone, self._on_redone),
            (history.dropped, self._on_dropped),
            (session.chosen, self._on_chosen),
            (session.adopted, self._adopt),
        ]

    def _on_pushed(self, step: Step) -> None:
        if step.kept is not None:
            self._commit(step.kept)
            return
        fresh, removed = self._list()
        draft, self._draft = self._draft, self._session.draft
        if not step.changes and not fresh and not removed and not draft.same_as(self._draft):
            self._write(to_prompt(self._draft))
            return
        labels = {label for label, _ in step.changes}
        # What took all of an object and gave it to one other, does so by whatever model.
        into = labels.pop() if removed and len(labels) == 1 else None
        self._write(paint_later(step.changes, fresh, removed, into, step.name))

    def _commit(self, kept: Kept) -> None:
        planes = []
        for (plane, shown), patch in zip(kept.answers.items(), kept.patches, strict=True):
            number, answer = self._answers.get(plane, (0, None))
            if answer is None or answer.found is not shown.found:
                self._stop(_UNKNOWN_MASK)
                return
            planes.append(CommittedPlane(number, shown.chosen, to_parts(patch)))
        self._list()
        self._draft = self._session.draft
        filled = (FilledPlane(to_plane(p.plane), to_parts(p)) for p in kept.filled if p.parts)
        row = to_row(self._session.objects[kept.label])
        self._write(Commit(row, tuple(planes), tuple(filled)))

    def _on_undone(self) -> None:
        self._follow(Undo())

    def _on_redone(self) -> None:
        self._follow(Redo())

    def _on_dropped(self) -> None:
        self._follow(Drop())

    def _follow(self, event: Event) -> None:
        self._listed, self._draft = dict(self._session.objects), self._session.draft
        self._write(event)

    def _on_chosen(self, plane: Plane) -> None:
        number, answer = self._answers.get(plane, (0, None))
        shown = self._session.candidates[plane]
        if answer is not None and answer.found is shown.found:
            self._write(Choose(number, shown.chosen))

    def _adopt(self, before: object) -> None:
        """Record how labels that were taken over differ from those before."""
        labels = self._session.labels
        if self._silent or self._stopped:
            return
        if not can_compare(labels):
            self._stop(_TOO_LARGE)
            return
        self._listed, self._draft = dict(self._session.objects), self._session.draft
        self._write(adopt_later(before, labels, tuple(self._listed.values())))

    def _list(self) -> tuple[tuple[SegmentedObject, ...], tuple[int, ...]]:
        """Return which objects are listed anew or otherwise, and which are no more."""
        before, self._listed = self._listed, dict(self._session.objects)
        fresh = (each for label, each in self._listed.items() if before.get(label) is not each)
        removed = tuple(label for label in before if label not in self._listed)
        return tuple(fresh), removed

    def _start(self, request: Request, plane: Plane) -> FedBack | Drawn | None:
        """Say what was fed back: of every mask it is known which answer held it."""
        start = request.start
        if start is None:
            return None
        if isinstance(start, DrawnMask):
            height, width = start.inside.shape
            part = MaskPart(start.offset, (height, width), encode_rle(start.inside))
            return Drawn(part, start.step)
        if id(start) not in self._fed_back:
            number, answer = self._answers.get(plane, (0, None))
            hints = [] if answer is None else [found.hint for found in answer.found]
            ranks = [rank for rank, hint in enumerate(hints) if hint is start]
            if not ranks:
                self._stop(_UNKNOWN_MASK)
                return None
            self._fed_back[id(start)] = (start, FedBack(number, ranks[0]))
        return self._fed_back[id(start)][1]

    def _number_of(self, frame: Frame) -> int:
        """Return the number of a frame, recording it when it is seen first."""
        key = (frame.plane, frame.model, frame.intensity, frame.frame_px, frame.rounded)
        if key not in self._frames:
            self._frames[key] = self._frame_count
            self._frame_count += 1
            self._write(Frame(self._frames[key], *key))
        return self._frames[key]

    def _write(self, event: Event | Later) -> None:
        is_mask = isinstance(event, Frame | Decode | Choose)
        if self._stopped or (self._silent and not is_mask):
            return
        self._held.append(event)
        if self._open_journal is None:
            if _changes_pixels(event):
                self.changed_labels.emit()
        elif self._scribe is not None or not isinstance(event, Frame | Decode):
            self._flush()

    def _flush(self) -> None:
        """Write what is held."""
        base, self._base = self._base, None
        events, self._held = self._held, []
        if base is not None:
            is_long = is_much(base.labels, base.objects)
            events.insert(0, Later(base.events, is_long=is_long))
        try:
            if self._scribe is None and self._open_journal is not None:
                self._scribe = Scribe(self._open_journal())
                self.opened.emit(self._scribe.path)
            if self._scribe is not None:
                self._scribe.write(events)
        except JournalError as error:
            self._stop(str(error))

    def _stop(self, sentence: str) -> None:
        """Say once why nothing more is recorded."""
        if not self._stopped:
            self.failed.emit(self._end() or sentence)

    def _end(self) -> str:
        """Record no more; return why what was given last is not written, else nothing."""
        if not self._stopped:
            self._stopped = True
            self._held.clear()
            for signal, act in self._heard():
                signal.disconnect(act)
        try:
            if self._scribe is not None:
                self._scribe.close()
        except Exception as error:  # noqa: BLE001 - whoever closes has more to close
            return describe_failure(error, "Recording")
        return ""


def _changes_pixels(event: Event | Later) -> bool:
    return event.is_paint if isinstance(event, Later) else isinstance(event, Commit)
