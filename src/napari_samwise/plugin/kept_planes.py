"""The objects of a session as labelled planes, for a model to learn from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_samwise.geometry.roi import Roi
from napari_samwise.plugin.plane import Plane
from napari_samwise.plugin.view import ImageSource

if TYPE_CHECKING:
    from napari_samwise.intensity import Intensity
    from napari_samwise.learn.corpus import LabelledPlane


def kept_planes(
    source: ImageSource,
    labels: Any,
    boxes: Mapping[int, Roi | None],
    shown: Plane,
    intensity: Intensity,
    most: int,
    whole_px: int,
) -> Iterator[LabelledPlane]:
    """Yield the displayed plane, and the planes through the middle of each object, with labels.

    Parameters
    ----------
    source : ImageSource
        The image.
    labels : array-like
        Its objects, of its spatial shape.
    boxes : mapping of int to Roi or None
        Object -> a box in the data that holds all its pixels. Where a box is not known, the object
        is found on the displayed plane alone, and there only if the plane is not a large one.
    shown : Plane
        The displayed plane; all planes lie along its axes.
    intensity : Intensity
        How values become brightness.
    most : int
        So many planes are read: the displayed one, and those with most objects.
    whole_px : int
        The longest side that the model encodes as one.

    Yields
    ------
    LabelledPlane
        Of large planes crops around the objects.
    """
    from napari_samwise.learn.adapt_examples import plan_crops
    from napari_samwise.learn.corpus import LabelledPlane

    planes = _by_plane(boxes, shown)
    here = planes.pop(shown)
    fullest = sorted(planes.items(), key=lambda each: -len(each[1]))
    for plane, found in [(shown, here), *fullest[: most - 1]]:
        size = plane.size(source.shape)
        whole = max(size) <= whole_px
        wanted = {0: Roi((0, 0), size)} if whole else found
        for plan in plan_crops(wanted, size, whole_px):
            index = plane.window(plan.region)
            truth = np.asarray(labels[index])
            if truth.any():
                # Of a plane that is seen as a whole every object counts, whoever made it.
                scored = None if whole else frozenset(plan.ids)
                seen = intensity.apply(np.asarray(source.data[index]))
                name = f"{plane.describe()} {plan.region.offset}"
                yield LabelledPlane(name, "kept", seen, truth.astype(np.int32), scored)


def _by_plane(boxes: Mapping[int, Roi | None], shown: Plane) -> dict[Plane, dict[int, Roi]]:
    planes: dict[Plane, dict[int, Roi]] = {shown: {}}
    for label, box in boxes.items():
        if box is not None:
            middle = tuple(box.offset[axis] + box.shape[axis] // 2 for axis in shown.hidden)
            flat = Roi(
                tuple(box.offset[axis] for axis in shown.axes),
                tuple(box.shape[axis] for axis in shown.axes),
            )
            planes.setdefault(Plane(shown.axes, middle), {})[label] = flat
    return planes
