"""Carrying the object in work through the slices, in a job's thread."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from napari_samwise.geometry.boxed_mask import BoxedMask
from napari_samwise.plugin.encoder_hooks import watched
from napari_samwise.plugin.stacks.bench import Post
from napari_samwise.plugin.stacks.filled import Filled
from napari_samwise.plugin.stacks.scene import Scene
from napari_samwise.plugin.worker import Ticket

_LABEL = 1


@dataclass(frozen=True, slots=True)
class FoundSlice:
    """What was found on one slice: the object there, and how sure it is."""

    index: int
    mask: BoxedMask
    confidence: float


@dataclass(frozen=True, slots=True)
class FillJob:
    """Carries an object from the slices where it has changed.

    Parameters
    ----------
    scene : Scene
        The image.
    filled : Filled
        The object so far, with the changed masks among those given.
    changed : frozenset of int
        The given slices to carry from; in each direction as far as the next given slice, or as
        far as something changes.
    """

    scene: Scene
    filled: Filled
    changed: frozenset[int]

    def run(self, ticket: Ticket, post: Post) -> Filled:
        """Post each slice as it is found; return all, or what there is when it was stopped.

        Raises
        ------
        Cancelled
            If it was stopped before anything was found.
        InputError
            If the model or the image cannot be used.
        """
        # Torch takes seconds to import.
        from napari_samwise.segment.volume.correct import correct_volume
        from napari_samwise.segment.volume.result import Volume

        seen = self.scene.open(ticket)
        source, filled = self.scene.frame.source, self.filled
        way, shape = filled.way, source.shape
        image = way.substack(source.data)
        size = way.size(shape)
        labels = np.zeros(image.shape[:3], dtype=np.int32)
        slices = np.moveaxis(labels, way.axes.index(way.along), 0)
        for index, mask in filled.masks.items():
            slices[index][mask.roi.slices][mask.inside] = _LABEL
        trusted = frozenset(filled.given) - self.changed
        volume = Volume(
            labels, {_LABEL: dict(filled.confidence)}, {_LABEL: trusted}, {_LABEL: ()}, "Z", True
        )

        def tell(label: int, index: int, mask: np.ndarray, confidence: float) -> None:
            post(FoundSlice(index, BoxedMask.from_mask(mask), confidence))

        with watched(seen.predictor.model, None, ticket.should_stop):
            done = correct_volume(
                image,
                volume,
                _LABEL,
                {index: _whole(filled.given[index], size) for index in self.changed},
                model=seen.predictor,
                axes=way.names(rgb=source.rgb),
                barriers=filled.barriers,
                intensity=seen.intensity,
                scale=self.scene.scale_of(way),
                on_slice=tell,
                progress=ticket.report,
                should_stop=ticket.should_stop,
            )
        confidence = dict(done.confidence[_LABEL])
        masks = {index: BoxedMask.from_mask(slices[index] == _LABEL) for index in confidence}
        return replace(filled, masks=masks, confidence=confidence)


def _whole(mask: BoxedMask, size: tuple[int, int]) -> np.ndarray:
    whole = np.zeros(size, dtype=np.bool_)
    whole[mask.roi.slices] = mask.inside
    return whole
