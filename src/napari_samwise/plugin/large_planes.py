"""Planes too large to be encoded whole: what a prompt needs of them, when it needs it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from napari_samwise.errors import Cancelled
from napari_samwise.plugin.candidates import Candidate, candidates_of
from napari_samwise.plugin.frame import Frame, Places
from napari_samwise.plugin.request import Request
from napari_samwise.plugin.view import ImageSource

if TYPE_CHECKING:
    from napari_samwise.geometry.lattice import Frame as Part
    from napari_samwise.intensity import Intensity
    from napari_samwise.predictor.framed import FramedPlane
    from napari_samwise.predictor.framed_mask import FramedMask
    from napari_samwise.predictor.predictor import Predictor
    from napari_samwise.prompts import Prompts

_MOST_LOOKS = 3


class LargePlanes:
    """The large planes that were looked at; safe to use from several threads."""

    def __init__(self) -> None:
        self._planes: dict[Frame, FramedPlane] = {}
        self._lock = threading.Lock()

    def __contains__(self, frame: object) -> bool:
        """Tell whether a plane is open."""
        with self._lock:
            return frame in self._planes

    def open(self, frame: Frame, predictor: Predictor, intensity: Intensity) -> FramedPlane:
        """Make a plane ready; nothing of it is read.

        Raises
        ------
        ImageError
            If it is no image.
        """
        from napari_samwise.predictor.framed import FramedPlane

        plane = FramedPlane(predictor, frame.source.open(frame.plane), intensity)
        with self._lock:
            self._planes[frame] = plane
        return plane

    def begin(self, frame: Frame, request: Request) -> None:
        """Encode the one part in which a request is looked at first.

        Raises
        ------
        Cancelled
            If the plane is closed, or out of the encoder.
        """
        plane = self._find(frame)
        plane.embedding(_first_part(plane, *request.on_frames(plane.lattice.plane_size)))

    def look(
        self, frame: Frame, request: Request, keep: int | None
    ) -> tuple[tuple[Candidate, ...], Places]:
        """Answer a request from the parts that are encoded; empty if it takes others first.

        Returns
        -------
        found : tuple of Candidate
            Best first.
        at_hand : tuple of tuple of int
            (level, row, column) of these parts: with no others the answer is the same.

        Raises
        ------
        Cancelled
            If the plane is closed.
        InputError
            If the prompts cannot be used.
        """
        plane = self._find(frame)
        prompts, earlier = request.on_frames(plane.lattice.plane_size)
        part = _first_part(plane, prompts, earlier)
        # Prompts too far apart for one look are decoded here and there.
        is_spread = prompts.box is None and part.level >= plane.predictor.model.levels_a_click
        if is_spread or not plane.is_encoded(part):
            return (), ()
        for _ in range(_MOST_LOOKS):
            before = _at_hand(plane, prompts, earlier)
            found = plane.decode(prompts, earlier=earlier, keep=keep, at_hand_only=True)
            # The other thread encodes meanwhile.
            if _at_hand(plane, prompts, earlier) == before:
                return candidates_of(found), before
        return (), ()

    def search(
        self, frame: Frame, request: Request, should_stop: Callable[[], bool]
    ) -> tuple[Candidate, ...]:
        """Answer a request, encoding whatever part it takes.

        Raises
        ------
        Cancelled
            If the plane is closed, or ``should_stop`` returned True.
        InputError
            If the prompts cannot be used.
        """
        plane = self._find(frame)
        prompts, earlier = request.on_frames(plane.lattice.plane_size)
        return candidates_of(plane.decode(prompts, earlier=earlier, should_stop=should_stop))

    def forget(self, source: ImageSource) -> None:
        """Close all planes of an image."""
        with self._lock:
            kept = {f: p for f, p in self._planes.items() if f.source is not source}
            self._planes = kept

    def clear(self) -> None:
        """Close all planes."""
        with self._lock:
            self._planes = {}

    def _find(self, frame: Frame) -> FramedPlane:
        with self._lock:
            found = self._planes.get(frame)
        if found is None:
            raise Cancelled("The plane is no longer open.")
        return found


def _first_part(plane: FramedPlane, prompts: Prompts, earlier: FramedMask | None) -> Part:
    """Return the part on the finest level on which the prompts are decoded."""
    from napari_samwise.predictor.frame_encoder import extent

    model, lattice = plane.predictor.model, plane.lattice
    low, high = extent(prompts.require_object(), earlier)
    has_size = prompts.box is not None or earlier is not None
    room_px = min(model.room_px if has_size else model.span_px, lattice.frame_px / 2)
    level = lattice.level_for(float((high - low).max()) + 1, room_px)
    middle = (low + high) / 2
    return lattice.nearest(level, (float(middle[0]), float(middle[1])))


def _at_hand(plane: FramedPlane, prompts: Prompts, earlier: FramedMask | None) -> Places:
    """Return the parts in which prompts may be decoded that are encoded, the finest first."""
    from napari_samwise.predictor.frame_encoder import extent

    middle = extent(prompts, earlier).mean(axis=0)
    levels = range(plane.lattice.count)
    parts = [plane.lattice.nearest(k, (float(middle[0]), float(middle[1]))) for k in levels]
    return tuple((part.level, *part.index) for part in parts if plane.is_encoded(part))
