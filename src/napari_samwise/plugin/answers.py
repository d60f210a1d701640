"""The masks that answer requests, and which of them are shown."""

from __future__ import annotations

from collections.abc import Mapping

from napari_samwise.plugin.candidates import Candidate, Candidates
from napari_samwise.plugin.plane import Plane
from napari_samwise.plugin.request import Request

PENDING = "The mask is still being computed; commit it when it shows."


class Answers:
    """What was answered on each plane.

    Attributes
    ----------
    shown : dict of Plane to Candidates
        The answers, of each plane the newest.
    """

    def __init__(self) -> None:
        self.shown: dict[Plane, Candidates] = {}
        self._recalled: dict[Plane, int] = {}
        self._refused: dict[Plane, Request] = {}

    @property
    def chosen(self) -> dict[Plane, int]:
        """The rank of the candidate that is shown on each plane."""
        return {plane: candidates.chosen for plane, candidates in self.shown.items()}

    def is_awaited(self, plane: Plane, request: Request) -> bool:
        """Tell whether an answer, or one that is final, may still come."""
        found = self.shown.get(plane)
        is_there = found is not None and found.request is request and found.is_final
        return self._refused.get(plane) is not request and not is_there

    def take(
        self, plane: Plane, request: Request, found: tuple[Candidate, ...], *, is_final: bool
    ) -> None:
        """Take an answer; the candidate that the user has chosen before is shown."""
        fresh = Candidates(request, found, is_final=is_final)
        before = self.shown.get(plane)
        if plane in self._recalled:
            fresh = fresh.choose(self._recalled[plane])
        elif before is not None and before.request is request and before.chosen:
            # The user has chosen among what the first look gave.
            fresh = fresh.choose_like(before.mask)
        if is_final:
            self._recalled.pop(plane, None)
        self.shown[plane] = fresh

    def refuse(self, plane: Plane, request: Request) -> None:
        """Await no answer to a request, and show none."""
        self._refused[plane] = request
        self.shown.pop(plane, None)

    def recall(self, chosen: Mapping[Plane, int]) -> None:
        """Show the candidates of these ranks, of answers to come."""
        self._recalled = dict(chosen)

    def choose_recalled(self, pending: tuple[Plane, ...]) -> None:
        """Show the recalled candidates of the answers that are there already."""
        for plane in set(self._recalled).intersection(self.shown).difference(pending):
            self.shown[plane] = self.shown[plane].choose(self._recalled.pop(plane))

    def drop(self, wanted: Mapping[Plane, Request]) -> bool:
        """Drop the answers of all other planes; tell whether there were any."""
        dropped = [plane for plane in self.shown if plane not in wanted]
        for plane in dropped:
            del self.shown[plane]
        return bool(dropped)
