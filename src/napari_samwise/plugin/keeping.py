"""Writing the object in work into labels, and what it was made of."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from napari_samwise.plugin.all_or_none import do_all_or_none
from napari_samwise.plugin.candidates import Candidates, Mask
from napari_samwise.plugin.label_patch import LabelPatch, box_of
from napari_samwise.plugin.plane import Plane
from napari_samwise.plugin.segmented_object import SegmentedObject
from napari_samwise.plugin.stacks.filled import boxed, same


@dataclass(frozen=True, slots=True, eq=False)
class Kept:
    """What an object was made of when it was kept.

    Parameters
    ----------
    label : int
        Its id.
    answers : mapping of Plane to Candidates
        The planes of which a decoded mask was kept as it is.
    patches : tuple of LabelPatch
        The pixels that it got on these planes, in the same order.
    filled : tuple of LabelPatch
        The pixels that it got elsewhere: on slices to which it was carried, or that were painted.
    """

    label: int
    answers: Mapping[Plane, Candidates]
    patches: tuple[LabelPatch, ...]
    filled: tuple[LabelPatch, ...]

    @property
    def area(self) -> int:
        """Number of pixels."""
        return sum(patch.area for patch in self.all_patches)

    @property
    def taken(self) -> int:
        """How many pixels of its masks it did not get, because they belong to earlier objects."""
        return sum(patch.taken for patch in self.all_patches)

    @property
    def all_patches(self) -> tuple[LabelPatch, ...]:
        """All pixels that it got."""
        return self.patches + self.filled

    def describe(
        self, answers: Collection[Candidates], model: str, clicks: int, time: str
    ) -> SegmentedObject:
        """Return what is listed of it, its score the mean of all answers."""
        score = sum(each.predicted_iou for each in answers) / len(answers)
        box = box_of(self.all_patches)
        return SegmentedObject(self.label, self.area, score, model, clicks, time, box)

    def write(self, labels: Any) -> None:
        """Give the pixels that are still free to the object; all or none."""
        do_all_or_none(
            self.all_patches,
            lambda patch: patch.write(labels, self.label),
            lambda patch: patch.erase(labels, self.label),
        )

    def erase(self, labels: Any) -> None:
        """Free the pixels that are still the object's; all or none."""
        do_all_or_none(
            self.all_patches,
            lambda patch: patch.erase(labels, self.label),
            lambda patch: patch.write(labels, self.label),
        )


def keep(
    labels: Any, label: int, masks: Mapping[Plane, Mask], answers: Mapping[Plane, Candidates]
) -> Kept:
    """Give an object the pixels of its masks that are free; if that fails midway, none.

    Parameters
    ----------
    labels : array-like
        Written into.
    label : int
        The object.
    masks : mapping of Plane to Mask
        Where planes cross, a pixel belongs to the first patch; decoded masks come first.
    answers : mapping of Plane to Candidates
        What was decoded; of a plane that was corrected otherwise it is not what ``masks`` has.
    """
    patches: dict[Plane, LabelPatch] = {}

    def write(plane: Plane) -> None:
        patches[plane] = LabelPatch.of_free_pixels(labels, plane, masks[plane])
        patches[plane].write(labels, label)

    decoded = {p: each for p, each in answers.items() if _is_same(each.mask, masks[p])}
    others = [plane for plane in masks if plane not in decoded]
    do_all_or_none([*decoded, *others], write, lambda plane: patches[plane].erase(labels, label))
    return Kept(label, decoded, *(tuple(patches[p] for p in each) for each in (decoded, others)))


def _is_same(first: Mask, second: Mask) -> bool:
    return first is second or same(boxed(first), boxed(second))
