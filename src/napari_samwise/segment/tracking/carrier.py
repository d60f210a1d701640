"""Carries objects through the frames of a movie, one frame at a time."""

from __future__ import annotations

from collections.abc import Callable
from math import nan

from napari_samwise.geometry.boxed_mask import BoxedMask
from napari_samwise.segment.tracking.candidates import Candidate, find_candidates
from napari_samwise.segment.tracking.clicks_near import ClicksNear
from napari_samwise.segment.tracking.contest import contest
from napari_samwise.segment.tracking.divisions import find_division
from napari_samwise.segment.tracking.flow import Flow
from napari_samwise.segment.tracking.history import History
from napari_samwise.segment.tracking.lineage import Lineage
from napari_samwise.segment.tracking.look import look_of
from napari_samwise.segment.tracking.motion import expect
from napari_samwise.segment.tracking.neighbours import neighbour_points
from napari_samwise.segment.tracking.newcomers import find_newcomers
from napari_samwise.segment.tracking.options import TrackingOptions
from napari_samwise.segment.tracking.owners import Owners
from napari_samwise.segment.tracking.regions import Region
from napari_samwise.segment.tracking.shades import Shades
from napari_samwise.segment.tracking.sightings import Sightings
from napari_samwise.segment.tracking.starts import Starts
from napari_samwise.segment.tracking.view import Movie, View

_CELL_PX = 512


class Carrier:
    """The objects that are being carried in one direction of time.

    Parameters
    ----------
    movie : Movie
        What is looked at.
    starts : Starts
        Objects that are given; where one is given again, it goes on from there.
    sightings : Sightings
        What is found is noted here.
    lineage : Lineage
        Gives out ids.
    options : TrackingOptions
        How objects are carried.
    check : callable
        Called before each object; raises to stop.
    """

    def __init__(
        self,
        movie: Movie,
        starts: Starts,
        sightings: Sightings,
        lineage: Lineage,
        options: TrackingOptions,
        check: Callable[[], None],
    ) -> None:
        self._movie = movie
        self._starts = starts
        self._last_given = starts.last_frames
        self._sightings = sightings
        self._lineage = lineage
        self._options = options
        self._check = check
        self._alive: dict[int, History] = {}
        # The last frames, for as long as an object may be unseen.
        self._shades: dict[int, Shades] = {}

    def step(self, frame: int, owners: Owners) -> None:
        """Go on to a frame, the one after or before the last.

        Parameters
        ----------
        frame : int
            Its index.
        owners : Owners
            Who owns its pixels; what others own there already is left to them.
        """
        options = self._options
        if not (self._alive or frame in self._starts.by_frame or options.new_objects):
            return
        view = self._movie.view(frame)
        self._shades[frame] = view.shades
        given = self._begin(view, owners)
        carried = {label: h for label, h in self._alive.items() if label not in given}
        self._alive = {label: self._alive[label] for label in given}
        self._carry(carried, view, owners)
        if options.new_objects:
            for region in find_newcomers(self._movie, frame, owners):
                self._take(self._lineage.new(), region, view, owners)
        kept = {history.frame for history in self._alive.values()}
        self._shades = {t: shades for t, shades in self._shades.items() if t in kept}

    def _begin(self, view: View, owners: Owners) -> set[int]:
        """Paint what is given on this frame; return the ids of what is there now."""
        present = set()
        for label, (mask, score) in self._starts.masks(view, self._check):
            free = owners.free(mask, label)
            if free.area:
                self._take(label, Region.from_mask(free), view, owners, score)
                present.add(label)
        return present

    def _take(
        self, label: int, region: Region, view: View, owners: Owners, score: float = nan
    ) -> None:
        """Write an object into the frame and its history."""
        owners.give(region.mask, label)
        self._sightings.add(label, view.frame, region, score)
        earlier = self._alive.get(label)
        look = look_of(region.mask, view.shades)
        self._alive[label] = (
            History.begin(label, region, view.frame, look)
            if earlier is None
            else earlier.seen(region, view.frame, look)
        )

    def _carry(self, carried: dict[int, History], view: View, owners: Owners) -> None:
        """Find the objects of the last frames on this one."""
        guesses = self._guess(carried, view)
        others = neighbour_points({label: own[0] for label, own in guesses.items()})
        candidates = {}
        for label, own in guesses.items():
            self._check()
            candidates[label] = find_candidates(carried[label], own, view, others[label])
        won = contest(candidates, owners, self._options.least_score)
        near = ClicksNear(view, self._movie.predictor.model)
        for label, history in carried.items():
            self._check()
            daughters = self._daughters(history, won.get(label), near, owners)
            if daughters is not None:
                if label in won:
                    owners.replace(won[label].region.mask.roi, label, 0)
                for daughter, one in zip(self._lineage.divide(label), daughters, strict=True):
                    self._take(daughter, one.region, view, owners, one.predicted_iou)
            elif label in won:
                self._alive[label] = history
                self._take(label, won[label].region, view, owners, won[label].predicted_iou)
            elif label in guesses and abs(view.frame - history.frame) <= self._options.max_gap:
                self._alive[label] = history

    def _daughters(
        self, history: History, single: Candidate | None, near: ClicksNear, owners: Owners
    ) -> tuple[Candidate, Candidate] | None:
        frame = near.view.frame
        just_seen = frame - history.frame == 1
        # A mother ends where she divides: who is given again later has not divided.
        goes_on = self._last_given.get(history.label, -1) > frame
        if goes_on or not (self._options.divisions and just_seen):
            return None
        return find_division(history, single, near, owners)

    def _guess(self, carried: dict[int, History], view: View) -> dict[int, list[BoxedMask]]:
        """Return where each object may be; those who have left the plane are left out.

        Neighbours follow each other, so that what is read or encoded for one serves the next.
        """
        flows = {
            frame: Flow(self._shades[frame], view.shades)
            for frame in {history.frame for history in carried.values()}
        }
        guesses = {}
        for label, history in sorted(carried.items(), key=lambda item: _cell(item[1])):
            self._check()
            frames = abs(view.frame - history.frame)
            reach = self._options.reach(history.region.diameter(), frames)
            before = self._shades[history.frame]
            flow = flows[history.frame]
            own = expect(history, flow, before, view.shades, view.frame, reach)
            if own:
                guesses[label] = own
        return guesses


def _cell(history: History) -> tuple[int, int]:
    """Return the square of the plane in which an object was seen last, by rows."""
    y, x = (int(value // _CELL_PX) for value in history.region.centroid)
    return y, x
