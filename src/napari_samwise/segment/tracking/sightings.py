"""Where every object is on every frame, noted as it is found."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

from napari_samwise.geometry.roi import Roi
from napari_samwise.segment.everything.target import Target
from napari_samwise.segment.planes import Position
from napari_samwise.segment.tracking.owners import Owners
from napari_samwise.segment.tracking.regions import Region


@dataclass(frozen=True, slots=True)
class Sighting:
    """One object on one frame.

    Parameters
    ----------
    painted : int
        The id under which its pixels are in the labels.
    roi : Roi
        The box around them, of two or three axes.
    centroid : tuple of float
        In pixels of the frame.
    area : int
        Number of pixels.
    predicted_iou : float
        The model's estimate, or NaN.
    """

    painted: int
    roi: Roi
    centroid: tuple[float, ...]
    area: int
    predicted_iou: float = math.nan


class Sightings:
    """All objects of a movie; what an object is called may change after it was painted."""

    def __init__(self) -> None:
        self._by_label: dict[int, dict[int, Sighting]] = {}

    def add(self, label: int, frame: int, region: Region, predicted_iou: float = math.nan) -> None:
        """Note an object on a frame, in place of what was noted of it there."""
        centroid = tuple(float(value) for value in region.centroid)
        seen = Sighting(label, region.mask.roi, centroid, region.area, predicted_iou)
        self._by_label.setdefault(label, {})[frame] = seen

    def life(self, label: int) -> tuple[int, int]:
        """Return the first and the last frame of an object."""
        return min(self._by_label[label]), max(self._by_label[label])

    def rename(self, old: int, new: int) -> None:
        """Call an object as another one that is on none of its frames; pixels stay for now."""
        self._by_label.setdefault(new, {}).update(self._by_label.pop(old))

    def repaint(self, target: Target) -> None:
        """Give the pixels of those that were renamed the ids that they have now."""
        renamed: dict[Position, list[tuple[Roi, int, int]]] = {}
        for label, frame, seen in self:
            if seen.painted != label:
                depth, plane = seen.roi.slices[:-2], Roi(seen.roi.offset[-2:], seen.roi.shape[-2:])
                for index in product(*(range(part.start, part.stop) for part in depth)):
                    changes = renamed.setdefault((frame, *index), [])
                    changes.append((plane, seen.painted, label))
        for position, changes in renamed.items():
            owners = Owners(target, position)
            for roi, old, new in changes:
                owners.replace(roi, old, new)
            owners.flush()

    def __iter__(self) -> Iterator[tuple[int, int, Sighting]]:
        """Yield (label, frame, sighting) by label and then by frame."""
        for label, frames in sorted(self._by_label.items()):
            for frame, seen in sorted(frames.items()):
                yield label, frame, seen
