"""What is to be decoded for the prompts in work."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from napari_samwise.plugin.candidates import Candidates
from napari_samwise.plugin.draft import Axes, Draft
from napari_samwise.plugin.plane import Plane
from napari_samwise.plugin.request import Request, Start
from napari_samwise.plugin.stacks.filled import Filled, first_masks


@dataclass(frozen=True, slots=True, eq=False)
class Wanted:
    """The requests of one draft.

    Parameters
    ----------
    requests : mapping of Plane to Request
        What is asked, with the masks to start from.
    drawn : mapping of Plane to Request
        The same without earlier answers: the prompts alone.
    hints : mapping of Plane to Start
        Answers that these requests refine.
    first_masks : mapping of Plane to Start or None
        What was there of the object when a plane was prompted first.
    notes : tuple of str
        A sentence for each thing that was left out.
    """

    requests: Mapping[Plane, Request] = field(default_factory=dict)
    drawn: Mapping[Plane, Request] = field(default_factory=dict)
    hints: Mapping[Plane, Start] = field(default_factory=dict)
    first_masks: Mapping[Plane, Start | None] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def afresh(self) -> Wanted:
        """Return new requests for the same prompts, which start from nothing."""
        requests = {plane: replace(request) for plane, request in self.drawn.items()}
        return replace(self, requests=requests, hints={})

    def refined_by(
        self,
        draft: Draft,
        default_axes: Axes,
        shape: tuple[int, ...],
        answers: Mapping[Plane, Candidates],
        pending: Collection[Plane],
    ) -> dict[Plane, Start]:
        """Return the mask that each plane's decoding shall start from.

        A further click corrects the mask that the user sees, so that mask is fed back (SAM,
        Kirillov et al. 2023, section 3); any other change of the prompts starts afresh.

        Parameters
        ----------
        draft : Draft
            The new prompts.
        default_axes : tuple of int
            Axes of the displayed plane, for shapes that do not tell.
        shape : tuple of int
            Of the data, without channels.
        answers : mapping of Plane to Candidates
            What is shown.
        pending : collection of Plane
            Planes whose answer is still to come.
        """
        hints: dict[Plane, Start] = {}
        for plane, part in draft.by_plane(default_axes).items():
            new, _ = part.resolve(plane, shape)
            old = self.drawn.get(plane)
            if new is None or old is None or new.start is not None:
                continue
            if new.same_as(old) and plane in self.hints:
                hints[plane] = self.hints[plane]
            elif new.adds_points_to(old) and plane in answers and plane not in pending:
                hints[plane] = answers[plane].hint
        return hints

    def changed_to(
        self,
        draft: Draft,
        default_axes: Axes,
        shape: tuple[int, ...],
        hints: Mapping[Plane, Start],
        filled: Filled | None,
    ) -> Wanted:
        """Return what is wanted for other prompts; requests that are the same stay the same.

        Parameters
        ----------
        draft : Draft
            The new prompts.
        default_axes : tuple of int
            Axes of the displayed plane, for shapes that do not tell.
        shape : tuple of int
            Of the data, without channels.
        hints : mapping of Plane to Start
            Answers to refine.
        filled : Filled or None
            The object in work on other slices.
        """
        notes: list[str] = []
        drawn: dict[Plane, Request] = {}
        requests: dict[Plane, Request] = {}
        parts = draft.by_plane(default_axes)
        firsts = first_masks(parts, self.first_masks, filled)
        for plane, part in parts.items():
            request, remarks = part.resolve(plane, shape, firsts[plane])
            notes.extend(remarks)
            if request is None:
                continue
            drawn[plane] = request
            hint = hints.get(plane)
            wanted = request if hint is None else replace(request, start=hint)
            known = self.requests.get(plane)
            requests[plane] = known if known and known.same_as(wanted) else wanted
        return Wanted(requests, drawn, hints, firsts, tuple(dict.fromkeys(notes)))
