"""Decodes again what a journal lists: the same calls, in the same order, on the same features."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_samwise.geometry.axes import Axes
from napari_samwise.geometry.boxed_mask import BoxedMask
from napari_samwise.geometry.mask_blocks import Cuttable
from napari_samwise.intensity.mapping import Intensity
from napari_samwise.journal.events import Decode, Drawn, Frame
from napari_samwise.journal.models import Models
from napari_samwise.journal.pixels import decode_part
from napari_samwise.predictor.drawn_mask import DrawnMask
from napari_samwise.predictor.embedding import Embedding
from napari_samwise.predictor.framed import FramedPlane
from napari_samwise.predictor.framed_mask import FramedMask
from napari_samwise.predictor.plane_source import PlaneSource
from napari_samwise.predictor.predictor import Predictor
from napari_samwise.prompts import Prompts
from napari_samwise.segment.planes import read_plane

_OPEN_PLANES = 2

FedBackMask = NDArray[np.float32] | FramedMask


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """One mask, its predicted IoU, and what is fed back to refine it."""

    mask: Cuttable
    predicted_iou: float
    hint: FedBackMask


@dataclass(frozen=True, slots=True, eq=False)
class _Whole:
    """A plane that is encoded at once."""

    predictor: Predictor
    embedding: Embedding


class Decoding:
    """The decoder of a replay.

    Parameters
    ----------
    levels : list of array
        The image, and coarser copies of it if there are.
    axes : Axes
        Names of its axes.
    models : Models
        What decodes.
    intensity : callable
        Gives the intensity for a frame of the journal.
    """

    def __init__(
        self,
        levels: list[Any],
        axes: Axes,
        models: Models,
        intensity: Callable[[Frame], Intensity],
    ) -> None:
        self._levels = levels
        self._axes = axes
        self._models = models
        self._intensity = intensity
        self._open: OrderedDict[int, _Whole | FramedPlane] = OrderedDict()

    def decode(
        self,
        event: Decode,
        frame: Frame,
        start: FedBackMask | None,
        should_stop: Callable[[], bool] | None = None,
    ) -> tuple[Candidate, ...]:
        """Answer recorded prompts.

        Parameters
        ----------
        event : Decode
            What was asked.
        frame : Frame
            Of which plane.
        start : ndarray or FramedMask or None
            The mask that the event says was fed back.
        should_stop : callable, optional
            Asked before each part of a large plane.

        Raises
        ------
        InputError
            If the prompts do not fit the image.
        Cancelled
            If ``should_stop`` returned True.
        """
        plane = self._plane(frame)
        drawn = _drawn(event.start) if isinstance(event.start, Drawn) else None
        if isinstance(plane, _Whole):
            return _decode_whole(plane, event.prompts, drawn, start)
        prompts, earlier = event.prompts, start if isinstance(start, FramedMask) else None
        if drawn is not None:
            prompts, earlier = drawn.prompts_on_frames(prompts, plane.lattice.plane_size)
        # What was at hand of another model's frames says nothing of this one's.
        at_hand = event.at_hand if self._models.is_same(frame) else None
        if at_hand is not None:
            plane = self._only(plane, at_hand, frame)
        found = plane.decode(
            prompts, earlier=earlier, at_hand_only=at_hand is not None, should_stop=should_stop
        )
        pairs = zip(found.outlines, found.scores, strict=True)
        return tuple(Candidate(outline, float(score), outline) for outline, score in pairs)

    def _plane(self, frame: Frame) -> _Whole | FramedPlane:
        """Return a plane ready to be decoded."""
        if frame.number not in self._open:
            while len(self._open) >= _OPEN_PLANES:
                self._open.popitem(last=False)
            self._open[frame.number] = self._make(frame)
        self._open.move_to_end(frame.number)
        return self._open[frame.number]

    def _make(self, frame: Frame) -> _Whole | FramedPlane:
        predictor, intensity = self._models.predictor(frame), self._intensity(frame)
        axes = frame.plane.name_axes(self._axes)
        size = frame.plane.size(axes.spatial_shape(self._levels[0].shape))
        same = self._models.is_same(frame)
        if max(size) > predictor.model.whole_px or (same and frame.frame_px is not None):
            source = PlaneSource(self._levels, axes, frame.plane.position)
            side = frame.frame_px if same else None
            return FramedPlane(predictor, source, intensity, frame_px=side)
        pixels = read_plane(self._levels[0], axes, frame.plane.position)
        return _Whole(predictor, predictor.encode(pixels, intensity=intensity))

    def _only(
        self, plane: FramedPlane, places: tuple[tuple[int, int, int], ...], frame: Frame
    ) -> FramedPlane:
        """Return a plane of which so many frames are encoded, and no others."""
        fresh = FramedPlane(
            plane.predictor, plane.source, self._intensity(frame), frame_px=frame.frame_px
        )
        for level, row, column in places:
            if level < fresh.lattice.count:
                rows, columns = fresh.lattice.shape(level)
                if row < rows and column < columns:
                    fresh.embedding(fresh.lattice.frame(level, row, column))
        return fresh


def _decode_whole(
    plane: _Whole, prompts: Prompts, drawn: DrawnMask | None, start: FedBackMask | None
) -> tuple[Candidate, ...]:
    if drawn is not None:
        prompts = prompts.replace(mask=drawn.on_plane(plane.embedding.image_size))
    elif isinstance(start, np.ndarray):
        prompts = prompts.replace(mask=start)
    found = plane.predictor.decode(plane.embedding, prompts)
    rows = zip(found.masks, found.scores, found.logits, strict=True)
    return tuple(
        Candidate(BoxedMask.from_mask(mask), float(score), logits) for mask, score, logits in rows
    )


def _drawn(start: Drawn) -> DrawnMask:
    return DrawnMask(decode_part(start.part).inside, start.part.offset, start.step)
