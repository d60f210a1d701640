"""Carrying objects through a volume: from plans to labels, told of and stoppable at every slice."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from napari_samwise.errors import Cancelled
from napari_samwise.geometry.boxed_mask import BoxedMask
from napari_samwise.prompts import Prompts
from napari_samwise.segment.planes import Position
from napari_samwise.segment.volume.appearance import Appearance
from napari_samwise.segment.volume.course import Anchor, Course
from napari_samwise.segment.volume.ending import Ending
from napari_samwise.segment.volume.found import Found
from napari_samwise.segment.volume.opened_slice import Question, Slice
from napari_samwise.segment.volume.paint import Painter
from napari_samwise.segment.volume.plan import ObjectPlan
from napari_samwise.segment.volume.slices import SliceStack
from napari_samwise.segment.volume.sweep import Report, Sweep, settle

OnSlice = Callable[[int, int, NDArray[np.bool_], float], None]


@dataclass(frozen=True, slots=True)
class Watch:
    """Who is told, and asked, while objects are carried; see ``segment_volume``.

    Parameters
    ----------
    on_slice, progress, should_stop : callable, optional
        Called with what was found, with how far it is, and before each slice.
    """

    on_slice: OnSlice | None = None
    progress: Callable[[int, int], None] | None = None
    should_stop: Callable[[], bool] | None = None


@dataclass(slots=True, eq=False)
class Carrying:
    """What goes on while objects are carried through a volume.

    Parameters
    ----------
    stack : SliceStack
        The slices.
    labels : ndarray
        int32, the spatial shape; written to.
    rank : mapping of int to int
        Label -> its place among the prompts (``Painter``).
    ending : Ending
        When an object ends.
    slice_distance : float
        Pixels between two slices.
    watch : Watch
        Who is told and asked.
    confidence : dict of int to dict of int to float
        Label -> slice -> 0 to 1, of all that is written down.
    """

    stack: SliceStack
    labels: NDArray[np.int32]
    rank: Mapping[int, int]
    ending: Ending
    slice_distance: float
    watch: Watch
    confidence: dict[int, dict[int, float]] = field(default_factory=dict)
    _done: int = 0
    _total: int = 0

    def everything(self, plans: Sequence[ObjectPlan]) -> bool:
        """Decode the prompts and carry all objects; return False if it was stopped."""
        groups: dict[Position, list[ObjectPlan]] = {}
        for plan in plans:
            groups.setdefault(plan.rest, []).append(plan)
            self.confidence[plan.label] = {}
        self._total = sum(self._length(plan.prompts for plan in group) for group in groups.values())
        return all(self._group(rest, group) for rest, group in groups.items())

    def carry(self, courses: Sequence[Course], report: Report) -> bool:
        """Carry objects that are known on some slices; return False if it was stopped."""
        if not self._total:
            self._total = self._length(course.anchors for course in courses)
        sweep = Sweep(self.stack, self.ending, self.slice_distance, report, self._tick)
        try:
            sweep.run(courses)
        except Cancelled:
            return False
        finally:
            settle(courses, report)
        return True

    def tell(self, course: Course, index: int, found: Found, is_final: bool) -> bool:
        """Write down what was found and pass it on; always goes on."""
        if is_final:
            plane = self.stack.part_of(self.labels, course.rest, index)
            Painter(self.rank).paint(plane, course.label, found.mask)
            self.confidence[course.label][index] = found.confidence
        if self.watch.on_slice is not None:
            mask = found.full(self.stack.slice_size)
            self.watch.on_slice(course.label, index, mask, found.confidence)
        return True

    def sorted_confidence(self) -> dict[int, dict[int, float]]:
        """Return the confidence of every object, slices in order."""
        return {label: dict(sorted(of.items())) for label, of in self.confidence.items()}

    def _group(self, rest: Position, plans: Sequence[ObjectPlan]) -> bool:
        """Do all objects at one place on the other axes."""
        courses = {plan.label: Course(plan.label, rest, {}, plan.barriers) for plan in plans}
        anchors: dict[int, dict[int, Anchor]] = {plan.label: {} for plan in plans}
        try:
            for index in sorted({at for plan in plans for at in plan.prompts}):
                self._tick()
                here = self.stack.load(rest, index)
                for plan in plans:
                    if index not in plan.prompts:
                        continue
                    anchor = find_anchor(here, plan.prompts[index])
                    if anchor is not None:
                        anchors[plan.label][index] = anchor
                        self.tell(courses[plan.label], index, anchor.found, True)
        except Cancelled:
            return False
        ready = [
            Course(label, rest, found, courses[label].barriers)
            for label, found in anchors.items()
            if found
        ]
        return self.carry(ready, self.tell) if ready else True

    def _length(self, known: Iterable[Mapping[int, Prompts] | Mapping[int, Anchor]]) -> int:
        """Return the number of slices that a group visits, known ones and both ways."""
        prompted = {index for of_object in known for index in of_object}
        return len(prompted) + self.stack.count - min(prompted) + max(prompted) + 1

    def _tick(self) -> None:
        if self.watch.should_stop is not None and self.watch.should_stop():
            raise Cancelled(f"Stopped after {self._done} of {self._total} slices.")
        self._done += 1
        if self.watch.progress is not None:
            self.watch.progress(self._done, max(self._total, self._done))


def find_anchor(here: Slice, prompts: Prompts, earlier: BoxedMask | None = None) -> Anchor | None:
    """Decode the prompts of one object on one slice; None if the model finds nothing there.

    Parameters
    ----------
    here : Slice
        The slice.
    prompts : Prompts
        The prompts.
    earlier : BoxedMask, optional
        A mask of the object that they correct, not empty.
    """
    ((mask, score),) = here.decode(Question(prompts, earlier=earlier, keep=1))
    if not mask.area:
        return None
    found = Found(mask, min(score, 1.0), 1.0, "prompted")
    return Anchor(found, Appearance.of(here, mask))
