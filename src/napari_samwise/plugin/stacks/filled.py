"""The object in work on many slices, as a value."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from napari_samwise.geometry.boxed_mask import BoxedMask
from napari_samwise.plugin.drawn_mask import MAX_SIDE
from napari_samwise.plugin.plane import Plane
from napari_samwise.plugin.stacks.way import Way
from napari_samwise.predictor.drawn_mask import DrawnMask
from napari_samwise.segment.volume.result import DOUBTFUL

if TYPE_CHECKING:
    from napari_samwise.plugin.candidates import Mask
    from napari_samwise.plugin.request import Start


@dataclass(frozen=True, slots=True, eq=False)
class Filled:
    """What is known of an object that is carried from slice to slice.

    Parameters
    ----------
    way : Way
        The slices.
    masks : mapping of int to BoxedMask
        Slice -> the object there; only slices that it is on.
    confidence : mapping of int to float
        Slice -> 0 to 1, where it was carried.
    given : mapping of int to BoxedMask
        Slices that the user prompted or painted, with the mask to keep there.
    answers : mapping of int to Mask
        The masks of prompts that ``given`` has taken up, the very objects.
    barriers : frozenset of int
        Slices that the object does not enter.
    """

    way: Way
    masks: Mapping[int, BoxedMask] = field(default_factory=dict)
    confidence: Mapping[int, float] = field(default_factory=dict)
    given: Mapping[int, BoxedMask] = field(default_factory=dict)
    answers: Mapping[int, Mask] = field(default_factory=dict)
    barriers: frozenset[int] = frozenset()

    @property
    def doubtful(self) -> list[int]:
        """Slices worth a look, in order; never those that the user has prompted or painted."""
        return sorted(
            index
            for index, value in self.confidence.items()
            if value < DOUBTFUL and index not in self.given
        )

    def next_doubtful(self, after: int) -> int | None:
        """Return the next doubtful slice, from the first one again behind the last."""
        found = self.doubtful
        return next((index for index in found if index > after), found[0] if found else None)

    def over(self, answers: Mapping[Plane, Mask]) -> dict[Plane, Mask]:
        """Put these masks together with those of prompts, of which newer ones count."""
        masks = dict(answers)
        for index, mask in self.masks.items():
            plane = self.way.at(index)
            if plane not in answers or self.answers.get(index) is answers[plane]:
                masks[plane] = mask
        return masks

    def news(self, answers: Mapping[Plane, Mask]) -> dict[int, Mask]:
        """Return the masks of prompts on these slices that have not been taken up."""
        found = {}
        for plane, mask in answers.items():
            index = self.way.index_of(plane)
            if index is not None and self.answers.get(index) is not mask:
                found[index] = mask
        return found

    def recognise(self, news: Mapping[int, Mask]) -> Filled:
        """Take masks that were decoded anew, with the same pixels, for those taken up before."""
        known = {
            index: mask
            for index, mask in news.items()
            if index in self.answers and same(boxed(self.answers[index]), boxed(mask))
        }
        return replace(self, answers={**self.answers, **known}) if known else self

    def take(self, answers: Mapping[int, Mask]) -> Filled:
        """Take up masks of prompts; what was painted on these slices counts no more."""
        given = dict(self.given) | {index: boxed(mask) for index, mask in answers.items()}
        return replace(self, given=given, answers={**self.answers, **answers})

    def start_on(self, plane: Plane) -> DrawnMask | None:
        """Return the mask that a first click on a plane refines, None if there is none."""
        index = self.way.index_of(plane)
        mask = None if index is None else self.masks.get(index)
        if mask is None or mask.roi.is_empty or max(mask.roi.shape) > MAX_SIDE:
            return None
        return DrawnMask(mask.inside, (mask.roi.offset[0], mask.roi.offset[1]), 1)

    def with_barriers(self, barriers: Collection[int]) -> Filled:
        """End the object at barriers: what no given slice reaches past them is dropped."""
        shut = frozenset(barriers)
        reached = {
            index
            for index in self.masks
            if any(
                not any(min(index, at) <= barrier <= max(index, at) for barrier in shut)
                for at in self.given
            )
        }
        return replace(
            self,
            masks={index: mask for index, mask in self.masks.items() if index in reached},
            confidence={at: value for at, value in self.confidence.items() if at in reached},
            barriers=shut,
        )


def first_masks(
    planes: Iterable[Plane], known: Mapping[Plane, Start | None], filled: Filled | None
) -> dict[Plane, Start | None]:
    """Return for each prompted plane the mask that was there before its first prompt.

    It stays the same while further prompts come, whatever becomes of the mask.
    """
    return {
        plane: known[plane]
        if plane in known
        else (None if filled is None else filled.start_on(plane))
        for plane in planes
    }


def boxed(mask: Mask) -> BoxedMask:
    """Return the pixels of a mask of any kind."""
    return BoxedMask.from_mask(mask.cut(mask.roi), mask.roi.offset)


def same(a: BoxedMask | None, b: BoxedMask) -> bool:
    """Tell whether two masks have the same pixels."""
    return a is not None and a.roi == b.roi and np.array_equal(a.inside, b.inside)
