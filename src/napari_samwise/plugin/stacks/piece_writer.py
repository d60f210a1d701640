"""Objects of everything mode, written into the labels piece by piece."""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari_samwise.errors import InputError
from napari_samwise.plugin.labels import is_blank
from napari_samwise.plugin.segmented_object import SegmentedObject
from napari_samwise.plugin.stacks.everything_job import Piece
from napari_samwise.plugin.stacks.label_edit import LabelEdit

if TYPE_CHECKING:
    from napari_samwise.plugin.history import Step
    from napari_samwise.plugin.session import Session

_LEAST_FREE = 0.5
"""An object of which earlier ones leave a smaller share is one of those, and left out."""
_OTHER_LABELS = "Other objects were chosen meanwhile; nothing was written into them. Start again."
_UNKNOWN_IDS = "The ids in the labels are still being read; start again in a moment."


class PieceWriter:
    """Writes pieces as they come, under ids of their own.

    The user may do anything meanwhile: ids are chosen when the first piece comes, not when the job
    begins, and until :meth:`finish` or :meth:`erase` no other object gets them.

    Parameters
    ----------
    session : Session
        Into whose labels.
    model : str
        Who found the objects.
    """

    def __init__(self, session: Session, model: str) -> None:
        self._session = session
        self._model = model
        self._edit = LabelEdit(session)
        self._first_id: int | None = None
        self._ids: dict[int, int] = {}
        self._seen: set[int] = set()
        self.has_begun = False
        self.problem = ""

    @property
    def found(self) -> int:
        """How many objects have come, written or not."""
        return len(self._seen)

    def take(self, piece: Piece) -> None:
        """Write a piece; after a problem nothing more is written."""
        if not self.has_begun:
            self._begin(piece)
        if self.problem:
            return
        try:
            for number, mask in piece.masks:
                self._seen.add(number)
                label = self._ids.get(number) or self._fresh_id(number)
                if self._edit.add(piece.plane, label, mask, least_free=_LEAST_FREE):
                    self._ids[number] = label
                    self._session.ids.hold(label)
        except (InputError, OSError) as error:
            self.problem = str(error)
        self._edit.show()

    def finish(self, name: str, scores: tuple[float, ...]) -> tuple[Step | None, int]:
        """Make one undo step of it; return it and the number of objects."""
        self._end()
        areas = self._edit.areas
        objects = [
            SegmentedObject(label, areas[label], scores[number], self._model)
            for number, label in self._ids.items()
        ]
        return self._edit.finish(name, objects), len(objects)

    def erase(self) -> None:
        """Take back what was written."""
        self._end()
        self._edit.erase()

    def _begin(self, piece: Piece) -> None:
        session, self.has_begun = self._session, True
        session.adopted.connect(self._on_adopted)
        if not session.ids.are_known:
            self.problem = _UNKNOWN_IDS
        elif is_blank(session.labels):
            # Where nothing is in the way ids go by number, whatever block is written first: batch
            # gives the same ones. Else they follow each other, without gaps for what is left out.
            self._first_id = session.next_id
            session.ids.hold(self._first_id + len(piece.scores) - 1)

    def _fresh_id(self, number: int) -> int:
        return self._session.next_id if self._first_id is None else self._first_id + number

    def _on_adopted(self, before: object) -> None:
        """Write nothing into other labels, whose objects may have the same ids."""
        self._edit = LabelEdit(self._session)
        self._ids.clear()
        self.problem = _OTHER_LABELS

    def _end(self) -> None:
        if self.has_begun:
            self._session.adopted.disconnect(self._on_adopted)
            self._session.ids.release()
