"""One object on its way through the slices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from napari_samwise.segment.planes import Position
from napari_samwise.segment.volume.appearance import Appearance
from napari_samwise.segment.volume.ending import Look
from napari_samwise.segment.volume.found import Found
from napari_samwise.segment.volume.sides import Sides


@dataclass(frozen=True, slots=True, eq=False)
class Anchor:
    """A slice on which the object is known.

    Parameters
    ----------
    found : Found
        The object there; not empty.
    appearance : Appearance
        What it looks like there.
    """

    found: Found
    appearance: Appearance


@dataclass(slots=True, eq=False)
class Front:
    """How far an object has been carried in one direction.

    Parameters
    ----------
    anchor : Anchor
        Where it set out.
    last : Found
        The object on the slice before.
    areas : list of int
        Pixels of the object on all slices on the way, that of the anchor first.
    sides : Sides
        The object as seen from the side.
    waiting : list of Look
        The last slices, of which it is not sure yet whether the object reaches so far.
    holds : int
        On how many slices it seemed lost and went on.
    """

    anchor: Anchor
    last: Found
    areas: list[int]
    sides: Sides
    waiting: list[Look] = field(default_factory=list)
    holds: int = 0

    @classmethod
    def at(cls, index: int, anchor: Anchor, sides: Sides) -> Front:
        """Set out from an anchor on a slice."""
        sides.remember(index, anchor.found.mask)
        return cls(anchor, anchor.found, [anchor.found.mask.area], sides)

    def move(self, index: int, found: Found, *, is_left: bool = False) -> None:
        """Take the next slice; one that the views say is not the object's renews none of them."""
        self.last = found
        self.areas.append(found.mask.area)
        if not is_left:
            self.sides.remember(index, found.mask)

    def hold(self) -> None:
        """Go on where it seems lost: of the areas so far only the largest counts from now on."""
        self.holds += 1
        self.areas = [max(self.areas)]


@dataclass(slots=True, eq=False)
class Course:
    """What is known of one object while it is carried.

    Parameters
    ----------
    label : int
        Its id.
    rest : tuple of int
        Position on the axes to step through other than the one it is carried along.
    anchors : mapping of int to Anchor
        Where it is known; at least one.
    barriers : frozenset of int
        Slices that it does not enter.
    halfway : dict of int to Found
        What the way up has found between anchors, until the way down comes.
    """

    label: int
    rest: Position
    anchors: Mapping[int, Anchor]
    barriers: frozenset[int]
    halfway: dict[int, Found] = field(default_factory=dict)

    def gap_around(self, index: int) -> tuple[int, int] | None:
        """Return the anchors before and behind a slice, None if it does not lie between two.

        Anchors with a barrier between them do not count: the object ends on either side of it.
        """
        before = max((at for at in self.anchors if at < index), default=None)
        behind = min((at for at in self.anchors if at > index), default=None)
        if before is None or behind is None:
            return None
        if any(before < barrier < behind for barrier in self.barriers):
            return None
        return before, behind
