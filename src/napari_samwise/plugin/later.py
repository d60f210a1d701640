"""Events that are made when they are written, out of what does not change any more."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from napari_samwise.journal.events import Adopt, Event, Paint
from napari_samwise.plugin.journal_form import split_adopt, split_paint, to_changes, to_row
from napari_samwise.plugin.label_changes import changed_pixels
from napari_samwise.plugin.label_edits import Changes
from napari_samwise.plugin.labels import is_blank
from napari_samwise.plugin.segmented_object import SegmentedObject

# Less is written before anybody notices.
_MANY_OBJECTS, _MANY_PX = 300, 2**22

Objects = Sequence[SegmentedObject]


@dataclass(frozen=True, slots=True, eq=False)
class Later:
    """What the user did, not yet as events.

    Parameters
    ----------
    make : callable
        Makes them; called once, from any thread.
    is_paint : bool
        Whether it is a change of pixels and not of the labels as a whole.
    is_long : bool
        Whether making them takes so long that it is better done in a thread.
    """

    make: Callable[[], Iterable[Event]]
    is_paint: bool = False
    is_long: bool = False


def paint_later(
    changes: Changes, fresh: Objects, removed: tuple[int, ...], into: int | None, name: str
) -> Later:
    """Return a step of changed pixels, see ``Paint``."""

    def make() -> Iterator[Event]:
        rows = tuple(map(to_row, fresh))
        return split_paint(Paint(to_changes(changes), rows, removed, into, name))

    return Later(make, is_paint=True, is_long=len(changes) > _MANY_OBJECTS)


def adopt_later(before: Any, labels: Any, objects: Objects) -> Later:
    """Return how labels that were taken over differ from those before; both may change then on."""
    differ: Callable[[], Iterable[Any]]
    if before is labels:
        differ = tuple
    elif isinstance(before, np.ndarray) and isinstance(labels, np.ndarray):
        was = None if is_blank(before) else before.copy()
        differ = partial(changed_pixels, was, labels.copy())
    else:
        # Those on disk are not copied.
        differ = tuple(changed_pixels(before, labels)).__iter__

    def make() -> Iterator[Event]:
        return split_adopt(Adopt(to_changes(differ()), tuple(map(to_row, objects))))

    is_long = isinstance(labels, np.ndarray) and is_much(labels, objects)
    return Later(make, is_long=is_long)


def is_much(labels: Any, objects: Objects) -> bool:
    """Tell whether it takes long to look through labels, or to write down their objects."""
    return bool(labels.size > _MANY_PX) or len(objects) > _MANY_OBJECTS
