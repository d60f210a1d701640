"""What a user does to one image: prompts, candidates, objects, undo. No napari, no Qt."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from psygnal import Signal

from napari_samwise.errors import PromptError
from napari_samwise.plugin.candidates import Candidates, adds_points, same_prompts
from napari_samwise.plugin.draft import Axes, Draft
from napari_samwise.plugin.hint import Hint
from napari_samwise.plugin.history import History, Step
from napari_samwise.plugin.label_patch import LabelPatch
from napari_samwise.plugin.plane import Plane
from napari_samwise.predictor.prediction import Prediction
from napari_samwise.prompts import Prompts


@dataclass(frozen=True, slots=True)
class SegmentedObject:
    """One committed object: its label id, area in pixels, predicted IoU, and model's name."""

    id: int
    area: int
    predicted_iou: float
    model: str


@dataclass(frozen=True, slots=True, eq=False)
class _Work:
    """What undo restores: the prompts, the masks that refine them, the candidates chosen."""

    draft: Draft
    hints: dict[Plane, Hint]
    chosen: dict[Plane, int]
    model: str


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
        self.requests: dict[Plane, Prompts] = {}
        self.candidates: dict[Plane, Candidates] = {}
        self.objects: dict[int, SegmentedObject] = {}
        self._drawn: dict[Plane, Prompts] = {}
        self._hints: dict[Plane, Hint] = {}
        self._recalled: dict[Plane, int] = {}
        self._refused: dict[Plane, Prompts] = {}
        self._highest_foreign_id = 0

    @property
    def shape(self) -> tuple[int, ...]:
        """The image's spatial shape."""
        return tuple(self.labels.shape)

    @property
    def next_id(self) -> int:
        """The label that the next object gets."""
        return max([self._highest_foreign_id, *self.objects]) + 1

    @property
    def pending(self) -> tuple[Plane, ...]:
        """Planes whose mask is not there yet and may still come."""
        return tuple(
            plane
            for plane, prompts in self.requests.items()
            if self._refused.get(plane) is not prompts
            and (plane not in self.candidates or self.candidates[plane].prompts is not prompts)
        )

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

    def answer(self, plane: Plane, prompts: Prompts, prediction: Prediction) -> bool:
        """Take the candidates for a request; False if it is no longer the request."""
        if self.requests.get(plane) is not prompts:
            return False
        chosen = self._recalled.pop(plane, 0)
        self.candidates[plane] = Candidates(prompts, prediction).choose(chosen)
        self.candidates_changed.emit()
        return True

    def refuse(self, plane: Plane, prompts: Prompts) -> None:
        """Wait no longer for a request that cannot be answered, and drop the plane's mask."""
        if self.requests.get(plane) is prompts:
            self._refused[plane] = prompts
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
        self.requests = {plane: prompts.replace() for plane, prompts in self._drawn.items()}
        self.requests_changed.emit()

    def commit(self) -> SegmentedObject:
        """Write the object in work into the labels under the next id.

        Pixels of earlier objects are not touched.

        Raises
        ------
        PromptError
            If there is no mask, one is still being computed, or no pixel of it is free.
        """
        if self.pending:
            raise PromptError("The mask is still being computed; commit it when it shows.")
        if not self.candidates:
            raise PromptError("Nothing to commit yet; add a point or a box on an object first.")
        label = self.next_id
        if label > np.iinfo(self.labels.dtype).max:
            self.labels = np.asarray(self.labels).astype(np.int32)
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

        self._highest_foreign_id = max(self._highest_foreign_id, label)
        self.history.push(Step("paint", lambda: replay(undo), lambda: replay(redo)))
        self.painted.emit()

    def adopt(self, labels: Any, objects: dict[int, SegmentedObject]) -> None:
        """Go on with labels that are there already, and what is known of their objects."""
        self.labels = labels
        self.objects = dict(objects)
        self._highest_foreign_id = int(np.max(labels)) if 0 not in labels.shape else 0
        self.objects_changed.emit()

    def _work(self) -> _Work:
        chosen = {plane: candidates.chosen for plane, candidates in self.candidates.items()}
        return _Work(self.draft, dict(self._hints), chosen, self.model)

    def _restore(self, work: _Work) -> None:
        self._recalled = dict(work.chosen)
        self._apply(work.draft, work.hints if work.model == self.model else {})
        for plane in set(self._recalled).intersection(self.candidates).difference(self.pending):
            self.candidates[plane] = self.candidates[plane].choose(self._recalled.pop(plane))
        self.draft_changed.emit()

    def _refine(self, draft: Draft) -> dict[Plane, Hint]:
        """Return the mask that each plane's decoding shall start from.

        A further click corrects the mask that the user sees, so that mask is fed back (SAM,
        Kirillov et al. 2023, section 3); any other change of the prompts starts afresh.
        """
        hints = {}
        for plane, part in draft.by_plane(self.default_axes).items():
            new, _ = part.resolve(plane, self.shape)
            old = self._drawn.get(plane)
            if new is None or old is None or new.mask is not None:
                continue
            if same_prompts(old, new) and plane in self._hints:
                hints[plane] = self._hints[plane]
            elif adds_points(old, new) and plane in self.candidates and plane not in self.pending:
                hints[plane] = Hint.of(self.candidates[plane].logits)
        return hints

    def _apply(self, draft: Draft, hints: dict[Plane, Hint]) -> None:
        """Make a draft the current one and derive what is to be decoded."""
        self.draft = draft
        self._hints = hints
        notes: list[str] = []
        drawn: dict[Plane, Prompts] = {}
        requests: dict[Plane, Prompts] = {}
        for plane, part in draft.by_plane(self.default_axes).items():
            prompts, remarks = part.resolve(plane, self.shape)
            notes.extend(remarks)
            if prompts is None:
                continue
            drawn[plane] = prompts
            hint = hints.get(plane)
            wanted = prompts if hint is None else prompts.replace(mask=hint.logits())
            known = self.requests.get(plane)
            requests[plane] = known if known and same_prompts(known, wanted) else wanted
        self.notes = tuple(dict.fromkeys(notes))
        self._drawn, self.requests = drawn, requests
        dropped = [plane for plane in self.candidates if plane not in requests]
        for plane in dropped:
            del self.candidates[plane]
        if dropped:
            self.candidates_changed.emit()
        self.requests_changed.emit()

    def _write(self, label: int) -> Iterator[LabelPatch]:
        """Write every plane's mask; where planes cross, a pixel belongs to the first patch."""
        for plane, candidates in self.candidates.items():
            patch = LabelPatch.of_free_pixels(self.labels, plane, candidates.mask)
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
        self, done: SegmentedObject, patches: tuple[LabelPatch, ...], before: _Work
    ) -> None:
        for patch in patches:
            patch.erase(self.labels, done.id)
        self.objects.pop(done.id, None)
        self._restore(before)
        self.objects_changed.emit()
