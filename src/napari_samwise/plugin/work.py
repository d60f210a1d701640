"""The object in work, as undo restores it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from napari_samwise.plugin.draft import Draft
from napari_samwise.plugin.plane import Plane
from napari_samwise.plugin.request import Start
from napari_samwise.plugin.stacks.filled import Filled


@dataclass(frozen=True, slots=True, eq=False)
class Work:
    """The prompts, the masks that refine them, the candidates chosen, the slices filled.

    Parameters
    ----------
    draft : Draft
        The prompts.
    hints : mapping of Plane to Start
        Answers that further clicks refine.
    chosen : mapping of Plane to int
        Ranks of the candidates.
    model : str
        Name of the model that made them.
    filled : Filled or None
        The slices that the object was carried to.
    first_masks : mapping of Plane to Start or None
        What was there of the object when a plane was prompted first.
    """

    draft: Draft
    hints: Mapping[Plane, Start]
    chosen: Mapping[Plane, int]
    model: str
    filled: Filled | None
    first_masks: Mapping[Plane, Start | None]
