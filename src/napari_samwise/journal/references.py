"""What one event says of others and of the image: numbers, planes, candidates, steps of undo."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from napari_samwise.errors import JournalError
from napari_samwise.journal.events import (
    Adopt,
    Choose,
    Clear,
    Commit,
    Decode,
    Drawn,
    Drop,
    Event,
    FedBack,
    Frame,
    Header,
    Paint,
    Prompt,
    Redo,
    Undo,
)
from napari_samwise.journal.objects import Change, MaskPart
from napari_samwise.journal.recorded_plane import RecordedPlane

_FINE_CELLS = 512


class References:
    """Checks events in their order; what one breaks is not counted.

    Parameters
    ----------
    header : Header
        Of the journal.
    """

    def __init__(self, header: Header) -> None:
        self._image = header.image
        self._shape = header.image.spatial_shape
        self._frames: list[Frame] = []
        self._decodes: list[tuple[int, int]] = []
        self._done = self._undone = 0
        self._more = False
        self._checks: dict[type, Callable[[Any], None]] = {
            Frame: self._frame,
            Decode: self._decode,
            Choose: lambda event: self._candidate(event.decode, event.candidate),
            Prompt: self._prompt,
            Commit: self._commit,
            Paint: lambda event: self._changes(event.changes),
            Adopt: lambda event: self._changes(event.changes),
        }

    def check(self, event: Event) -> None:
        """Take the next event.

        Raises
        ------
        InputError
            If it does not fit to the image or to those before it.
        """
        check = self._checks.get(type(event))
        if check is not None:
            check(event)
        self._step(event)

    def _step(self, event: Event) -> None:
        """Follow how many steps can be taken back and done again."""
        goes_on = self._more and isinstance(event, Paint)
        self._more = isinstance(event, Paint) and event.more
        if goes_on:
            return
        if isinstance(event, Prompt | Clear | Commit | Paint):
            self._done, self._undone = self._done + 1, 0
        elif isinstance(event, Adopt):
            self._done = self._undone = 0
        elif isinstance(event, Drop):
            _refuse(not self._done, "there is nothing to drop")
            self._done, self._undone = self._done - 1, 0
        elif isinstance(event, Undo):
            _refuse(not self._done, "there is nothing to undo")
            self._done, self._undone = self._done - 1, self._undone + 1
        elif isinstance(event, Redo):
            _refuse(not self._undone, "there is nothing to do again")
            self._done, self._undone = self._done + 1, self._undone - 1

    def _frame(self, frame: Frame) -> None:
        _refuse(frame.number != len(self._frames), f"frame {len(self._frames)} should come next")
        self._plane(frame.plane)
        _refuse(frame.intensity.rgb != self._image.rgb, "the intensity has other channels")
        self._frames.append(frame)

    def _decode(self, event: Decode) -> None:
        _refuse(event.number != len(self._decodes), f"decode {len(self._decodes)} should come next")
        _refuse(event.frame >= len(self._frames), f"there is no frame {event.frame} before it")
        frame = self._frames[event.frame]
        size = frame.plane.size(self._shape)
        prompts = event.prompts.check_inside(size)
        _refuse(event.at_hand is not None and frame.frame_px is None, "the plane has no frames")
        if isinstance(event.start, FedBack):
            self._candidate(event.start.decode, event.start.candidate)
            before = self._frames[self._decodes[event.start.decode][0]]
            _refuse(before.plane != frame.plane, "the mask fed back is of another plane")
        elif isinstance(event.start, Drawn):
            _check_drawn(event.start, size)
        else:
            prompts.require_object()
        self._decodes.append((event.frame, len(event.scores)))

    def _candidate(self, decode: int, candidate: int) -> None:
        _refuse(decode >= len(self._decodes), f"there is no decode {decode} before it")
        _refuse(candidate >= self._decodes[decode][1], f"decode {decode} has fewer candidates")

    def _prompt(self, event: Prompt) -> None:
        counts = {len(event.points), len(event.labels), len(event.axes)}
        _refuse(len(counts) > 1, "points, labels and axes differ in number")
        rank = len(self._shape)
        vertices = (vertex for shape in event.shapes for vertex in shape.vertices)
        for point in (*event.points, *vertices):
            _refuse(len(point) != rank, f"a point must have {rank} coordinates")
        for first, second in event.axes:
            _refuse(not 0 <= first < second < rank, "the axes of a point are not the image's")

    def _commit(self, event: Commit) -> None:
        planes: set[RecordedPlane] = set()
        for done in event.planes:
            self._candidate(done.decode, done.candidate)
            plane = self._frames[self._decodes[done.decode][0]].plane
            _refuse(plane in planes, "a plane is listed twice")
            planes.add(plane)
            self._parts(done.parts, plane)
        for filled in event.filled:
            _refuse(filled.plane in planes, "a plane is listed twice")
            planes.add(filled.plane)
            self._plane(filled.plane)
            self._parts(filled.parts, filled.plane)
        _refuse(not planes, "the object has no plane")

    def _changes(self, changes: Iterable[Change]) -> None:
        for change in changes:
            self._plane(change.plane)
            self._parts(change.parts, change.plane)

    def _plane(self, plane: RecordedPlane) -> None:
        _refuse(
            not plane.is_inside(self._shape),
            f"the plane lies outside the image of shape {self._shape}",
        )

    def _parts(self, parts: Iterable[MaskPart], plane: RecordedPlane) -> None:
        size = plane.size(self._shape)
        for part in parts:
            _check_part(part, size)


def _check_part(part: MaskPart, size: tuple[int, int], step: int = 1) -> None:
    for start, count, side in zip(part.offset, part.size, size, strict=True):
        # The last cell of a coarse mask may reach beyond the plane.
        outside = start + (count - 1) * step >= side
        _refuse(outside, f"a mask lies outside the plane of size {size}")


def _check_drawn(drawn: Drawn, size: tuple[int, int]) -> None:
    _check_part(drawn.part, size, drawn.step)
    # Cells are coarse only where a mask has many of them: a few cells must not fill the memory.
    coarse = drawn.step > 1 and max(drawn.part.size) <= _FINE_CELLS
    _refuse(coarse or drawn.step.bit_count() != 1, "the cells of a drawn mask are too coarse")


def _refuse(wrong: bool, reason: str) -> None:
    if wrong:
        raise JournalError(reason)
