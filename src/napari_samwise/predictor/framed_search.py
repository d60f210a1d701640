"""Where and in which order the prompts of one object are decoded on a plane in frames."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from napari_samwise.geometry.roi import Roi
from napari_samwise.predictor.frame_encoder import Candidate, FrameEncoder, extent
from napari_samwise.predictor.framed_choice import (
    MOST_CANDIDATES,
    choose_distinct,
    judge_by_agreement,
)
from napari_samwise.predictor.framed_follow import follow_drawn, follow_framed, widen_long
from napari_samwise.predictor.framed_grow import climb, grow, is_cut_off
from napari_samwise.predictor.framed_mask import FramedMask, Piece
from napari_samwise.predictor.framed_refine import refine
from napari_samwise.prompts import INCLUDE, Prompts

_IN_DOUBT, _LEVELS_IN_DOUBT = 0.5, 3
"""Predicted IoU below which a click may be on something larger than what was looked at, and how
many levels further are tried then: each one reads four times as much of the plane."""
_TRUSTED_SHARE = 0.5
"""Middle part of a correction's patch that it alone decides."""


@dataclass(frozen=True, slots=True)
class Search:
    """Decoding of one object.

    Parameters
    ----------
    frames : FrameEncoder
        The plane.
    multimask : bool
        Several candidates on each level, or the single mask.
    at_hand_only : bool
        Only in frames that are encoded already, or in the finest one if none is.
    check : callable
        Called before each decoding; raises to stop.
    extent_px : float, optional
        About the longest side of the object in pixels of the plane, where it is known.
    """

    frames: FrameEncoder
    multimask: bool
    at_hand_only: bool
    check: Callable[[], None]
    extent_px: float | None = None

    def run(self, prompts: Prompts, earlier: FramedMask | None) -> list[Candidate]:
        """Return all candidates, of the finest level first.

        Parameters
        ----------
        prompts : Prompts
            In pixels of the plane, without a mask.
        earlier : FramedMask, optional
            The mask to be refined.
        """
        levels = self._levels(prompts, earlier)
        if not self._is_large:
            return self._judged(self._decode(levels, prompts, earlier), prompts)
        if self.extent_px is not None:
            judged = self._judged(self._decode(levels, prompts, earlier), prompts)
            found = choose_distinct(judged, MOST_CANDIDATES)
            return found if self.at_hand_only else [self._refined(one) for one in found]
        is_spread = levels[0] >= self.frames.model.levels_a_click
        if prompts.box is None and is_spread and (earlier is not None or prompts.has_include):
            return [self._correct_along(prompts, earlier)]
        found = self._decode(levels, prompts, earlier)
        if self.at_hand_only:
            return self._judged(found, prompts)
        if prompts.box is not None or earlier is not None:
            return [self._refined(candidate) for candidate in self._judged(found, prompts)]
        return self._whole(found, prompts, levels[-1])

    def follow(self, chosen: list[Candidate], prompts: Prompts) -> list[Candidate]:
        """Follow the first candidate of a click where the model would on a plane encoded at once.

        On larger planes ``run`` has followed it.

        Parameters
        ----------
        chosen : list of Candidate
            The candidates that are offered, best first.
        prompts : Prompts
            In pixels of the plane.
        """
        is_done = self._is_large or self.at_hand_only or not self.frames.model.follows_ends
        if is_done or prompts.box is not None or not prompts.has_include:
            return chosen
        best, *others = chosen
        mask = follow_drawn(self.frames, best.mask, prompts, self.check)
        return [Candidate(mask, best.score), *others]

    @property
    def _is_large(self) -> bool:
        """Whether the model could not encode the plane at once."""
        return max(self.frames.lattice.plane_size) > self.frames.model.whole_px

    def _levels(self, prompts: Prompts, earlier: FramedMask | None) -> range:
        """Return the levels on which to decode; a click alone does not say what size to expect."""
        lattice, model = self.frames.lattice, self.frames.model
        low, high = extent(prompts, earlier)
        longest = float((high - low).max()) + 1
        half = lattice.frame_px / 2
        if prompts.box is not None or earlier is not None:
            level = lattice.level_for(longest, min(model.room_px, half))
            return range(level, level + 1)
        first = lattice.level_for(longest, min(model.span_px, half))
        if self.extent_px is not None and self._is_large:
            own = max(first, lattice.level_for(self.extent_px, min(model.room_px, half)))
            # A model that is slow to encode looks once.
            finer = min(1, model.levels_a_click - 1)
            return range(max(first, own - finer), own + 1)
        count = model.levels_a_click if self._is_large else lattice.count
        return range(first, min(first + count, lattice.count))

    def _decode(
        self, levels: range, prompts: Prompts, earlier: FramedMask | None
    ) -> list[Candidate]:
        middle = extent(prompts, earlier).mean(axis=0)
        tried = list(levels)
        if self.at_hand_only:
            ready = [k for k in levels if self.frames.is_encoded(self.frames.frame_for(k, middle))]
            tried = ready or tried[:1]
        for level in tried:
            self.check()
            self.frames.embedding(self.frames.frame_for(level, middle))
        self.check()
        return self.frames.propose(tried, prompts, earlier, multimask=self.multimask)

    def _whole(self, found: list[Candidate], prompts: Prompts, last: int) -> list[Candidate]:
        """Follow the best candidate where it ends only because its patch does."""
        judged = self._judged(found, prompts)
        best = max(judged, key=_score)
        top = self.frames.lattice.count - 1
        # The coarsest level tried may show a part, too.
        sure_from = last + _LEVELS_IN_DOUBT
        while last < top and (
            (best.level == last and not self._has_room(best.mask))
            or (best.score < _IN_DOUBT and last < sure_from)
        ):
            last += 1
            self.check()
            found = found + self.frames.propose([last], prompts, multimask=self.multimask)
            judged = self._judged(found, prompts)
            best = max(judged, key=_score)
        higher = climb(self.frames, best, prompts, judged, self.check)
        follows = self.frames.model.follows_ends
        mask = (widen_long(self.frames, higher, prompts, self.check) if follows else higher).mask
        if is_cut_off(mask):
            mask = grow(self.frames, mask, self.check)
        if follows:
            mask = follow_framed(self.frames, mask, prompts, self.check)
        # It stands for the mask that was chosen, so it takes its score and rank.
        whole = self._refined(Candidate(mask, best.score))
        kept = (one for one in judged if one is not higher or one is best)
        return [whole if one is best else one for one in kept]

    def _judged(self, found: list[Candidate], prompts: Prompts) -> list[Candidate]:
        """Let candidates judge each other, if this is how the model ranks them."""
        if not self.frames.model.ranks_by_agreement:
            return found
        return judge_by_agreement(found, prompts.box)

    def _has_room(self, mask: FramedMask) -> bool:
        """Tell whether a mask is well seen as a whole on its level."""
        longest = max(mask.roi.shape) / (1 << mask.level)
        return not is_cut_off(mask) and longest <= self.frames.model.room_px

    def _refined(self, candidate: Candidate) -> Candidate:
        return Candidate(refine(self.frames, candidate.mask, self.check), candidate.score)

    def _correct_along(self, prompts: Prompts, earlier: FramedMask | None) -> Candidate:
        """Decode an object far larger than what one look at it shows, prompt by prompt."""
        points, labels = prompts.points, prompts.labels
        score = 1.0
        if earlier is None:
            first = int(np.flatnonzero(labels == INCLUDE)[0])
            found = self.run(Prompts(points=points[[first]]), None)
            best = max(found, key=_score)
            earlier, score = best.mask, best.score
        for point, label in zip(points, labels, strict=True):
            if earlier.contains(point) == bool(label == INCLUDE):
                continue
            self.check()
            level = earlier.level
            reach = self.frames.model.room_px / 2 * (1 << level)
            near = (np.abs(points - point) <= reach).all(axis=1)
            found = self.frames.propose(
                [level],
                Prompts(points=points[near], labels=labels[near]),
                earlier,
                multimask=False,
                around=point,
            )
            piece = found[0].mask.pieces[0]
            if label == INCLUDE:
                earlier = grow(self.frames, earlier.add(piece), self.check)
            else:
                earlier = earlier.add(_middle_of(piece))
            score = min(score, found[0].score)
        return Candidate(earlier, score)


def _score(candidate: Candidate) -> float:
    return candidate.score


def _middle_of(piece: Piece) -> Piece:
    """Return a piece that decides the middle of its patch alone."""
    patch = piece.patch
    margins = [
        (end - start) * (1 - _TRUSTED_SHARE) / 2
        for start, end in zip(patch.origin, patch.end, strict=True)
    ]
    start = [round(a + m) for a, m in zip(patch.origin, margins, strict=True)]
    stop = [round(b - m) for b, m in zip(patch.end, margins, strict=True)]
    return Piece(patch, piece.level, Roi.from_bounds(start, stop))
