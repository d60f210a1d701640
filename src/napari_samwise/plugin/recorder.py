"""Writes what happens in a session into its journal, and takes a journal up again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from psygnal import Signal

from napari_samwise.errors import JournalError
from napari_samwise.geometry.boxed_mask import BoxedMask
from napari_samwise.geometry.coco_rle import encode_rle
from napari_samwise.journal import plane as journal_plane
from napari_samwise.journal.events import (
    Adopt,
    Change,
    Choose,
    Clear,
    Commit,
    CommittedPlane,
    Decode,
    Drawn,
    DrawnShape,
    Event,
    FedBack,
    Frame,
    MaskPart,
    Paint,
    Prompt,
    Redo,
    Undo,
)
from napari_samwise.journal.pixels import encode_part
from napari_samwise.journal.writer import JournalWriter
from napari_samwise.plugin.candidates import Candidates
from napari_samwise.plugin.draft import Draft
from napari_samwise.plugin.frame import Answer
from napari_samwise.plugin.label_patch import LabelPatch
from napari_samwise.plugin.plane import Plane
from napari_samwise.plugin.request import Request, Start
from napari_samwise.plugin.segmented_object import SegmentedObject
from napari_samwise.predictor.drawn_mask import DrawnMask

OpenJournal = Callable[[], JournalWriter]
Places = tuple[tuple[int, int, int], ...]
Patches = Iterable[tuple[int, LabelPatch]]


class Recorder:
    """The journal of one session.

    Nothing is written before the first event. Where writing fails, that is said once, and the work
    goes on without a journal.

    Parameters
    ----------
    open_journal : callable
        Begins or resumes the journal; called with the first event.
    frames, decodes : int
        How many of each the journal holds already.
    """

    failed = Signal(str)
    """The journal cannot be written; a sentence says why."""

    def __init__(self, open_journal: OpenJournal, *, frames: int = 0, decodes: int = 0) -> None:
        self._open_journal = open_journal
        self._writer: JournalWriter | None = None
        self._stopped = False
        self._frame_count = frames
        self._decode_count = decodes
        self._frames: dict[tuple[object, ...], int] = {}
        self._answers: dict[Plane, tuple[int, Answer]] = {}
        # The masks that were fed back: undo may bring any of them back, and its history keeps
        # them as well.
        self._fed_back: dict[int, tuple[Start, FedBack]] = {}

    def close(self) -> None:
        """Write no more."""
        self._stopped = True
        if self._writer is not None:
            self._writer.close()

    def prompted(self, draft: Draft) -> None:
        """Record new prompts of the object in work, a step of undo."""
        self._write(Clear() if draft.is_empty else _prompt(draft))

    def answered(self, answer: Answer, frame: Frame, at_hand: Places | None = None) -> None:
        """Record a final answer that the session has taken.

        Parameters
        ----------
        answer : Answer
            The answer.
        frame : Frame
            How its plane was encoded; the number does not matter.
        at_hand : tuple of tuple of int, optional
            Of a search that was stopped, the frames that were encoded by then.
        """
        request, plane = answer.request, answer.frame.plane
        start = self._start(request, plane)
        if self._stopped:
            return
        number = self._decode_count
        self._decode_count += 1
        box = request.prompts.box
        corners = None if box is None else (*map(float, box.ravel()),)
        self._write(
            Decode(
                number,
                self._number_of(frame),
                tuple((float(y), float(x)) for y, x in request.prompts.points),
                tuple(int(label) for label in request.prompts.labels),
                None if corners is None else (corners[0], corners[1], corners[2], corners[3]),
                start,
                tuple(float(found.predicted_iou) for found in answer.found),
                at_hand,
            )
        )
        self._answers[plane] = (number, answer)

    def chose(self, plane: Plane, rank: int) -> None:
        """Record that another candidate is shown."""
        if plane in self._answers:
            self._write(Choose(self._answers[plane][0], rank))

    def committed(
        self,
        done: SegmentedObject,
        candidates: Mapping[Plane, Candidates],
        patches: Iterable[LabelPatch],
    ) -> None:
        """Record an object with the masks that it was made of and the pixels that it got."""
        parts = {patch.plane: _parts(patch) for patch in patches}
        planes = tuple(
            CommittedPlane(self._answers[plane][0], each.chosen, parts.get(plane, ()))
            for plane, each in candidates.items()
            if plane in self._answers
        )
        if len(planes) < len(candidates):
            self._stop("A mask was kept that the journal does not hold; it ends here.")
            return
        self._write(Commit(done.id, planes, done.predicted_iou))

    def painted(self, patches: Patches) -> None:
        """Record pixels that were painted: label, and where; a step of undo."""
        self._write(Paint(_changes(patches)))

    def adopted(self, patches: Patches) -> None:
        """Record how labels that were taken over differ from those before."""
        self._write(Adopt(_changes(patches)))

    def undone(self) -> None:
        """Record that a step was taken back."""
        self._write(Undo())

    def redone(self) -> None:
        """Record that a step was done again."""
        self._write(Redo())

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
                self._stop("A mask was refined that the journal does not hold; it ends here.")
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

    def _write(self, event: Event) -> None:
        if self._stopped:
            return
        try:
            if self._writer is None:
                self._writer = self._open_journal()
            self._writer.write(event)
        except JournalError as error:
            self._stop(str(error))

    def _stop(self, sentence: str) -> None:
        """Say once why nothing more is recorded."""
        if not self._stopped:
            self.close()
            self.failed.emit(sentence)


def to_journal(plane: Plane) -> journal_plane.Plane:
    """Return a plane as a journal holds it."""
    return journal_plane.Plane(plane.axes, plane.position)


def _prompt(draft: Draft) -> Prompt:
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


def _changes(patches: Patches) -> tuple[Change, ...]:
    return tuple(Change(label, to_journal(patch.plane), _parts(patch)) for label, patch in patches)


def _parts(patch: LabelPatch) -> tuple[MaskPart, ...]:
    return tuple(encode_part(BoxedMask(part.roi, part.mask())) for part in patch.parts)
