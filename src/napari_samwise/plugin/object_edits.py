"""Objects deleted or merged, as one step of undo."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from napari_samwise.errors import InputError
from napari_samwise.plugin.label_edits import with_pixels
from napari_samwise.plugin.label_patch import LabelPatch
from napari_samwise.plugin.object_pixels import Boxes, Pixels, find_pixels
from napari_samwise.plugin.segmented_object import SegmentedObject
from napari_samwise.plugin.session import Session


def relabel_objects(
    session: Session, ids: Sequence[int], label: int, found: Pixels | None = None
) -> int:
    """Give all pixels of objects to another one, or to the background.

    Parameters
    ----------
    session : Session
        Whose labels are changed, as one step of undo.
    ids : sequence of int
        The objects that are no more after it.
    label : int
        Who gets their pixels: an object that is listed, or 0 for the background.
    found : tuple of LabelPatch, optional
        Their pixels where they have been looked for already, in boxes as of ``boxes_of``.

    Returns
    -------
    int
        How many pixels were changed.

    Raises
    ------
    InputError
        If there is no such object, or the labels cannot be written.
    """
    gone = [each for each in dict.fromkeys(ids) if each != label]
    if label and label not in session.objects:
        raise InputError(f"There is no object {label} to merge into; choose one of the table.")
    if found is None:
        found = find_pixels(session.labels, boxes_of(session.objects, gone))
    after = dict(session.objects)
    for each in gone:
        after.pop(each, None)
    if label:
        after[label] = _merged(session.objects, label, gone, found)
    changes = tuple((label, patch) for patch in found)
    session.edit(changes, after, "merge" if label else "delete")
    return sum(patch.area for patch in found)


def boxes_of(objects: Mapping[int, SegmentedObject], ids: Sequence[int]) -> Boxes:
    """Return a box that holds all pixels of each object, None where none is known."""
    return {each: objects[each].box if each in objects else None for each in ids}


def _merged(
    objects: Mapping[int, SegmentedObject],
    label: int,
    gone: Sequence[int],
    patches: Sequence[LabelPatch],
) -> SegmentedObject:
    """Return what is known of an object that takes others in: its own id, score and model."""
    clicks = sum(objects[each].clicks for each in (label, *gone) if each in objects)
    return replace(with_pixels(objects[label], patches), clicks=clicks)
