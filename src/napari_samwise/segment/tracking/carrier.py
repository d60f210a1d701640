"""Carries objects through the frames of a movie, one frame at a time."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from napari_samwise.geometry.boxed_mask import BoxedMask
from napari_samwise.segment.tracking.candidates import Candidate, find_candidates
from napari_samwise.segment.tracking.contest import contest, free_part, paint
from napari_samwise.segment.tracking.divisions import find_division
from napari_samwise.segment.tracking.flow import Flow
from napari_samwise.segment.tracking.history import History
from napari_samwise.segment.tracking.lineage import Lineage
from napari_samwise.segment.tracking.look import look_of
from napari_samwise.segment.tracking.motion import expect
from napari_samwise.segment.tracking.neighbours import neighbour_points
from napari_samwise.segment.tracking.newcomers import find_newcomers
from napari_samwise.segment.tracking.options import TrackingOptions
from napari_samwise.segment.tracking.regions import Region
from napari_samwise.segment.tracking.starts import Starts
from napari_samwise.segment.tracking.view import Movie, View


class Carrier:
    """The objects that are being carried in one direction of time.

    Parameters
    ----------
    movie : Movie
        What is looked at.
    starts : Starts
        Objects that are given; where one is given again, it goes on from there.
    labels : ndarray
        `(T, Y, X)` int32, written into; what others own there already is left to them.
    lineage : Lineage
        Gives out ids.
    options : TrackingOptions
        How objects are carried.
    """

    def __init__(
        self,
        movie: Movie,
        starts: Starts,
        labels: NDArray[np.int32],
        lineage: Lineage,
        options: TrackingOptions,
    ) -> None:
        self.predicted_iou: dict[tuple[int, int], float] = {}
        self._movie = movie
        self._starts = starts
        self._labels = labels
        self._lineage = lineage
        self._options = options
        self._alive: dict[int, History] = {}
        # The last frames, for as long as an object may be unseen.
        self._greys: dict[int, NDArray[np.float32]] = {}

    def step(self, frame: int) -> None:
        """Go on to a frame, the one after or before the last."""
        options = self._options
        if not (self._alive or frame in self._starts.by_frame or options.new_objects):
            return
        view = self._movie.view(frame)
        plane = self._labels[frame]
        self._greys[frame] = view.grey
        given = self._begin(view, plane)
        carried = {label: h for label, h in self._alive.items() if label not in given}
        self._alive = {label: self._alive[label] for label in given}
        self._carry(carried, view, plane)
        if options.new_objects:
            for region in find_newcomers(self._movie, view, plane):
                self._take(self._lineage.new(), region, view, plane)
        kept = {history.frame for history in self._alive.values()}
        self._greys = {t: grey for t, grey in self._greys.items() if t in kept}

    def _begin(self, view: View, plane: NDArray[np.int32]) -> set[int]:
        """Paint what is given on this frame; return the ids of what is there now."""
        present = set()
        for label, (mask, score) in self._starts.masks(view, self._movie.predictor).items():
            free = free_part(mask, plane, label)
            if free.area:
                self._take(label, Region.from_mask(free), view, plane, score)
                present.add(label)
        return present

    def _take(
        self,
        label: int,
        region: Region,
        view: View,
        plane: NDArray[np.int32],
        score: float = float("nan"),
    ) -> None:
        """Write an object into the frame and its history."""
        paint(region.mask, plane, label)
        if np.isfinite(score):
            self.predicted_iou[label, view.frame] = score
        earlier = self._alive.get(label)
        look = look_of(region.mask, view.grey)
        self._alive[label] = (
            History.begin(label, region, view.frame, look)
            if earlier is None
            else earlier.seen(region, view.frame, look)
        )

    def _carry(self, carried: dict[int, History], view: View, plane: NDArray[np.int32]) -> None:
        """Find the objects of the last frames on this one."""
        guesses = self._guess(carried, view)
        others = neighbour_points({label: own[0] for label, own in guesses.items()})
        candidates = {
            label: find_candidates(carried[label], own, view, self._movie.predictor, others[label])
            for label, own in guesses.items()
        }
        won = contest(candidates, plane, self._options.least_score)
        for label, history in carried.items():
            daughters = self._daughters(history, won.get(label), view, plane)
            if daughters is not None:
                plane[plane == label] = 0
                for daughter, one in zip(self._lineage.divide(label), daughters, strict=True):
                    self._take(daughter, one.region, view, plane, one.predicted_iou)
            elif label in won:
                self._alive[label] = history
                self._take(label, won[label].region, view, plane, won[label].predicted_iou)
            elif label in guesses and abs(view.frame - history.frame) <= self._options.max_gap:
                self._alive[label] = history

    def _daughters(
        self,
        history: History,
        single: Candidate | None,
        view: View,
        plane: NDArray[np.int32],
    ) -> tuple[Candidate, Candidate] | None:
        just_seen = view.frame - history.frame == 1
        if not (self._options.divisions and just_seen):
            return None
        return find_division(history, single, view, self._movie.predictor, plane)

    def _guess(self, carried: dict[int, History], view: View) -> dict[int, list[BoxedMask]]:
        """Return where each object may be; those who have left the plane are left out."""
        flows = {
            frame: Flow.between(self._greys[frame], view.grey)
            for frame in {history.frame for history in carried.values()}
        }
        guesses = {}
        for label, history in carried.items():
            frames = abs(view.frame - history.frame)
            reach = self._options.reach(history.region.diameter(), frames)
            before = self._greys[history.frame]
            flow = flows[history.frame]
            own = expect(history, flow, before, view.grey, view.frame, reach)
            if own:
                guesses[label] = own
        return guesses
