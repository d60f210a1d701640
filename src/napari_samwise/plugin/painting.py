"""What a stroke of napari's brush, bucket or polygon changed in the labels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_samwise.geometry.roi import Roi
from napari_samwise.plugin.label_edits import with_pixels
from napari_samwise.plugin.label_patch import LabelPatch, box_of, patches_of
from napari_samwise.plugin.segmented_object import PAINTED, SegmentedObject, utc_now


@dataclass(frozen=True, slots=True, eq=False)
class Stroke:
    """One change by hand.

    Parameters
    ----------
    changes : tuple of (int, LabelPatch)
        Labels, and the pixels that became theirs, in the order of painting; 0 erases.
    gained : mapping of int to int
        Label -> pixels won, below 0 if lost.
    """

    changes: tuple[tuple[int, LabelPatch], ...]
    gained: Mapping[int, int]
    _dabs: tuple[_Dab, ...] = ()

    @classmethod
    def of(cls, atoms: Iterable[tuple[Any, ...]]) -> Stroke:
        """Read what the event ``paint`` of a Labels layer tells.

        Parameters
        ----------
        atoms : iterable of tuple
            In the order of painting: (slices, mask in them or None, values before, label), or
            (index arrays, values before, values after) as earlier versions of napari and
            ``data_setitem`` have it.
        """
        dabs = tuple(dab for atom in atoms for dab in _read(atom))
        gained: Counter[int] = Counter()
        for dab in dabs:
            gained[dab.label] += dab.before.size
            for label, count in zip(*np.unique(dab.before, return_counts=True), strict=True):
                gained[int(label)] -= int(count)
        return cls(tuple(_merge(dabs)), gained, dabs)

    def take_back(self, labels: Any) -> None:
        """Make the pixels what they were before the stroke."""
        for dab in reversed(self._dabs):
            window = dab.box.slices
            values = np.array(labels[window])
            values[dab.mask] = dab.before
            labels[window] = values

    def list_objects(self, objects: Mapping[int, SegmentedObject]) -> dict[int, SegmentedObject]:
        """Return the objects after the stroke, given those before; none without pixels."""
        after = dict(objects)
        for label, pixels in self.gained.items():
            if not label or not pixels:
                continue
            if label in after:
                grown = with_pixels(after[label], self._patches(label))
                # Of pixels that were painted twice or lost, the patches know nothing.
                after[label] = replace(grown, area=objects[label].area + pixels)
            elif pixels > 0:
                box = box_of(self._patches(label))
                after[label] = SegmentedObject(label, pixels, np.nan, PAINTED, 0, utc_now(), box)
        return {label: each for label, each in after.items() if each.area > 0}

    def _patches(self, label: int) -> list[LabelPatch]:
        return [patch for painted, patch in self.changes if painted == label]


@dataclass(frozen=True, slots=True, eq=False)
class _Dab:
    """Pixels that got one label: a box, a mask in it, and the values before under the mask."""

    label: int
    box: Roi
    mask: NDArray[np.bool_]
    before: NDArray[Any]


def _read(atom: tuple[Any, ...]) -> Iterator[_Dab]:
    """Yield an entry of napari's history label by label."""
    if len(atom) == 4:
        slices, mask, before, label = atom
        before = np.asarray(before)
        box = Roi.from_bounds([s.start for s in slices], [s.stop for s in slices])
        inside = np.ones(box.shape, dtype=np.bool_) if mask is None else np.asarray(mask)
        yield _Dab(int(label), box, inside.reshape(box.shape), before.ravel())
        return
    indices, before, after = atom
    points = np.stack([np.ravel(index) for index in np.broadcast_arrays(*indices)])
    values = np.broadcast_to(np.asarray(after).ravel(), points.shape[1:])
    for label in np.unique(values):
        chosen = values == label
        yield _dab_of_points(int(label), points[:, chosen], np.ravel(before)[chosen])


def _dab_of_points(label: int, points: NDArray[Any], before: NDArray[Any]) -> _Dab:
    start, stop = points.min(axis=1), points.max(axis=1) + 1
    box = Roi.from_bounds([int(n) for n in start], [int(n) for n in stop])
    mask = np.zeros(box.shape, dtype=np.bool_)
    mask[tuple(points - start[:, None])] = True
    return _Dab(label, box, mask, before)


def _merge(dabs: Sequence[_Dab]) -> Iterator[tuple[int, LabelPatch]]:
    """Yield the pixels of dabs that follow each other with one label as one change a plane."""
    for label, run in groupby(dabs, lambda dab: dab.label):
        members = list(run)
        box = members[0].box
        for dab in members[1:]:
            box = box.union(dab.box)
        back = [-at for at in box.offset]
        canvas = np.zeros(box.shape, dtype=np.bool_)
        for dab in members:
            canvas[dab.box.shift(back).slices] |= dab.mask
        for patch in patches_of(canvas, box.offset):
            yield label, patch
