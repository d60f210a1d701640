"""Where an object ends.

A model that is asked for an object draws one even where there is none. What tells is the image. A
microscope blurs objects along its axis, so brightness does not drop but falls over a few slices:
down to dark ground, and then the end is put partway down; or, where the next nucleus lies behind,
down and up again, and then the end is in between. Where the object was looked at from the side
(``Sides``), what is seen there comes first: it may end an object that looks as before, and carry
one over a slice that looks otherwise.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from napari_samwise.errors import InputError
from napari_samwise.segment.volume.found import Found

_LEAST_FIRST_IOU = 0.3
_REMEMBERED = 4
_EVEN = 0.02
"""A likeness that rises by less still falls."""
_SHARES = (
    *("predicted_iou", "agreement", "area", "likeness", "depth", "least_likeness", "rise"),
    *("steep_rise", "alike", "dip", "support", "falling_support", "steady"),
)


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
    support : float, optional
        0 to 1, how much of it belongs to the object as seen from the side (``Sides.support``).
    """

    index: int
    found: Found
    likeness: float
    place_likeness: float
    support: float | None = None


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
    alike : float
        Where the mask that was found in between is as much like the object as this, the place was
        left by an object that moves, and it goes on,
    steep_rise : float
        unless the place rises by this much: then what comes is another, brighter one.
    dip : float
        What belongs to the object as seen from the side goes on through a shallower dip in
        likeness, if it is as much like the object as before within ``look_ahead`` slices.
    support : float
        The object has ended where, on two slices, less of the mask belongs to it as seen from the
        side (``Sides.support``).
    falling_support : float
        The same where likeness has fallen. As long as more belongs to it, it goes on down to where
        likeness is lowest, and through slices on which it seems to be lost.
    steady : float
        What is seen from the side does not end an object that looks as before and has this IoU
        with the slice before.
    holds : int
        On so many slices each way it may seem lost and go on as seen from the side. Where it seems
        so again and again, it has leaked into a neighbour that the views see, too.
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
    rise: float = 0.25
    alike: float = 0.9
    steep_rise: float = 0.5
    dip: float = 0.35
    support: float = 0.6
    falling_support: float = 0.5
    steady: float = 0.8
    holds: int = 1
    look_ahead: int = 4

    def __post_init__(self) -> None:
        for name in _SHARES:
            value = getattr(self, name)
            if not 0 <= value <= 1:
                raise InputError(f"{name} must lie between 0 and 1, got {value}.")
        if self.regrowth < 1:
            raise InputError(f"regrowth must be a factor of 1 or more, got {self.regrowth}.")
        for name in ("holds", "look_ahead"):
            if getattr(self, name) < 0:
                raise InputError(f"{name} must be 0 or more slices, got {getattr(self, name)}.")

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
            or self._is_torn(found, slice_distance)
            or area < self.area * max(areas)
            or min(area, max(areas)) > self.regrowth * narrow
        )

    def is_held(self, look: Look, slice_distance: float) -> bool:
        """Tell whether an object goes on through a slice on which it seems to be lost.

        Parameters
        ----------
        look : Look
            What the slice looks like.
        slice_distance : float
            Pixels between two slices.
        """
        return self._is_seen(look) and not self._is_torn(look.found, slice_distance)

    def is_left(self, look: Look) -> bool:
        """Tell whether a slice is not the object's as seen from the side."""
        if look.support is None:
            return False
        if look.likeness < self.likeness:
            return look.support < self.falling_support
        # A long object leaves the planes in which it was seen; what hardly changes goes on.
        return look.support < self.support and look.found.agreement < self.steady

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
        at = 0
        while at < len(looks):
            judged = self._judge(looks[at:], is_last)
            if judged is None:
                return at, False
            count, has_ended = judged
            at += count
            if has_ended:
                return at, True
        return len(looks), False

    def _judge(self, looks: Sequence[Look], is_last: bool) -> tuple[int, bool] | None:
        """Return how many slices belong to the object and whether it ends behind them.

        None where more slices must be seen to tell.
        """
        first, window = looks[0], looks[: self.look_ahead + 1]
        if self.is_left(first):
            if len(looks) == 1 and not is_last:
                return None
            if all(self.is_left(look) for look in looks[:2]):
                return 0, True
        falls = first.likeness < self.likeness
        if not falls and first.place_likeness >= 1:
            return 1, False
        if len(window) <= self.look_ahead and not is_last:
            return None
        if falls:
            return self._follow_fall(looks, is_last)
        valley = self._find_valley(window)
        return (1, False) if valley is None else (valley, True)

    def _follow_fall(self, looks: Sequence[Look], is_last: bool) -> tuple[int, bool] | None:
        likeness = [look.likeness for look in looks]
        ahead = likeness[: self.look_ahead + 1]
        # A dip is judged by itself: a later fall within the window is another one.
        back = next((at for at, value in enumerate(ahead) if value >= self.likeness), None)
        seen = looks[0].support is not None and looks[0].support >= self.support
        # As bright as the object was is enough; brighter tells nothing of another one.
        if back is not None and seen and min(max(ahead), 1.0) - min(ahead[:back]) < self.dip:
            return back, False
        end = self._count_above_fall(ahead)
        while end < len(looks) and self._is_seen(looks[end]):
            if end + 1 == len(looks) and not is_last:
                return None
            if end + 1 == len(looks) or likeness[end + 1] >= likeness[end] + _EVEN:
                break
            end += 1
        pairs = (at for at in range(end) if all(self.is_left(look) for look in looks[at : at + 2]))
        return min([*pairs, end]), True

    def _is_torn(self, found: Found, slice_distance: float) -> bool:
        """Tell whether a slice has too little in common with the one before."""
        least: float = self.agreement ** max(slice_distance, 1.0)
        return found.agreement < least

    def _is_seen(self, look: Look) -> bool:
        """Tell whether the object reaches to a slice as seen from the side, whatever it is like."""
        return look.support is not None and look.support >= self.falling_support

    def _count_above_fall(self, likeness: list[float]) -> int:
        """Return how many slices lie before the end that is partway down a fall."""
        lowest = min(likeness)
        least = min(max(lowest + self.depth * (1 - lowest), self.least_likeness), self.likeness)
        return next((at for at, value in enumerate(likeness) if value < least), len(likeness))

    def _find_valley(self, looks: Sequence[Look]) -> int | None:
        """Return where the place is least like the object, if another one begins behind."""
        place = [look.place_likeness for look in looks]
        low = place.index(min(place))
        risen = max(place[low:]) - place[low]
        least = self.rise if looks[low].likeness < self.alike else max(self.rise, self.steep_rise)
        return low if risen >= least else None
