"""Objects with their words, as the word head of ``nano`` meets them.

In use it names what everything mode has found. So it learns from that, too: what was found and is
no object at all has no word. True masks are among the examples, so that there are enough.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import ndimage as ndi
from torch import Tensor

from napari_samwise.geometry.boxed_mask import BoxedMask
from napari_samwise.learn.corpus import LabelledPlane
from napari_samwise.learn.evaluate import AS_IT_IS, SMALLEST_AREA_PX
from napari_samwise.learn.scenes import make_scene
from napari_samwise.learn.source_sampler import SourceSampler
from napari_samwise.model.nano import Nano
from napari_samwise.predictor.predictor import Predictor
from napari_samwise.segment.everything.generate import segment_everything

NO_WORD = ""
"""The word of what is no object."""

_RIGHT_IOU, _WRONG_IOU = 0.5, 0.1
_SEARCHED = 0.4
"""In so many planes everything is looked for."""
_INCOMPLETE = ("ct_", "mr_", "xray_", "em_", "still_life", "rock")
"""Kinds of scenes in which not everything that may be taken for an object is labelled."""


@dataclass(frozen=True, slots=True, eq=False)
class NamedPlane:
    """A plane, and what the objects in it are called.

    Parameters
    ----------
    image : ndarray
        `(Y, X, 3)` uint8.
    labels : ndarray
        `(Y, X)` int32, 0 is background.
    words : mapping of int to str
        The word of each label.
    is_complete : bool
        Whether what is not labelled is no object.
    """

    image: NDArray[np.uint8]
    labels: NDArray[np.int32]
    words: Mapping[int, str]
    is_complete: bool


@dataclass(frozen=True, slots=True, eq=False)
class WordExample:
    """One object as the word head sees it.

    Parameters
    ----------
    seen : Tensor
        `(F,)` float32, from ``describe_objects``.
    word : str
        What it is called; ``NO_WORD`` if it is no object.
    plane : int
        Number of its plane; objects of one plane resemble each other.
    """

    seen: Tensor
    word: str
    plane: int


def named_planes(
    real: SourceSampler,
    words: Mapping[str, str],
    rng: np.random.Generator,
    numbers: Iterable[int],
    synthetic: float,
    first_seed: int,
) -> Iterator[NamedPlane]:
    """Yield scenes, and real planes of sources whose objects have one word.

    Parameters
    ----------
    real : SourceSampler
        Training images.
    words : mapping of str to str
        Source -> what its objects are called; the images of others are passed over.
    rng : Generator
        Source of every choice.
    numbers : iterable of int
        One plane each; the seeds of scenes follow from them.
    synthetic : float
        Share of scenes; 1 without real planes.
    first_seed : int
        Of the scenes.
    """
    for index in numbers:
        if real and rng.random() >= synthetic:
            plane = real.draw(rng)
            if plane.source in words:
                yield name_plane(plane, words[plane.source])
            continue
        scene = make_scene(first_seed + index, int(rng.choice((256, 384))))
        is_complete = not scene.kind.startswith(_INCOMPLETE)
        yield NamedPlane(scene.image, scene.labels, scene.classes, is_complete)


def name_plane(plane: LabelledPlane, word: str) -> NamedPlane:
    """Call every object of a plane by the same word."""
    ids = [int(label) for label in np.unique(plane.labels) if label]
    return NamedPlane(plane.image, plane.labels, dict.fromkeys(ids, word), is_complete=True)


def collect_examples(
    model: Nano, planes: Iterable[NamedPlane], rng: np.random.Generator, objects: int
) -> Iterator[WordExample]:
    """Describe objects of whole planes, and on some planes what everything mode finds.

    Parameters
    ----------
    model : Nano
        In evaluation mode, with or without a word head.
    planes : iterable of NamedPlane
        Training images or scenes.
    rng : Generator
        Source of every choice.
    objects : int
        At most so many true objects a plane, and as many that were found.
    """
    predictor = Predictor(model)
    for index, plane in enumerate(planes):
        embedding = predictor.encode(plane.image, intensity=AS_IT_IS)
        chosen = dict(_true_objects(plane, rng, objects))
        pairs = [(mask, plane.words[label]) for label, mask in chosen.items()]
        if rng.random() < _SEARCHED:
            found = segment_everything(plane.image, predictor, "YXC", intensity=AS_IT_IS)
            pairs += list(_found_objects(plane, found, rng, objects))
        if pairs:
            with torch.inference_mode():
                seen = model.describe_objects(
                    embedding.features, embedding.image_size, [mask for mask, _ in pairs]
                )
            for row, (_, word) in zip(seen, pairs, strict=True):
                yield WordExample(row.cpu().clone(), word, index)


def boxed_objects(labels: NDArray[np.int32]) -> Iterator[tuple[int, BoxedMask]]:
    """Yield (label, mask) of the objects of a plane, ascending."""
    for number, box in enumerate(ndi.find_objects(labels), start=1):
        if box is not None:
            offset = [part.start for part in box]
            yield number, BoxedMask.from_mask(labels[box] == number, offset)


def _true_objects(
    plane: NamedPlane, rng: np.random.Generator, most: int
) -> Iterator[tuple[int, BoxedMask]]:
    large = [pair for pair in boxed_objects(plane.labels) if pair[1].area >= SMALLEST_AREA_PX]
    for index in rng.permutation(len(large))[:most]:
        yield large[index]


def _found_objects(
    plane: NamedPlane, found: NDArray[np.int32], rng: np.random.Generator, most: int
) -> Iterator[tuple[BoxedMask, str]]:
    """Yield what was found with the word of the object that it is, or with none."""
    areas = np.bincount(plane.labels.ravel())
    masks = [mask for _, mask in boxed_objects(found)]
    for index in rng.permutation(len(masks))[:most]:
        mask = masks[index]
        under = np.bincount(plane.labels[mask.roi.slices][mask.inside], minlength=2)
        label = int(under[1:].argmax()) + 1
        shared = int(under[label])
        overlap = shared / (mask.area + int(areas[label]) - shared) if shared else 0.0
        if overlap >= _RIGHT_IOU:
            yield mask, plane.words[label]
        elif overlap < _WRONG_IOU and plane.is_complete:
            yield mask, NO_WORD
