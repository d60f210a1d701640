"""Frames of one plane, encoded when they are asked for, and prompts decoded in one of them."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from napari_samwise.geometry.lattice import Frame, Lattice
from napari_samwise.intensity import Intensity
from napari_samwise.model.look import Look
from napari_samwise.model.proposals import Proposals
from napari_samwise.predictor.embedding import Embedding
from napari_samwise.predictor.framed_mask import FramedMask, Piece
from napari_samwise.predictor.plane_source import PlaneSource
from napari_samwise.predictor.predictor import Predictor
from napari_samwise.prompts import INCLUDE, Prompts


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """One mask that a decoding in a frame proposed.

    Parameters
    ----------
    mask : FramedMask
        The mask, a single piece.
    score : float
        Predicted IoU.
    """

    mask: FramedMask
    score: float

    @property
    def level(self) -> int:
        """The level on which it was decoded."""
        return self.mask.level


class FrameEncoder:
    """The frames of one plane.

    Parameters
    ----------
    predictor : Predictor
        The model, and the store for its embeddings.
    source : PlaneSource
        The plane.
    intensity : Intensity
        How values become 8 bits, the same for all frames.
    frame_px : int
        Side of a frame in pixels of its level.
    """

    def __init__(
        self, predictor: Predictor, source: PlaneSource, intensity: Intensity, frame_px: int
    ) -> None:
        self.predictor = predictor
        self.model = predictor.model
        self.source = source
        self.intensity = intensity
        self.lattice = Lattice(source.plane_size, frame_px, min(self.model.top_px, frame_px))
        self._keys: dict[tuple[int, int, int], str] = {}
        self._lock = threading.Lock()

    def embedding(self, frame: Frame) -> Embedding:
        """Return the embedding of a frame, encoded now unless the store has it."""
        place = (frame.level, *frame.index)
        with self._lock:
            key = self._keys.get(place)
        kept = None if key is None else self.predictor.find(key)
        if kept is not None:
            return kept
        picture = self.source.picture(frame.roi, frame.step, self.intensity)
        embedding = self.predictor.encode_frame(picture, frame)
        with self._lock:
            self._keys[place] = embedding.key
        return embedding

    def is_encoded(self, frame: Frame) -> bool:
        """Tell whether a frame was encoded here and is still in the store; nothing is read."""
        with self._lock:
            key = self._keys.get((frame.level, *frame.index))
        return key is not None and key in self.predictor.store

    def frame_for(self, level: int, middle: NDArray[np.float64]) -> Frame:
        """Return the frame in which a prompt with its middle there, (y, x), is decoded."""
        return self.lattice.nearest(level, (float(middle[0]), float(middle[1])))

    def propose(
        self,
        levels: Sequence[int],
        prompts: Prompts,
        earlier: FramedMask | None = None,
        *,
        multimask: bool = True,
        around: NDArray[np.float64] | None = None,
    ) -> list[Candidate]:
        """Decode the prompts of one object on some levels, in the frame that owns it on each.

        Parameters
        ----------
        levels : sequence of int
            The levels.
        prompts : Prompts
            In pixels of the plane, without a mask.
        earlier : FramedMask, optional
            The mask to be refined.
        multimask : bool
            Several candidates a level, or the single mask.
        around : ndarray, optional
            `(2,)` the middle of what shall be looked at; by default that of the prompts.

        Returns
        -------
        list of Candidate
            Level by level, in the model's order.
        """
        middle = extent(prompts, earlier).mean(axis=0) if around is None else around
        frames = [self.frame_for(level, middle) for level in levels]
        # Said, because on its level a frame shows less well where an earlier mask ends.
        looks = [self._look(frame, prompts, earlier, middle) for frame in frames]
        with torch.inference_mode():
            proposals = self.model.propose(looks, multimask=multimask)
            return [
                self._candidate(found, index, frame)
                for frame, found in zip(frames, proposals, strict=True)
                for index in range(len(found))
            ]

    def _look(
        self,
        frame: Frame,
        prompts: Prompts,
        earlier: FramedMask | None,
        middle: NDArray[np.float64],
    ) -> Look:
        """Return a frame's features, and the prompts from its corner."""
        size = (frame.roi.shape[0], frame.roi.shape[1])
        corner = (float(frame.roi.offset[0]), float(frame.roi.offset[1]))
        embedding = self.embedding(frame)
        device = self.model.device
        features = {name: tensor.to(device) for name, tensor in embedding.features.items()}
        mask = None
        if earlier is not None:
            shape, cell_px = self.model.logits_grid(size, frame.step)
            mask = earlier.resample(corner, cell_px, shape)
        local = prompts.replace(
            points=prompts.points - corner,
            box=None if prompts.box is None else prompts.box - corner,
            mask=mask,
        )
        around = (float(middle[0]) - corner[0], float(middle[1]) - corner[1])
        return Look(features, size, local, around)

    def _candidate(self, found: Proposals, index: int, frame: Frame) -> Candidate:
        patch = found.patch(index).shift(frame.roi.offset)
        mask = FramedMask((Piece(patch, frame.level),), self.lattice.plane_size)
        return Candidate(mask, float(found.predicted_iou[index]))


def extent(prompts: Prompts, earlier: FramedMask | None) -> NDArray[np.float64]:
    """Return two corners `(2, 2)` around what is known to belong to the object.

    Pixel centres of the plane, (y, x). What is excluded says nothing of where the object ends.
    """
    corners = [prompts.points[prompts.labels == INCLUDE]]
    if prompts.box is not None:
        corners.append(prompts.box)
    if earlier is not None:
        for piece in earlier.pieces:
            inside = piece.patch.logits > 0
            if inside.any():
                rows, columns = (np.flatnonzero(inside.any(axis)) for axis in (1, 0))
                first = np.array([rows[0], columns[0]]) * piece.patch.cell_px
                last = np.array([rows[-1] + 1, columns[-1] + 1]) * piece.patch.cell_px - 1
                corners.append(np.stack([first, last]) + piece.patch.origin)
    known = np.concatenate(corners)
    return np.stack([known.min(axis=0), known.max(axis=0)])
