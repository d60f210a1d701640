"""Many objects written into labels as one change that can be taken back."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace

from napari_samwise.plugin.all_or_none import do_all_or_none
from napari_samwise.plugin.candidates import Mask
from napari_samwise.plugin.history import Step
from napari_samwise.plugin.label_edits import with_pixels
from napari_samwise.plugin.label_patch import LabelPatch
from napari_samwise.plugin.labels import check_disk, widen
from napari_samwise.plugin.plane import Plane
from napari_samwise.plugin.segmented_object import SegmentedObject, utc_now
from napari_samwise.plugin.session import Session


class LabelEdit:
    """Objects that come piece by piece; pixels of earlier objects are not touched.

    Parameters
    ----------
    session : Session
        Into whose labels they are written.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._patches: list[tuple[int, LabelPatch]] = []
        self._before: dict[int, SegmentedObject] = {}
        self._objects: dict[int, SegmentedObject] = {}

    @property
    def areas(self) -> Mapping[int, int]:
        """Label -> number of pixels that it got."""
        areas: Counter[int] = Counter()
        for label, patch in self._patches:
            areas[label] += patch.area
        return areas

    def add(self, plane: Plane, label: int, mask: Mask, *, least_free: float = 0.0) -> bool:
        """Write an object, or a part of one.

        Parameters
        ----------
        plane : Plane
            Where.
        label : int
            Its id.
        mask : Mask
            Its pixels; those that are taken are left out.
        least_free : float
            0 to 1; if a smaller share of them is free, nothing is written.

        Returns
        -------
        bool
            Whether it was written.

        Raises
        ------
        InputError
            If the labels cannot hold the id or cannot be written.
        OSError
            If the disk refuses it; nothing of it is written then.
        """
        session = self._session
        check_disk(session.labels)
        session.labels = widen(session.labels, label)
        patch = LabelPatch.of_free_pixels(session.labels, plane, mask)
        if not patch.area or (least_free and patch.area < least_free * _area(mask)):
            return False
        try:
            patch.write(session.labels, label)
        except Exception:
            # What could not be freed again must not be taken for a part of another object.
            session.ids.retire(label)
            raise
        self._patches.append((label, patch))
        return True

    def show(self) -> None:
        """Let the layer show what has been written so far."""
        self._session.objects_changed.emit()

    def erase(self) -> None:
        """Take everything back."""
        do_all_or_none(self._patches, self._erase, self._write)
        for label in self._objects:
            self._session.objects.pop(label, None)
        self._session.objects.update(self._before)
        self.show()

    def write(self) -> None:
        """Write everything again."""
        do_all_or_none(self._patches, self._write, self._erase)
        self._session.objects.update(self._objects)
        self.show()

    def finish(self, name: str, objects: Iterable[SegmentedObject]) -> Step | None:
        """Make all of it one step of undo, and list its objects.

        Parameters
        ----------
        name : str
            Of the step.
        objects : iterable of SegmentedObject
            What is new in the table.

        Returns
        -------
        Step or None
            None if nothing was written.
        """
        known, patches = self._session.objects, defaultdict(list)
        for label, patch in self._patches:
            patches[label].append(patch)
        fresh = {each.id: self._begin(each) for each in objects}
        # Of what is new, the user may have painted further pixels meanwhile.
        self._before = {i: known[i] for i in patches if i in known}
        self._objects = {
            label: with_pixels(each, patches[label])
            for label, each in (self._before | fresh).items()
        }
        known.update(self._objects)
        self.show()
        if not self._patches:
            return None
        step = Step(name, self.erase, self.write, tuple(self._patches))
        self._session.history.push(step)
        return step

    def _begin(self, fresh: SegmentedObject) -> SegmentedObject:
        """Return a new object without the pixels of the pieces."""
        painted = self._session.objects.get(fresh.id)
        area, box = (0, None) if painted is None else (painted.area, painted.box)
        return replace(fresh, area=area, box=box, time=fresh.time or utc_now())

    def _write(self, piece: tuple[int, LabelPatch]) -> None:
        label, patch = piece
        patch.write(self._session.labels, label)

    def _erase(self, piece: tuple[int, LabelPatch]) -> None:
        label, patch = piece
        patch.erase(self._session.labels, label)


def _area(mask: Mask) -> int:
    return int(mask.cut(mask.roi).sum())
