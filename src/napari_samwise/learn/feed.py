"""The endless stream of training batches."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from torch.utils.data import IterableDataset, get_worker_info

from napari_samwise.learn.batch import Batch, assemble
from napari_samwise.learn.corpus import LabelledPlane
from napari_samwise.learn.crops import Crop, random_crop
from napari_samwise.learn.scenes import make_scene
from napari_samwise.learn.source_sampler import SourceSampler

_Picture = tuple[NDArray[np.uint8], NDArray[np.int32]]


@dataclass(frozen=True, slots=True)
class FeedOptions:
    """What a batch is made of.

    Parameters
    ----------
    images : int
        Windows in a batch.
    objects : int
        Prompted objects a window, at most.
    synthetic : float
        Share of windows that show a scene; all of them without real planes.
    box : float
        Share of objects whose first prompt is a box; the others get a click.
    scene_px : int
        Side of a scene.
    scene_reuse : int
        How many windows are cut from one scene, on average.
    """

    images: int = 12
    objects: int = 3
    synthetic: float = 0.6
    box: float = 0.25
    scene_px: int = 256
    scene_reuse: int = 4


class Feed(IterableDataset[Batch]):
    """Batches of scenes and real windows, seeded.

    Parameters
    ----------
    real : sequence of LabelledPlane
        Real planes, drawn by ``SourceSampler``.
    options : FeedOptions
        What a batch is made of.
    seed : int
        With the number of the worker process it decides the whole stream.
    """

    def __init__(self, real: Sequence[LabelledPlane], options: FeedOptions, seed: int) -> None:
        self.options = options
        self.seed = seed
        self.real = SourceSampler(real)

    def __iter__(self) -> Iterator[Batch]:
        """Yield batches without end."""
        info = get_worker_info()
        rng = np.random.default_rng([self.seed, info.id if info else 0])
        scenes: list[_Picture] = []
        while True:
            yield self._batch(rng, scenes)

    def _batch(self, rng: np.random.Generator, scenes: list[_Picture]) -> Batch:
        crops: list[Crop] = []
        while len(crops) < self.options.images:
            crop = random_crop(rng, *self._picture(rng, scenes))
            if crop is not None:
                crops.append(crop)
        return assemble(rng, crops, objects=self.options.objects, box=self.options.box)

    def _picture(self, rng: np.random.Generator, scenes: list[_Picture]) -> _Picture:
        """Draw a real plane or one of the latest scenes, of which ``scenes`` is a pool."""
        if self.real and rng.random() >= self.options.synthetic:
            plane = self.real.draw(rng)
            return plane.image, plane.labels
        keep = 4 * self.options.images
        if len(scenes) < keep or rng.random() < 1 / self.options.scene_reuse:
            scene = make_scene(int(rng.integers(2**62)), self.options.scene_px)
            scenes.append((scene.image, scene.labels))
            del scenes[:-keep]
            return scenes[-1]
        return scenes[rng.integers(len(scenes))]
