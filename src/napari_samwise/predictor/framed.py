"""A plane too large to be encoded at once: frames of it are, where somebody looks."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from napari_samwise.errors import Cancelled, PromptError
from napari_samwise.geometry.lattice import Frame, Lattice
from napari_samwise.intensity import Intensity
from napari_samwise.model.text_prompts import refuse_text
from napari_samwise.predictor.embedding import Embedding
from napari_samwise.predictor.frame_encoder import FrameEncoder
from napari_samwise.predictor.framed_choice import MOST_CANDIDATES, choose_distinct
from napari_samwise.predictor.framed_mask import FramedMask, given_mask, painted_logits
from napari_samwise.predictor.framed_prediction import FramedPrediction
from napari_samwise.predictor.framed_search import Search
from napari_samwise.predictor.plane_source import PlaneSource
from napari_samwise.predictor.predictor import Predictor
from napari_samwise.prompts import Prompts
from napari_samwise.whole_numbers import check_whole


class FramedPlane:
    """One plane of any size, encoded frame by frame as prompts ask for it.

    Nothing of the plane's size is ever made, and no frame is encoded twice while the predictor's
    store keeps it. Safe to use from several threads.

    Parameters
    ----------
    predictor : Predictor
        The model, and the store for its embeddings.
    source : PlaneSource
        The plane.
    intensity : Intensity or str
        How values become 8 bits; a policy is resolved once for the whole image.
    frame_px : int, optional
        Side of a frame in pixels of its level, a multiple of 64; by default the model's own.

    Raises
    ------
    InputError
        If frames cannot have this size.
    """

    def __init__(
        self,
        predictor: Predictor,
        source: PlaneSource,
        intensity: Intensity | str = "auto",
        *,
        frame_px: int | None = None,
    ) -> None:
        self._model = predictor.model
        if not isinstance(intensity, Intensity):
            intensity = source.resolve_intensity(intensity)
        side = self._model.frame_px if frame_px is None else check_whole("frame_px", frame_px, 1)
        self._frames = FrameEncoder(predictor, source, intensity, side)

    @property
    def lattice(self) -> Lattice:
        """The frames of the plane."""
        return self._frames.lattice

    @property
    def source(self) -> PlaneSource:
        """The plane."""
        return self._frames.source

    @property
    def predictor(self) -> Predictor:
        """The model with its store."""
        return self._frames.predictor

    def embedding(self, frame: Frame) -> Embedding:
        """Return the embedding of a frame, encoded now unless the store has it.

        Its ``image_size`` is ``frame.roi.shape``: coordinates in it are pixels of the plane.
        """
        return self._frames.embedding(frame)

    def is_encoded(self, frame: Frame) -> bool:
        """Tell whether a frame was encoded here and is still in the store; nothing is read."""
        return self._frames.is_encoded(frame)

    def decode(
        self,
        prompts: Prompts,
        *,
        earlier: FramedMask | None = None,
        extent_px: float | None = None,
        multimask: bool = True,
        keep: int | None = None,
        at_hand_only: bool = False,
        should_stop: Callable[[], bool] | None = None,
    ) -> FramedPrediction:
        """Turn the prompts of one object into candidate masks, best first.

        A click is decoded on several levels, each in the frame that owns it, and the candidates
        compete by predicted IoU: part, object, cluster. A box or a mask says how large the object
        is, so one level is enough. On a plane that the model could encode at once the answer is
        the same as if it had, but for planes of at most 320 pixels along a side, which ``nano``
        magnifies. On a larger one, of a single click the best mask is followed beyond
        the frames that cut it off, until the object ends.

        Parameters
        ----------
        prompts : Prompts
            Two-dimensional, in pixels of the plane; a mask is bool of the plane's size, or logits
            over the whole plane.
        earlier : FramedMask, optional
            An outline of an earlier prediction, to be refined; takes the place of a mask.
        extent_px : float, optional
            About the longest side of the object in pixels of the plane, where that is known, as on
            the slice beside. A click is then decoded on the level where such an object is well
            seen and on the next finer one, and nothing is followed beyond.
        multimask : bool
            Three candidates for an ambiguous prompt, or a single mask.
        keep : int, optional
            Return only so many of the best candidates; by default all.
        at_hand_only : bool
            Decode only in frames that are encoded already, or in the finest one if none is; for a
            first answer while the rest is still to be encoded.
        should_stop : callable, optional
            Asked before each frame.

        Raises
        ------
        PromptError
            If the prompts point at nothing, lie outside, are not two-dimensional, or hold what
            this model cannot read.
        InputError
            If ``keep`` is less than 1.
        Cancelled
            If ``should_stop`` returned True.
        """
        if keep is not None:
            check_whole("keep", keep, 1)
        if not isinstance(prompts, Prompts):
            raise PromptError(
                f"decode needs Prompts, got {type(prompts).__name__}; "
                "write Prompts(points=[(y, x)])."
            )
        refuse_text(prompts, self._model.name)
        inside = prompts.require_object().check_inside(self.lattice.plane_size)
        earlier = self._earlier(inside.mask, earlier)
        check = _stopper(should_stop)
        search = Search(self._frames, multimask, at_hand_only, check, extent_px)
        found = search.run(inside.replace(mask=None), earlier)
        most = MOST_CANDIDATES if multimask else 1
        chosen = search.follow(choose_distinct(found, min(keep or most, most)), inside)
        scores = np.array([candidate.score for candidate in chosen], dtype=np.float32)
        return FramedPrediction(tuple(candidate.mask for candidate in chosen), scores)

    def _earlier(
        self, mask: NDArray[np.float32] | NDArray[np.bool_] | None, outline: FramedMask | None
    ) -> FramedMask | None:
        """Return the mask to be refined, if any.

        On a plane that the model could encode at once it lies in the cells in which it is fed back
        there, because finer ones would tell the model something else.
        """
        size = self.lattice.plane_size
        is_large = max(size) > self._model.whole_px
        shape, cell_px = self._model.logits_grid(size, 1)
        if outline is not None:
            if is_large:
                return outline
            return given_mask(outline.resample((0.0, 0.0), cell_px, shape), size)
        if mask is None:
            return None
        if mask.dtype == np.bool_ and not is_large:
            return given_mask(painted_logits(mask.astype(np.bool_), max(round(cell_px), 1)), size)
        return given_mask(mask, size)


def _stopper(should_stop: Callable[[], bool] | None) -> Callable[[], None]:
    """Return what raises where a caller wants to stop."""

    def check() -> None:
        if should_stop is not None and should_stop():
            raise Cancelled("Decoding was stopped; the frames encoded so far are kept.")

    return check
