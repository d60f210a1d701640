"""What a session held before anything was recorded of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from napari_samwise.journal.events import Adopt, Event
from napari_samwise.plugin.draft import Draft
from napari_samwise.plugin.journal_form import split_adopt, to_changes, to_prompt, to_row
from napari_samwise.plugin.label_changes import changed_pixels
from napari_samwise.plugin.segmented_object import SegmentedObject

if TYPE_CHECKING:
    from napari_samwise.plugin.session import Session


@dataclass(frozen=True, slots=True, eq=False)
class Beginning:
    """Labels, objects and prompts as they were; the labels a copy."""

    labels: NDArray[Any]
    objects: tuple[SegmentedObject, ...]
    draft: Draft

    @classmethod
    def of(cls, session: Session) -> Beginning:
        """Keep what a session holds now."""
        objects = tuple(session.objects.values())
        return cls(np.array(session.labels[...]), objects, session.draft)

    def events(self) -> Iterator[Event]:
        """Yield what brings a blank session there."""
        changes = to_changes(changed_pixels(None, self.labels))
        if changes or self.objects:
            yield from split_adopt(Adopt(changes, tuple(map(to_row, self.objects))))
        if not self.draft.is_empty:
            yield to_prompt(self.draft)
