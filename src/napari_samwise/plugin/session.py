"""What a user does to one image: prompts, candidates, objects, undo. No napari, no Qt."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from psygnal import Signal

from napari_samwise.errors import PromptError
from napari_samwise.plugin.candidates import Candidate, Candidates, Mask
from napari_samwise.plugin.draft import Axes, Draft
from napari_samwise.plugin.history import History, Step
from napari_samwise.plugin.label_patch import LabelPatch
from napari_samwise.plugin.labels import check_disk, find_highest, widen
from napari_samwise.plugin.plane import Plane
from napari_samwise.plugin.request import Request, Start
from napari_samwise.plugin.segmented_object import SegmentedObject
from napari_samwise.plugin.stacks.filled import Filled, first_masks
from napari_samwise.plugin.work import Work


class Session:
    """The annotation of one image.

    The object in work is a :class:`Draft`; every plane that carries prompts has a request, which
    somebody else answers through :meth:`answer`. A plane is *pending* until then.

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

    def __init__(self, labels: Any) -> None:
        self.labels = labels
        self.model = ""
        self.draft = Draft.empty(len(labels.shape))
        self.default_axes: Axes = (len(labels.shape) - 2, len(labels.shape) - 1)
        self.history = History()
        self.notes: tuple[str, ...] = ()
        self.requests: dict[Plane, Request] = {}
        self.candidates: dict[Plane, Candidates] = {}
        self.objects: dict[int, SegmentedObject] = {}
        self.filled: Filled | None = None
        self._first_masks: Mapping[Plane, Start | None] = {}
        self._drawn: dict[Plane, Request] = {}
        self._hints: dict[Plane, Start] = {}
        self._recalled: dict[Plane, int] = {}
        self._refused: dict[Plane, Request] = {}
        self._highest_foreign_id: int | None = 0

    @property
    def shape(self) -> tuple[int, ...]:
        """The image's spatial shape."""
        return tuple(self.labels.shape)

    @property
    def next_id(self) -> int:
        """The label that the next object gets."""
        return max([self._highest_foreign_id or 0, *self.objects]) + 1

    @property
    def knows_ids(self) -> bool:
        """Whether it is known which ids the labels hold; see :meth:`survey`."""
        return self._highest_foreign_id is not None

    @property
    def pending(self) -> tuple[Plane, ...]:
        """Planes whose mask is not there yet and may still come, or is a first look."""
        return tuple(
            plane
            for plane, request in self.requests.items()
            if self._refused.get(plane) is not request and not self._is_answered(plane, request)
        )

    @property
    def masks(self) -> dict[Plane, Mask]:
        """The object in work: on prompted planes, and on slices that it was carried to."""
        answers = {plane: each.mask for plane, each in self.candidates.items()}
        return answers if self.filled is None else self.filled.over(answers)

    def fill(self, filled: Filled | None) -> None:
        """Say what the object in work is on other slices; not a step of undo."""
        self.filled = filled
        self.candidates_changed.emit()

    def _is_answered(self, plane: Plane, request: Request) -> bool:
        found = self.candidates.get(plane)
        return found is not None and found.request is request and found.is_final

    def set_draft(self, draft: Draft) -> None:
        """Take over the prompts that the user has placed, as one step of undo."""
        if draft.same_as(self.draft):
            return
        before = self._work()
        self._recalled = {}
        self._apply(draft, self._refine(draft))
        after = self._work()
        self.history.push(
            Step("prompt", lambda: self._restore(before), lambda: self._restore(after))
        )

    def resume(self, draft: Draft) -> None:
        """Go on with prompts that are there already; not a step of undo."""
        self._apply(draft, {})

    def clear(self) -> None:
        """Remove all prompts of the object in work."""
        if self.draft.is_empty:
            return
        self.set_draft(Draft.empty(len(self.shape)))
        self.draft_changed.emit()

    def answer(
        self,
        plane: Plane,
        request: Request,
        found: tuple[Candidate, ...],
        *,
        is_final: bool = True,
    ) -> bool:
        """Take the candidates for a request; False if it is no longer the request.

        After a first look, which is not final, the plane is still pending.
        """
        if self.requests.get(plane) is not request:
            return False
        fresh = Candidates(request, found, is_final=is_final)
        before = self.candidates.get(plane)
        if plane in self._recalled:
            fresh = fresh.choose(self._recalled[plane])
        elif before is not None and before.request is request and before.chosen:
            # The user has chosen among what the first look gave.
            fresh = fresh.choose_like(before.mask)
        if is_final:
            self._recalled.pop(plane, None)
        self.candidates[plane] = fresh
        self.candidates_changed.emit()
        return True

    def refuse(self, plane: Plane, request: Request) -> None:
        """Wait no longer for a request that cannot be answered, and drop the plane's mask."""
        if self.requests.get(plane) is request:
            self._refused[plane] = request
            self.candidates.pop(plane, None)
            self.candidates_changed.emit()

    def step_candidate(self, plane: Plane, by: int) -> bool:
        """Choose the next or an earlier candidate of a plane; False if it has none."""
        if plane not in self.candidates:
            return False
        self.candidates[plane] = self.candidates[plane].step(by)
        self.candidates_changed.emit()
        return True

    def ask_again(self, model: str) -> None:
        """Want all masks anew, after a change of the model, the image or its intensity."""
        self.model = model
        # Logits of another model or image do not fit.
        self._hints = {}
        self._recalled = {}
        self.requests = {plane: replace(request) for plane, request in self._drawn.items()}
        self.requests_changed.emit()

    def commit(self) -> SegmentedObject:
        """Write the object in work into the labels under the next id.

        Pixels of earlier objects are not touched.

        Raises
        ------
        PromptError
            If there is no mask, one is still being computed, no pixel of it is free, or the ids
            in the labels are not known yet.
        InputError
            If the labels cannot hold the id or cannot be written.
        """
        if self.pending:
            raise PromptError("The mask is still being computed; commit it when it shows.")
        if not self.candidates:
            raise PromptError("Nothing to commit yet; add a point or a box on an object first.")
        if not self.knows_ids:
            raise PromptError("The ids in the labels are still being read; commit in a moment.")
        check_disk(self.labels)
        label = self.next_id
        self.labels = widen(self.labels, label)
        patches = tuple(self._write(label))
        area = sum(patch.area for patch in patches)
        if not area:
            raise PromptError("The mask is empty or lies wholly on earlier objects; change it.")
        scores = [candidates.predicted_iou for candidates in self.candidates.values()]
        done = SegmentedObject(label, area, sum(scores) / len(scores), self.model)
        before = self._work()
        self._finish(done)
        self.history.push(
            Step(
                "commit",
                lambda: self._uncommit(done, patches, before),
                lambda: self._recommit(done, patches),
            )
        )
        return done

    def undo(self) -> str:
        """Take back the last change of prompts or labels; return what it was."""
        return self.history.undo()

    def redo(self) -> str:
        """Do again what was undone last; return what it was."""
        return self.history.redo()

    def note_paint(self, label: int, undo: Callable[[], None], redo: Callable[[], None]) -> None:
        """Keep what was painted into the labels by hand in the order of undo.

        Parameters
        ----------
        label : int
            What was painted; it will not be given to another object.
        undo, redo : callable
            Take the painting back, and do it again.
        """

        def replay(change: Callable[[], None]) -> None:
            change()
            self.objects_changed.emit()

        if self._highest_foreign_id is not None:
            self._highest_foreign_id = max(self._highest_foreign_id, label)
        self.history.push(Step("paint", lambda: replay(undo), lambda: replay(redo)))
        self.painted.emit()

    def adopt(self, labels: Any, objects: dict[int, SegmentedObject]) -> None:
        """Go on with labels that are there already, and what is known of their objects.

        What was done to others cannot be taken back any more.
        """
        if labels is not self.labels:
            self.history = History()
        self.labels = labels
        self.objects = dict(objects)
        self._highest_foreign_id = find_highest(labels)
        self.objects_changed.emit()

    def survey(self, labels: Any, highest: int) -> None:
        """Take the highest id that labels too large to be read at once were found to hold."""
        if labels is self.labels:
            self._highest_foreign_id = max(highest, self._highest_foreign_id or 0)
            self.objects_changed.emit()

    def _work(self) -> Work:
        chosen = {plane: candidates.chosen for plane, candidates in self.candidates.items()}
        before = self._first_masks
        return Work(self.draft, dict(self._hints), chosen, self.model, self.filled, before)

    def _restore(self, work: Work) -> None:
        self._recalled = dict(work.chosen)
        self.filled, self._first_masks = work.filled, work.first_masks
        self._apply(work.draft, dict(work.hints) if work.model == self.model else {})
        for plane in set(self._recalled).intersection(self.candidates).difference(self.pending):
            self.candidates[plane] = self.candidates[plane].choose(self._recalled.pop(plane))
        self.draft_changed.emit()

    def _refine(self, draft: Draft) -> dict[Plane, Start]:
        """Return the mask that each plane's decoding shall start from.

        A further click corrects the mask that the user sees, so that mask is fed back (SAM,
        Kirillov et al. 2023, section 3); any other change of the prompts starts afresh.
        """
        hints: dict[Plane, Start] = {}
        for plane, part in draft.by_plane(self.default_axes).items():
            new, _ = part.resolve(plane, self.shape)
            old = self._drawn.get(plane)
            if new is None or old is None or new.start is not None:
                continue
            if new.same_as(old) and plane in self._hints:
                hints[plane] = self._hints[plane]
            elif new.adds_points_to(old) and plane in self.candidates and plane not in self.pending:
                hints[plane] = self.candidates[plane].hint
        return hints

    def _apply(self, draft: Draft, hints: dict[Plane, Start]) -> None:
        """Make a draft the current one and derive what is to be decoded."""
        self.draft = draft
        self._hints = hints
        filled, self.filled = self.filled, None if draft.is_empty else self.filled
        notes: list[str] = []
        drawn: dict[Plane, Request] = {}
        requests: dict[Plane, Request] = {}
        parts = draft.by_plane(self.default_axes)
        self._first_masks = first_masks(parts, self._first_masks, self.filled)
        for plane, part in parts.items():
            request, remarks = part.resolve(plane, self.shape, self._first_masks[plane])
            notes.extend(remarks)
            if request is None:
                continue
            drawn[plane] = request
            hint = hints.get(plane)
            wanted = request if hint is None else replace(request, start=hint)
            known = self.requests.get(plane)
            requests[plane] = known if known and known.same_as(wanted) else wanted
        self.notes = tuple(dict.fromkeys(notes))
        self._drawn, self.requests = drawn, requests
        dropped = [plane for plane in self.candidates if plane not in requests]
        for plane in dropped:
            del self.candidates[plane]
        if dropped or filled is not self.filled:
            self.candidates_changed.emit()
        self.requests_changed.emit()

    def _write(self, label: int) -> Iterator[LabelPatch]:
        """Write every plane's mask; where planes cross, a pixel belongs to the first patch."""
        for plane, mask in self.masks.items():
            patch = LabelPatch.of_free_pixels(self.labels, plane, mask)
            patch.write(self.labels, label)
            yield patch

    def _finish(self, done: SegmentedObject) -> None:
        """List an object whose pixels are written and begin a new one."""
        self.objects[done.id] = done
        self._apply(Draft.empty(len(self.shape)), {})
        self.draft_changed.emit()
        self.objects_changed.emit()

    def _recommit(self, done: SegmentedObject, patches: tuple[LabelPatch, ...]) -> None:
        for patch in patches:
            patch.write(self.labels, done.id)
        self._finish(done)

    def _uncommit(
        self, done: SegmentedObject, patches: tuple[LabelPatch, ...], before: Work
    ) -> None:
        for patch in patches:
            patch.erase(self.labels, done.id)
        self.objects.pop(done.id, None)
        self._restore(before)
        self.objects_changed.emit()
