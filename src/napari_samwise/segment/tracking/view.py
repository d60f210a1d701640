"""A movie as the tracker sees it: frame by frame, each encoded whole, or where objects are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, Self

import numpy as np

from napari_samwise.geometry.axes import Axes
from napari_samwise.geometry.boxed_mask import BoxedMask
from napari_samwise.geometry.roi import Roi
from napari_samwise.intensity import Intensity, resolve_intensity
from napari_samwise.intensity.mapping import MINMAX_PER_TILE
from napari_samwise.model.base import SegmentationModel
from napari_samwise.predictor.drawn_mask import DrawnMask
from napari_samwise.predictor.embedding import Embedding
from napari_samwise.predictor.framed import FramedPlane
from napari_samwise.predictor.plane_source import PlaneSource
from napari_samwise.predictor.predictor import Predictor
from napari_samwise.prompts import Prompts
from napari_samwise.segment.planes import read_plane
from napari_samwise.segment.tracking.shades import FramedShades, Shades, WholeShades

Masks = list[tuple[BoxedMask, float]]
EncodedNear = Callable[[Roi], tuple[Embedding, tuple[int, int]]]


class Decode(Protocol):
    """Decodes prompts of one object on a frame."""

    def __call__(
        self, prompts: Prompts, earlier: BoxedMask | None = None, keep: int | None = None
    ) -> Masks:
        """Return masks in pixels of the frame, maybe empty, and their predicted IoU, best first.

        Parameters
        ----------
        prompts : Prompts
            Two-dimensional, in pixels of the frame.
        earlier : BoxedMask, optional
            A mask to start from, not empty; takes the place of one among the prompts.
        keep : int, optional
            Return only so many of the best; by default all.
        """


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """A frame that can be decoded and looked at.

    Parameters
    ----------
    frame : int
        Its index on the time axis.
    decode : Decode
        Decodes prompts.
    shades : Shades
        Its grey values; unlike the rest they are kept for the next frames.
    encoded_near : callable
        Takes a box `(Y, X)` and returns the embedding of what is around it, and where that begins
        in the frame, (y, x).
    """

    frame: int
    decode: Decode
    shades: Shades
    encoded_near: EncodedNear

    @property
    def size(self) -> tuple[int, int]:
        """`(Y, X)` of the frame."""
        return self.shades.size


@dataclass(frozen=True, slots=True, eq=False)
class Movie:
    """Planes in time, and what encodes them.

    Planes that the model cannot see at once are read and encoded in frames.

    Parameters
    ----------
    levels : sequence of array
        Anything that is sliced like an array, the finest first; the coarser ones, if any, only
        serve planes in frames.
    axes : Axes
        T, Y and X in this order, and C if there are channels.
    predictor : Predictor
        Encodes and decodes.
    intensity : Intensity
        One for all frames.
    grey_intensity : Intensity
        Of the grey values in frames; with limits, so that all regions can be compared.
    should_stop : callable, optional
        Asked before each frame of a plane, and in everything mode between batches of clicks.
    """

    levels: Sequence[Any]
    axes: Axes
    predictor: Predictor
    intensity: Intensity
    grey_intensity: Intensity
    should_stop: Callable[[], bool] | None = None

    @classmethod
    def open(
        cls,
        levels: Sequence[Any],
        axes: Axes,
        model: str | Path | SegmentationModel | Predictor,
        intensity: Intensity | str,
        should_stop: Callable[[], bool] | None = None,
    ) -> Self:
        """Resolve what ``track`` takes.

        Raises
        ------
        ImageError, ModelNameError
            If the image or the model cannot be used.
        """
        channel, shape = axes.channel, levels[0].shape
        rgb = channel is not None and shape[channel] > 1
        if not isinstance(intensity, Intensity):
            intensity = resolve_intensity(levels[0], intensity, rgb=rgb, axes=axes)
        grey = intensity
        if intensity.policy == MINMAX_PER_TILE:
            grey = resolve_intensity(levels[0], "auto", rgb=intensity.rgb, axes=axes)
        predictor = model if isinstance(model, Predictor) else Predictor(model)
        return cls(levels, axes, predictor, intensity, grey, should_stop)

    @property
    def shape(self) -> tuple[int, int, int]:
        """`(T, Y, X)`."""
        frames, height, width = self.axes.spatial_shape(self.levels[0].shape)
        return frames, height, width

    def view(self, frame: int) -> View:
        """Open a frame; what was encoded before comes from the predictor's store."""
        if max(self.shape[1:]) > self.predictor.model.whole_px:
            return self._in_frames(frame)
        plane = read_plane(self.levels[0], self.axes, (frame,))
        embedding = self.predictor.encode(plane, intensity=self.intensity)
        grey = self.intensity.apply(plane).mean(axis=-1, dtype=np.float32)

        def decode(
            prompts: Prompts, earlier: BoxedMask | None = None, keep: int | None = None
        ) -> Masks:
            if earlier is not None:
                mask = _drawn(earlier).on_plane(embedding.image_size)
                prompts = prompts.replace(mask=mask)
            found = self.predictor.decode(embedding, prompts, keep=keep)
            masks = (BoxedMask.from_mask(mask) for mask in found.masks)
            return list(zip(masks, found.scores.tolist(), strict=True))

        return View(frame, decode, WholeShades(grey), lambda box: (embedding, (0, 0)))

    def _in_frames(self, frame: int) -> View:
        source = PlaneSource(self.levels, self.axes, (frame,))
        plane = FramedPlane(self.predictor, source, self.intensity)
        shades = FramedShades(source, self.grey_intensity)

        def decode(
            prompts: Prompts, earlier: BoxedMask | None = None, keep: int | None = None
        ) -> Masks:
            start = None if earlier is None else _drawn(earlier).on_frames(shades.size)
            found = plane.decode(prompts, earlier=start, keep=keep, should_stop=self.should_stop)
            masks = (outline.boxed() for outline in found.outlines)
            return list(zip(masks, found.scores.tolist(), strict=True))

        return View(frame, decode, shades, lambda box: _encoded_near(plane, box))


def _drawn(mask: BoxedMask) -> DrawnMask:
    y, x = mask.roi.offset
    return DrawnMask(mask.inside, (y, x), 1)


def _encoded_near(plane: FramedPlane, box: Roi) -> tuple[Embedding, tuple[int, int]]:
    """Encode the frame that sees a box best, unless the store has it."""
    lattice = plane.lattice
    room = min(plane.predictor.model.room_px, lattice.frame_px / 2)
    middle = (np.array(box.offset) + box.end - 1) / 2
    found = lattice.nearest(lattice.level_for(max(box.shape), room), middle.tolist())
    return plane.embedding(found), (found.roi.offset[0], found.roi.offset[1])
