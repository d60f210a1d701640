"""Carrying all objects of a volume from slice to slice, first up, then down."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from napari_samwise.segment.volume.course import Course, Front
from napari_samwise.segment.volume.ending import Ending, Look
from napari_samwise.segment.volume.found import Found
from napari_samwise.segment.volume.fuse import fuse
from napari_samwise.segment.volume.opened_slice import Slice
from napari_samwise.segment.volume.sides import Sides
from napari_samwise.segment.volume.slices import SliceStack
from napari_samwise.segment.volume.step import carry

Report = Callable[[Course, int, Found, bool], bool]
"""Takes (object, slice, what was found, whether it is final); returns whether to go on."""


@dataclass(frozen=True, slots=True, eq=False)
class Sweep:
    """Both ways through the slices at one place on the other axes.

    All objects go together, so that each slice is loaded once on each way.

    Parameters
    ----------
    stack : SliceStack
        The slices.
    ending : Ending
        When an object ends.
    slice_distance : float
        Pixels between two slices.
    report : callable
        Told of everything that is found, as soon as it is sure that the object reaches so far.
        Returns False where the object need not be carried farther in this direction.
    tick : callable
        Called before each slice of each way; raises to stop.
    """

    stack: SliceStack
    ending: Ending
    slice_distance: float
    report: Report
    tick: Callable[[], None]

    def run(self, courses: Sequence[Course]) -> None:
        """Carry the objects up, then down; between two anchors both ways are fused."""
        first = min(min(course.anchors) for course in courses)
        last = max(max(course.anchors) for course in courses)
        self._go(courses, range(first, self.stack.count))
        self._go(courses, range(last, -1, -1))

    def _go(self, courses: Sequence[Course], way: range) -> None:
        fronts: dict[int, Front] = {}
        for index in way:
            self.tick()
            here: Slice | None = None
            for course in courses:
                front = fronts.pop(course.label, None)
                if index in course.anchors:
                    sides = Sides(self.stack, course.rest, self.slice_distance)
                    fronts[course.label] = Front.at(index, course.anchors[index], sides)
                    continue
                if front is None:
                    continue
                goes_on = False
                if index not in course.barriers:
                    here = here or self.stack.load(course.rest, index)
                    goes_on = self._step(here, course, front, index, upward=way.step > 0)
                if goes_on:
                    fronts[course.label] = front
                else:
                    self._tell_sure(course, front, is_last=True)
        for course in courses:
            if course.label in fronts:
                self._tell_sure(course, fronts[course.label], is_last=True)

    def _step(self, here: Slice, course: Course, front: Front, index: int, *, upward: bool) -> bool:
        """Carry one object to one slice; return whether it may go on behind it."""
        found = carry(here, front.last)
        if found is None:
            return False
        gap = course.gap_around(index)
        if gap is not None:
            # Prompts on both sides say that the object goes through.
            front.move(index, found)
            return self._tell_in_gap(course, index, found, gap, upward=upward)
        look = self._look(here, front, index, found)
        if self.ending.is_lost(found, front.anchor.found, front.areas, self.slice_distance):
            if front.holds >= self.ending.holds:
                return False
            if not self.ending.is_held(look, self.slice_distance):
                return False
            front.hold()
        front.waiting.append(look)
        front.move(index, found, is_left=self.ending.is_left(look))
        return self._tell_sure(course, front, is_last=False)

    def _look(self, here: Slice, front: Front, index: int, found: Found) -> Look:
        """Compare what was found with the object on the prompted slice, and from the side."""
        appearance = front.anchor.appearance
        likeness = appearance.likeness(here, found.mask)
        place = appearance.likeness(here, front.last.mask)
        # What looks otherwise may well have ended: then the views are right.
        least = self.ending.support if likeness >= self.ending.likeness else 0.0
        support = front.sides.support(index, found, least)
        return Look(index, found, likeness, place, support)

    def _tell_sure(self, course: Course, front: Front, *, is_last: bool) -> bool:
        """Report the slices that are sure by now; return whether the object may go on."""
        sure, has_ended = self.ending.foresee(front.waiting, is_last=is_last)
        told, front.waiting = front.waiting[:sure], front.waiting[sure:]
        goes_on = all(self.report(course, look.index, look.found, True) for look in told)
        if has_ended or not goes_on:
            front.waiting.clear()
        return goes_on and not has_ended

    def _tell_in_gap(
        self, course: Course, index: int, found: Found, gap: tuple[int, int], *, upward: bool
    ) -> bool:
        if upward:
            course.halfway[index] = found
            return self.report(course, index, found, False)
        other = course.halfway.pop(index, None)
        if other is not None:
            before, behind = gap
            found = fuse(other, found, (index - before) / (behind - before))
        return self.report(course, index, found, True)


def settle(courses: Sequence[Course], report: Report) -> None:
    """Report as final what the way up has found and the way down has not reached."""
    for course in courses:
        for index, found in sorted(course.halfway.items()):
            report(course, index, found, True)
        course.halfway.clear()
