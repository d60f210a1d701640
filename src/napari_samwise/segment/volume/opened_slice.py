"""One slice that can be decoded and looked at: read and encoded whole, or in frames."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from napari_samwise.geometry.boxed_mask import BoxedMask
from napari_samwise.geometry.roi import Roi
from napari_samwise.intensity import Intensity
from napari_samwise.predictor.drawn_mask import DrawnMask
from napari_samwise.predictor.embedding import Embedding
from napari_samwise.predictor.framed import FramedPlane
from napari_samwise.predictor.framed_mask import FramedMask
from napari_samwise.predictor.predictor import Predictor
from napari_samwise.prompts import INCLUDE, Prompts
from napari_samwise.segment.volume.found import core_point

Candidate = tuple[BoxedMask, float]
"""A mask in pixels of the slice, maybe empty, and its predicted IoU."""

_LEAST_WIDTH = 4.0
"""Mean width, in pixels of the level where its length fits, of what is well seen there."""


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """Prompts of one object, and what is known of it.

    Parameters
    ----------
    prompts : Prompts
        Two-dimensional, in pixels of the slice.
    earlier : BoxedMask, optional
        A mask to start from, not empty; takes the place of one among the prompts.
    beside : BoxedMask, optional
        The object on the slice beside, not empty; it tells about how large it is.
    keep : int, optional
        Return only so many of the best candidates; by default all.
    """

    prompts: Prompts
    earlier: BoxedMask | None = None
    beside: BoxedMask | None = None
    keep: int | None = None


class Slice(Protocol):
    """What carrying an object needs of a slice."""

    @property
    def size(self) -> tuple[int, int]:
        """`(Y, X)` in pixels."""

    def decode(self, asked: Question) -> list[Candidate]:
        """Return the candidates, best first."""

    def grey(self, roi: Roi) -> NDArray[np.float32]:
        """Return a region `roi.shape`, 0 to 255, of what the encoder sees, channels averaged."""


@dataclass(frozen=True, slots=True, eq=False)
class WholeSlice:
    """A slice that was read and encoded at once.

    Parameters
    ----------
    shown : ndarray
        `(Y, X)` float32, 0 to 255, what the encoder saw, its channels averaged.
    embedding : Embedding
        Its features.
    predictor : Predictor
        What decodes them.
    """

    shown: NDArray[np.float32]
    embedding: Embedding
    predictor: Predictor

    @property
    def size(self) -> tuple[int, int]:
        """`(Y, X)` in pixels."""
        return self.embedding.image_size

    def decode(self, asked: Question) -> list[Candidate]:
        """Decode the prompts, whatever the size of the object."""
        prompts = asked.prompts
        if asked.earlier is not None:
            prompts = prompts.replace(mask=_drawn(asked.earlier).on_plane(self.size))
        found = self.predictor.decode(self.embedding, prompts, keep=asked.keep)
        return [
            (BoxedMask.from_mask(mask), float(score))
            for mask, score in zip(found.masks, found.scores, strict=True)
        ]

    def grey(self, roi: Roi) -> NDArray[np.float32]:
        """Return a region of what the encoder saw."""
        return self.shown[roi.slices]


@dataclass(frozen=True, slots=True, eq=False)
class FramedSlice:
    """A slice of which frames are read and encoded where prompts are.

    Parameters
    ----------
    plane : FramedPlane
        The slice.
    intensity : Intensity
        How values become grey, the same in every region and on every slice.
    should_stop : callable, optional
        Asked before each frame.
    """

    plane: FramedPlane
    intensity: Intensity
    should_stop: Callable[[], bool] | None = None

    @property
    def size(self) -> tuple[int, int]:
        """`(Y, X)` in pixels."""
        return self.plane.lattice.plane_size

    def decode(self, asked: Question) -> list[Candidate]:
        """Decode the prompts in the frames that show the object.

        Raises
        ------
        Cancelled
            If ``should_stop`` returned True.
        """
        prompts, start = asked.prompts, None
        if asked.earlier is not None:
            start = _drawn(asked.earlier).on_frames(self.size)
            if not prompts.has_include and prompts.box is None:
                # In frames a mask alone is no prompt.
                core = core_point(asked.earlier)
                prompts = prompts.replace(
                    points=[*prompts.points, core], labels=[*prompts.labels, INCLUDE]
                )
        found = self.plane.decode(
            prompts,
            earlier=start,
            extent_px=None if asked.beside is None else self._extent_of(asked.beside, start),
            keep=asked.keep,
            should_stop=self.should_stop,
        )
        return [
            (outline.boxed(), float(score))
            for outline, score in zip(found.outlines, found.scores, strict=True)
        ]

    def grey(self, roi: Roi) -> NDArray[np.float32]:
        """Read a region."""
        picture = self.plane.source.picture(roi, 1, self.intensity)
        grey: NDArray[np.float32] = picture.mean(axis=-1, dtype=np.float32)
        return grey

    def _extent_of(self, mask: BoxedMask, start: FramedMask | None) -> float | None:
        """Return the longest side; None where a click must follow what is too thin to be seen."""
        longest = max(mask.roi.shape)
        reduction = longest / self.plane.predictor.model.room_px
        if start is None and reduction > 1 and mask.area / longest < _LEAST_WIDTH * reduction:
            return None
        return float(longest)


def _drawn(mask: BoxedMask) -> DrawnMask:
    y, x = mask.roi.offset
    return DrawnMask(mask.inside, (y, x), 1)
