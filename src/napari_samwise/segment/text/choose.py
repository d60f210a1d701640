"""Which objects of a plane a text means."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_samwise.geometry.boxed_mask import BoxedMask
from napari_samwise.geometry.lattice import Frame
from napari_samwise.geometry.roi import Roi
from napari_samwise.intensity import Intensity
from napari_samwise.predictor.framed import FramedPlane
from napari_samwise.predictor.plane_source import PlaneSource
from napari_samwise.predictor.predictor import Predictor
from napari_samwise.segment.text.measures import Measures
from napari_samwise.segment.text.query import Phrase, Query

CONFIDENCE = 0.25
"""How likely a noun must be that suits ``nano``, as a share of the likeliest word."""

_LEAST = 0.05
"""Where no object of a plane is called so with this probability, the plane has none."""


@dataclass(frozen=True, slots=True, eq=False)
class Chooser:
    """Chooses objects by what a query says of them.

    Parameters
    ----------
    query : Query
        What is asked for.
    predictor : Predictor
        Its model tells what objects are called.
    intensity : Intensity
        How values become 8 bits, the same as where the objects were found.
    confidence : float
        0 to 1, how likely the noun must be for an object, as a share of the likeliest word. Who
        asks for something has seen it, so it need not be the likeliest itself.
    """

    query: Query
    predictor: Predictor
    intensity: Intensity
    confidence: float = CONFIDENCE

    def choose(self, source: PlaneSource, masks: Sequence[BoxedMask]) -> NDArray[np.bool_]:
        """Tell which objects are meant.

        Parameters
        ----------
        source : PlaneSource
            The plane.
        masks : sequence of BoxedMask
            `N` objects in pixels of the plane, not empty.

        Returns
        -------
        ndarray
            `(N,)` bool.

        Raises
        ------
        InputError
            If it asks for colours and the image is grey.
        """
        chosen = np.zeros(len(masks), dtype=np.bool_)
        if not masks:
            return chosen
        names = np.zeros((len(masks), 0), dtype=np.float32)
        if self.query.has_nouns:
            names = self._names(source, masks)

        def look(roi: Roi) -> NDArray[np.uint8]:
            return np.asarray(source.picture(roi, 1, self.intensity), dtype=np.uint8)

        seen = Measures(masks, look, source.plane_size)
        for phrase in self.query.wanted:
            chosen |= self._suits(phrase, names, seen)
        for phrase in self.query.unwanted:
            chosen &= ~self._suits(phrase, names, seen)
        return chosen

    def _suits(
        self, phrase: Phrase, names: NDArray[np.float32], seen: Measures
    ) -> NDArray[np.bool_]:
        vocabulary = self.predictor.model.vocabulary
        suits = np.ones(len(seen), dtype=np.bool_)
        if phrase.words:
            columns = [vocabulary.index(word) for word in phrase.words]
            meant = names[:, columns].sum(axis=1)
            none = 1 - names.sum(axis=1)
            rival = np.maximum(names.max(axis=1), none)
            suits = (meant >= self.confidence * rival) & (meant.max() >= _LEAST)
        if phrase.traits and suits.any():
            # What is large among nuclei may be small among cells: compared within the kind.
            kind = seen.among(suits)
            holds = np.ones(len(kind), dtype=np.bool_)
            for trait, wanted in phrase.traits:
                holds &= trait.holds(kind) == wanted
            suits[suits] = holds
        return suits

    def _names(self, source: PlaneSource, masks: Sequence[BoxedMask]) -> NDArray[np.float32]:
        """Return `(N, W)` probabilities of all words."""
        model = self.predictor.model
        if max(source.plane_size) <= model.whole_px:
            plane = source.read(Roi((0, 0), source.plane_size))
            embedding = self.predictor.encode(plane, intensity=self.intensity)
            return self.predictor.name_objects(embedding, masks)
        framed = FramedPlane(self.predictor, source, self.intensity)
        of_frame: dict[tuple[int, int, int], list[int]] = defaultdict(list)
        frames: dict[tuple[int, int, int], Frame] = {}
        for index, mask in enumerate(masks):
            level = framed.lattice.level_for(max(mask.roi.shape), model.room_px)
            ends = zip(mask.roi.offset, mask.roi.end, strict=True)
            frame = framed.lattice.nearest(level, [(first + end - 1) / 2 for first, end in ends])
            place = (frame.level, *frame.index)
            frames[place] = frame
            of_frame[place].append(index)
        names = np.zeros((len(masks), len(model.vocabulary)), dtype=np.float32)
        for place, indices in sorted(of_frame.items()):
            frame = frames[place]
            back = [-start for start in frame.roi.offset]
            # None is cut off: on its level it is shorter than half a frame.
            local = [masks[index].shift(back) for index in indices]
            names[indices] = self.predictor.name_objects(framed.embedding(frame), local)
        return names
