"""What a user does to one image: prompts, candidates, objects, undo. No napari, no Qt."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from psygnal import Signal

from napari_samwise.errors import PromptError
from napari_samwise.plugin.answers import PENDING, Answers
from napari_samwise.plugin.candidates import Candidate, Candidates, Mask
from napari_samwise.plugin.draft import Axes, Draft
from napari_samwise.plugin.history import History, Step
from napari_samwise.plugin.ids import Ids
from napari_samwise.plugin.keeping import Kept, keep
from napari_samwise.plugin.label_edits import Changes, edit_labels
from napari_samwise.plugin.labels import check_disk, find_highest, widen
from napari_samwise.plugin.plane import Plane
from napari_samwise.plugin.request import Request, Start
from napari_samwise.plugin.segmented_object import SegmentedObject, utc_now
from napari_samwise.plugin.stacks.filled import Filled
from napari_samwise.plugin.wanted import Wanted
from napari_samwise.plugin.work import Work


class Session:
    """The annotation of one image.

    The object in work is a :class:`Draft`; every prompted plane has a request, *pending* until
    somebody else answers it through :meth:`answer`.

    Parameters
    ----------
    labels : array-like
        The image's spatial shape, integer; objects are written into it. An array in memory or any
        that can be read and written by slices.
    """

    draft_changed = Signal()
    """The prompts are others than the layers show: after undo, redo, clear, commit."""
    requests_changed = Signal()
    """Other masks are wanted."""
    candidates_changed = Signal()
    """Other masks are there, or another one is chosen."""
    objects_changed = Signal()
    """Pixels of the labels or the list of objects changed."""
    painted = Signal()
    """The user painted into the labels; whoever shows them has shown that already."""
    chosen = Signal(Plane)
    """Another candidate of a plane is shown, by the user's wish."""
    adopted = Signal(object)
    """There are other labels; these were the ones before."""

    def __init__(self, labels: Any) -> None:
        self.labels = labels
        self.model = ""
        self.draft = Draft.empty(len(labels.shape))
        self.default_axes: Axes = (len(labels.shape) - 2, len(labels.shape) - 1)
        self.history = History()
        self.objects: dict[int, SegmentedObject] = {}
        self.filled: Filled | None = None
        self._wanted = Wanted()
        self._answers = Answers()
        self.ids = Ids()

    @property
    def shape(self) -> tuple[int, ...]:
        """The image's spatial shape."""
        return tuple(self.labels.shape)

    @property
    def candidates(self) -> Mapping[Plane, Candidates]:
        """The masks of each prompted plane that is answered."""
        return self._answers.shown

    @property
    def requests(self) -> Mapping[Plane, Request]:
        """What is to be decoded on each prompted plane."""
        return self._wanted.requests

    @property
    def notes(self) -> tuple[str, ...]:
        """A sentence for each prompt that was left out."""
        return self._wanted.notes

    @property
    def next_id(self) -> int:
        """The label that the next object gets."""
        return self.ids.next_after(self.objects)

    @property
    def pending(self) -> tuple[Plane, ...]:
        """Planes whose mask is not there yet and may still come, or is a first look."""
        pairs = self.requests.items()
        return tuple(plane for plane, each in pairs if self._answers.is_awaited(plane, each))

    @property
    def masks(self) -> dict[Plane, Mask]:
        """The object in work: on prompted planes, and on slices that it was carried to."""
        answers = {plane: each.mask for plane, each in self.candidates.items()}
        return answers if self.filled is None else self.filled.over(answers)

    def fill(self, filled: Filled | None) -> None:
        """Say what the object in work is on other slices; not a step of undo."""
        self.filled = filled
        self.candidates_changed.emit()

    def set_draft(self, draft: Draft) -> None:
        """Take over the prompts that the user has placed, as one step of undo."""
        if draft.same_as(self.draft):
            return
        before = self._work()
        self._answers.recall({})
        known = (self.default_axes, self.shape, self.candidates, self.pending)
        self._apply(draft, self._wanted.refined_by(draft, *known))
        undo, redo = partial(self._restore, before), partial(self._restore, self._work())
        self.history.push(Step("prompt", undo, redo))

    def resume(self, draft: Draft) -> None:
        """Go on with prompts that are there already; not a step of undo."""
        self._apply(draft, {})

    def clear(self) -> None:
        """Remove all prompts of the object in work."""
        if not self.draft.is_empty:
            self.set_draft(Draft.empty(len(self.shape)))
            self.draft_changed.emit()

    def answer(
        self, plane: Plane, request: Request, found: tuple[Candidate, ...], *, is_final: bool = True
    ) -> bool:
        """Take the candidates for a request; False if it is no longer the request.

        After a first look, which is not final, the plane is still pending.
        """
        if self.requests.get(plane) is not request:
            return False
        self._answers.take(plane, request, found, is_final=is_final)
        self.candidates_changed.emit()
        return True

    def refuse(self, plane: Plane, request: Request) -> None:
        """Wait no longer for a request that cannot be answered, and drop the plane's mask."""
        if self.requests.get(plane) is request:
            self._answers.refuse(plane, request)
            self.candidates_changed.emit()

    def step_candidate(self, plane: Plane, by: int) -> bool:
        """Choose the next or an earlier candidate of a plane; False if it has none."""
        if plane not in self.candidates:
            return False
        self._answers.shown[plane] = self.candidates[plane].step(by)
        self.chosen.emit(plane)
        self.candidates_changed.emit()
        return True

    def ask_again(self, model: str) -> None:
        """Want all masks anew, after a change of the model, the image or its intensity."""
        self.model = model
        # Logits of another model or image do not fit.
        self._wanted = self._wanted.afresh()
        self._answers.recall({})
        self.requests_changed.emit()

    def commit(self) -> SegmentedObject:
        """Write the object in work into the labels under the next id.

        Pixels of earlier objects are not touched.

        Raises
        ------
        PromptError
            If there is no mask, one is still being computed, no pixel of it is free, or the ids
            in the labels are not known yet.
        InputError, OSError
            If the labels cannot hold the id or cannot be written; nothing has changed then.
        """
        if self.pending:
            raise PromptError(PENDING)
        if not self.candidates:
            raise PromptError("Nothing to commit yet; add a point or a box on an object first.")
        if not self.ids.are_known:
            raise PromptError("The ids in the labels are still being read; commit in a moment.")
        check_disk(self.labels)
        label = self.next_id
        self.labels = widen(self.labels, label)
        try:
            kept = keep(self.labels, label, self.masks, self.candidates)
        except Exception:
            # What could not be freed again must not be taken for a part of the next object.
            self.ids.retire(label)
            raise
        if not kept.area:
            raise PromptError("The mask is empty or lies wholly on earlier objects; change it.")
        answers = self.candidates.values()
        done = kept.describe(answers, self.model, self.draft.count, utc_now())
        before = self._work()
        self._finish(done)
        undo, redo = lambda: self._uncommit(kept, before), lambda: self._recommit(done, kept)
        self.history.push(Step("commit", undo, redo, kept=kept))
        return done

    def undo(self) -> str:
        """Take back the last change of prompts or labels; return what it was."""
        return self.history.undo()

    def redo(self) -> str:
        """Do again what was undone last; return what it was."""
        return self.history.redo()

    def note_paint(
        self,
        label: int,
        undo: Callable[[], None],
        redo: Callable[[], None],
        changes: Changes = (),
    ) -> None:
        """Keep what was painted into the labels by hand in the order of undo.

        Parameters
        ----------
        label : int
            What was painted; it will not be given to another object.
        undo, redo : callable
            Take the painting back, and do it again.
        changes : tuple of (int, LabelPatch)
            Labels, and the pixels that became theirs, in the order of painting.
        """

        def replay(change: Callable[[], None]) -> None:
            change()
            self.objects_changed.emit()

        self.ids.retire(label)
        self.history.push(Step("paint", lambda: replay(undo), lambda: replay(redo), changes))
        self.painted.emit()

    def edit(self, changes: Changes, objects: Mapping[int, SegmentedObject], name: str) -> None:
        """Give pixels other labels, whatever they are, as one step of undo.

        Parameters
        ----------
        changes : tuple of (int, LabelPatch)
            Labels, 0 for the background, and the pixels that become theirs.
        objects : mapping of int to SegmentedObject
            What is listed after it.
        name : str
            Of the step, such as ``"delete"``.

        Raises
        ------
        InputError
            If the labels cannot be written.
        """
        check_disk(self.labels)
        self.history.push(edit_labels(self, changes, objects, name))

    def put(
        self,
        objects: Mapping[int, SegmentedObject],
        draft: Draft,
        *,
        chosen: Mapping[Plane, int] | None = None,
        highest_id: int | None = None,
    ) -> None:
        """List other objects, whose pixels the labels hold, and take other prompts.

        Not a step of undo.

        Parameters
        ----------
        objects : mapping of int to SegmentedObject
            What is listed from now on.
        draft : Draft
            The prompts.
        chosen : mapping of Plane to int, optional
            Ranks of the candidates to show.
        highest_id : int, optional
            Up to here no id is given to another object, listed or not.
        """
        self.objects = dict(objects)
        if highest_id is not None:
            self.ids.start_from(highest_id)
        self._restore(Work(draft, {}, chosen or {}, self.model, None, {}))
        self.objects_changed.emit()

    def adopt(self, labels: Any, objects: dict[int, SegmentedObject]) -> None:
        """Go on with labels that are there already, and what is known of their objects.

        What was done to others cannot be taken back any more.
        """
        before = self.labels
        if labels is not before:
            self.history.replace()
        self.labels = labels
        self.objects = dict(objects)
        self.ids.start_from(find_highest(labels))
        self.adopted.emit(before)
        self.objects_changed.emit()

    def survey(self, labels: Any, highest: int) -> None:
        """Take the highest id that labels too large to be read at once were found to hold."""
        if labels is self.labels:
            self.ids.found_out(highest)
            self.objects_changed.emit()

    def _work(self) -> Work:
        hints, firsts = self._wanted.hints, self._wanted.first_masks
        return Work(self.draft, hints, self._answers.chosen, self.model, self.filled, firsts)

    def _restore(self, work: Work) -> None:
        self._answers.recall(work.chosen)
        self.filled = work.filled
        self._wanted = replace(self._wanted, first_masks=work.first_masks)
        self._apply(work.draft, dict(work.hints) if work.model == self.model else {})
        self._answers.choose_recalled(self.pending)
        self.draft_changed.emit()

    def _apply(self, draft: Draft, hints: Mapping[Plane, Start]) -> None:
        """Make a draft the current one and derive what is to be decoded."""
        self.draft = draft
        filled, self.filled = self.filled, None if draft.is_empty else self.filled
        known = (self.default_axes, self.shape, hints, self.filled)
        self._wanted = self._wanted.changed_to(draft, *known)
        if self._answers.drop(self.requests) or filled is not self.filled:
            self.candidates_changed.emit()
        self.requests_changed.emit()

    def _finish(self, done: SegmentedObject) -> None:
        """List an object whose pixels are written and begin a new one."""
        self.objects[done.id] = done
        self._apply(Draft.empty(len(self.shape)), {})
        self.draft_changed.emit()
        self.objects_changed.emit()

    def _recommit(self, done: SegmentedObject, kept: Kept) -> None:
        kept.write(self.labels)
        self._finish(done)

    def _uncommit(self, kept: Kept, before: Work) -> None:
        kept.erase(self.labels)
        self.objects.pop(kept.label, None)
        self._restore(before)
        self.objects_changed.emit()
