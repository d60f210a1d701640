"""Where an object ends.

A model that is asked for an object draws one even where there is none. What tells is the image. A
microscope blurs objects along its axis, so brightness does not drop but falls over a few slices:
down to dark ground, and then the end is put partway down; or, where the next nucleus lies behind,
down and up again, and then the end is in between.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from napari_samwise.errors import InputError
from napari_samwise.segment.volume.found import Found

_LEAST_FIRST_IOU = 0.3
_REMEMBERED = 4
_SHARES = ("predicted_iou", "agreement", "area", "likeness", "depth", "least_likeness", "rise")


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """A slice to which an object was carried, and what it looks like there.

    Parameters
    ----------
    index : int
        The slice.
    found : Found
        The object.
    likeness : float
        How much it looks as on the prompted slice (``Appearance.likeness``).
    place_likeness : float
        How much the place of the last slice's mask does.
    """

    index: int
    found: Found
    likeness: float
    place_likeness: float


@dataclass(frozen=True, slots=True)
class Ending:
    """When an object is no longer carried on; shares are from 0 to 1.

    Defaults were measured by ``benchmarks/volume_propagation.py``.

    Parameters
    ----------
    predicted_iou : float
        The least predicted IoU, as a share of that on the prompted slice.
    agreement : float
        The least IoU with the slice before, where slices are one pixel apart.
    area : float
        The least area, as a share of the largest on the way.
    regrowth : float
        What has shrunk by this factor and, within four slices, grows by it again, is the next
        object.
    likeness : float
        Once a mask is less like the object on the prompted slice (``Appearance.likeness``), its
        end is near.
    depth : float
        The end is where likeness has risen by this share from its lowest value there to 1.
    least_likeness : float
        What is less like the object never belongs to it.
    rise : float
        Where the last mask's place becomes less like the object, and then more so again by this
        much, another one has begun; the end is in between.
    look_ahead : int
        So many slices ahead are looked at before a slice is sure.

    Raises
    ------
    InputError
        If a number is out of its range.
    """

    predicted_iou: float = 0.5
    agreement: float = 0.3
    area: float = 0.2
    regrowth: float = 1.75
    likeness: float = 0.75
    depth: float = 0.4
    least_likeness: float = 0.4
    rise: float = 0.3
    look_ahead: int = 4

    def __post_init__(self) -> None:
        for name in _SHARES:
            value = getattr(self, name)
            if not 0 <= value <= 1:
                raise InputError(f"{name} must lie between 0 and 1, got {value}.")
        if self.regrowth < 1:
            raise InputError(f"regrowth must be a factor of 1 or more, got {self.regrowth}.")
        if self.look_ahead < 0:
            raise InputError(f"look_ahead must be 0 or more slices, got {self.look_ahead}.")

    def is_lost(
        self, found: Found, first: Found, areas: Sequence[int], slice_distance: float
    ) -> bool:
        """Tell whether a step has lost the object.

        Parameters
        ----------
        found : Found
            What the step has found.
        first : Found
            The object on the prompted slice.
        areas : sequence of int
            Pixels of the object on the prompted slice and on all behind it, in order.
        slice_distance : float
            Pixels between two slices; slices farther apart may overlap less.
        """
        area, narrow = found.mask.area, min(areas[-_REMEMBERED:])
        return (
            found.predicted_iou < self.predicted_iou * max(first.predicted_iou, _LEAST_FIRST_IOU)
            or found.agreement < self.agreement ** max(slice_distance, 1.0)
            or area < self.area * max(areas)
            or min(area, max(areas)) > self.regrowth * narrow
        )

    def foresee(self, looks: Sequence[Look], *, is_last: bool) -> tuple[int, bool]:
        """Tell which of the slices that wait surely belong to the object.

        Parameters
        ----------
        looks : sequence of Look
            Consecutive slices, none of them sure.
        is_last : bool
            Whether none will follow.

        Returns
        -------
        sure : int
            So many of them, from the first on, belong to the object.
        has_ended : bool
            Whether the object ends behind those.
        """
        for at, look in enumerate(looks):
            falls = look.likeness < self.likeness
            if not falls and look.place_likeness >= 1:
                continue
            window = looks[at : at + self.look_ahead + 1]
            if len(window) <= self.look_ahead and not is_last:
                return at, False
            if falls:
                return at + self._count_above_fall([one.likeness for one in window]), True
            valley = self._find_valley([one.place_likeness for one in window])
            if valley is not None:
                return at + valley, True
        return len(looks), False

    def _count_above_fall(self, likeness: list[float]) -> int:
        """Return how many slices lie before the end that is partway down a fall."""
        lowest = min(likeness)
        least = min(max(lowest + self.depth * (1 - lowest), self.least_likeness), self.likeness)
        return next((at for at, value in enumerate(likeness) if value < least), len(likeness))

    def _find_valley(self, likeness: list[float]) -> int | None:
        """Return where likeness is lowest, if it rises again behind."""
        low = likeness.index(min(likeness))
        risen = max(likeness[low:]) - likeness[low]
        return low if risen >= self.rise else None
