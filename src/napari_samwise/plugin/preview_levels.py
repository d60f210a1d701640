"""Masks as a multiscale array that is made where, and as coarse as, a viewer looks at it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_samwise.geometry.roi import Roi
from napari_samwise.plugin.candidates import Mask
from napari_samwise.plugin.label_pyramid import pyramid_shapes
from napari_samwise.plugin.lazy_array import LazyArray
from napari_samwise.plugin.plane import Plane
from napari_samwise.predictor.framed_mask import FramedMask

_SAMPLES = 4


class PreviewLevels:
    """The levels of a preview of any size, which hold nothing but the masks that they show.

    Parameters
    ----------
    shape : tuple of int
        Of the finest level.

    Attributes
    ----------
    levels : list of array-like
        The finest first, uint8.
    """

    def __init__(self, shape: tuple[int, ...]) -> None:
        self.masks: dict[Plane, Mask] = {}
        self.value = 0
        shapes = pyramid_shapes(shape)
        self.levels: list[Any] = [_PreviewLevel(self, shape, level) for level in shapes]
        self._top: _PreviewLevel = self.levels[-1]
        if len(shape) == 2:
            # napari keeps the coarsest level of a plane: let it be an array that changes.
            self.levels[-1] = np.zeros(shapes[-1], dtype=np.uint8)

    def show(self, masks: Mapping[Plane, Mask], value: int) -> None:
        """Hold these masks and nothing else, each with this value."""
        self.masks, self.value = dict(masks), value
        if isinstance(self.levels[-1], np.ndarray):
            self.levels[-1][:] = np.asarray(self._top)


class _PreviewLevel(LazyArray):
    """One level: some factor coarser than the finest along each axis."""

    def __init__(
        self, owner: PreviewLevels, finest: tuple[int, ...], shape: tuple[int, ...]
    ) -> None:
        super().__init__(shape, np.uint8)
        self.owner = owner
        self._finest = finest
        self._factors = tuple(round(a / b) for a, b in zip(finest, shape, strict=True))

    def read(self, box: Roi) -> NDArray[Any]:
        """Return a box."""
        values = np.zeros(box.shape, dtype=np.uint8)
        for plane, mask in self.owner.masks.items():
            place = [
                at // self._factors[axis] - box.offset[axis]
                for axis, at in zip(plane.hidden, plane.position, strict=True)
            ]
            extents = [box.shape[axis] for axis in plane.hidden]
            if not all(0 <= at < extent for at, extent in zip(place, extents, strict=True)):
                continue
            region = Roi(
                tuple(box.offset[axis] for axis in plane.axes),
                tuple(box.shape[axis] for axis in plane.axes),
            )
            shown = Plane(plane.axes, tuple(place))
            part, inside = self._shrink(mask, region, plane)
            if not part.is_empty:
                values[shown.window(part)][inside] = self.owner.value
        return values

    def _shrink(self, mask: Mask, region: Roi, plane: Plane) -> tuple[Roi, NDArray[np.bool_]]:
        """Return the part of a region of this level that a mask may touch, and its pixels.

        A pixel shows what lies in any of the pixels that it stands for, or in some of them, so
        that what is thin is still seen from afar.
        """
        factors = [self._factors[axis] for axis in plane.axes]
        size = plane.size(self._finest)
        box = mask.roi
        near = Roi.from_bounds(
            [at // f for at, f in zip(box.offset, factors, strict=True)],
            [-(-at // f) for at, f in zip(box.end, factors, strict=True)],
        ).intersect(region)
        within = near.shift([-at for at in region.offset])
        if near.is_empty:
            return within, np.zeros(near.shape, dtype=np.bool_)
        if isinstance(mask, FramedMask) and factors[0] == factors[1] > 1:
            samples = min(_SAMPLES, factors[0])
            origin = (float(near.offset[0] * factors[0]), float(near.offset[1] * factors[1]))
            shape = (near.shape[0] * samples, near.shape[1] * samples)
            logits = mask.resample(origin, factors[0] / samples, shape)
            return within, _any(logits > 0, [samples, samples])
        start = [at * f for at, f in zip(near.offset, factors, strict=True)]
        stop = [at * f for at, f in zip(near.end, factors, strict=True)]
        whole = Roi.from_bounds(start, stop)
        seen = whole.intersect(Roi((0, 0), size)).intersect(box)
        fine = np.zeros(whole.shape, dtype=np.bool_)
        fine[seen.shift([-at for at in start]).slices] = mask.cut(seen)
        return within, _any(fine, factors)


def _any(fine: NDArray[np.bool_], factors: list[int]) -> NDArray[np.bool_]:
    """Return for each block of pixels whether any is set."""
    if max(factors) == 1:
        return fine
    height, width = (n // f for n, f in zip(fine.shape, factors, strict=True))
    blocks = fine.reshape(height, factors[0], width, factors[1])
    found: NDArray[np.bool_] = np.any(blocks, axis=(1, 3))
    return found
