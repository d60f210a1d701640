"""A region of an n-dimensional array as a value, so that nobody sums starts and stops by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from napari_samwise.errors import InputError


@dataclass(frozen=True, slots=True)
class Roi:
    """A box of whole pixels: ``offset <= index < offset + shape`` on every axis.

    The vocabulary is that of funlib.geometry. Parameters are given in the array's axis order.

    Parameters
    ----------
    offset : tuple of int
        First index on each axis; may be negative.
    shape : tuple of int
        Extent on each axis in pixels, at least 0.

    Raises
    ------
    InputError
        If the lengths differ or an extent is negative.
    """

    offset: tuple[int, ...]
    shape: tuple[int, ...]

    def __post_init__(self) -> None:
        if len(self.offset) != len(self.shape):
            raise InputError(
                f"A region needs one offset for each extent, got {len(self.offset)} offsets "
                f"and {len(self.shape)} extents."
            )
        if any(extent < 0 for extent in self.shape):
            raise InputError(f"A region's extents must be 0 or more, got {self.shape}.")

    @classmethod
    def from_bounds(cls, start: Sequence[int], stop: Sequence[int]) -> Roi:
        """Build the region ``start <= index < stop``; empty on every axis where stop < start."""
        extents = (max(0, b - a) for a, b in zip(start, stop, strict=True))
        return cls(tuple(start), tuple(extents))

    @classmethod
    def from_slices(cls, slices: Sequence[slice]) -> Roi:
        """Build from slices with a start and a stop and a step of 1; inverse of ``slices``.

        Raises
        ------
        InputError
            If a slice has no start, no stop, or a step.
        """
        if any(s.start is None or s.stop is None or s.step not in (None, 1) for s in slices):
            raise InputError(
                f"A region needs slices with start and stop and without a step, got {slices}."
            )
        return cls.from_bounds([s.start for s in slices], [s.stop for s in slices])

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.shape)

    @property
    def end(self) -> tuple[int, ...]:
        """First index behind the region on each axis."""
        return tuple(o + s for o, s in zip(self.offset, self.shape, strict=True))

    @property
    def slices(self) -> tuple[slice, ...]:
        """Index of the region in an array; only for a region without negative offsets."""
        return tuple(slice(a, b) for a, b in zip(self.offset, self.end, strict=True))

    @property
    def is_empty(self) -> bool:
        """Whether the region holds no pixel."""
        return any(extent == 0 for extent in self.shape)

    def intersect(self, other: Roi) -> Roi:
        """Return the pixels in both; empty, but never negative, where they do not touch."""
        start = [max(a, b) for a, b in zip(self.offset, other.offset, strict=True)]
        stop = [min(a, b) for a, b in zip(self.end, other.end, strict=True)]
        return Roi.from_bounds(start, stop)

    def union(self, other: Roi) -> Roi:
        """Return the smallest region around both; an empty region adds nothing."""
        if self.is_empty:
            return other
        if other.is_empty:
            return self
        start = [min(a, b) for a, b in zip(self.offset, other.offset, strict=True)]
        stop = [max(a, b) for a, b in zip(self.end, other.end, strict=True)]
        return Roi.from_bounds(start, stop)

    def grow(self, by: int | Sequence[int]) -> Roi:
        """Move every face outward by ``by`` pixels (inward if negative), per axis or for all."""
        margins = [by] * self.ndim if isinstance(by, int) else list(by)
        start = [o - m for o, m in zip(self.offset, margins, strict=True)]
        stop = [e + m for e, m in zip(self.end, margins, strict=True)]
        return Roi.from_bounds(start, stop)

    def shift(self, by: Sequence[int]) -> Roi:
        """Move the region by ``by`` pixels on each axis."""
        return Roi(tuple(o + d for o, d in zip(self.offset, by, strict=True)), self.shape)

    def contains(self, point: Sequence[float]) -> bool:
        """Tell whether a point lies in a pixel of the region.

        Parameters
        ----------
        point : sequence of float
            One coordinate an axis, pixel centres at integers: pixel ``i`` spans
            ``i - 0.5 <= p < i + 0.5``.
        """
        bounds = zip(point, self.offset, self.end, strict=True)
        return all(a - 0.5 <= p < b - 0.5 for p, a, b in bounds)
