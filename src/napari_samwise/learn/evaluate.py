"""How well a model answers clicks and boxes, by a fixed protocol.

First click at the object's deepest point; every next click at the deepest point of the larger
error, with the last mask fed back. The mask that counts is the one the model itself ranks first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from napari_samwise.intensity import Intensity
from napari_samwise.learn.baselines import flood_from_click, otsu_in_box
from napari_samwise.learn.clicks import (
    BoolImage,
    box_prompt,
    deepest_point,
    error_point,
    tight_box,
)
from napari_samwise.learn.corpus import LabelledPlane
from napari_samwise.predictor.embedding import Embedding
from napari_samwise.predictor.predictor import Predictor
from napari_samwise.prompts import Prompts

CLICKS = 5
SMALLEST_AREA_PX = 25

_AS_IT_IS = Intensity("window", (0.0,), (255.0,), True)


@dataclass(frozen=True, slots=True)
class ObjectScore:
    """How one object went.

    Parameters
    ----------
    source, plane : str
        Where it is.
    object_id : int
        Its label.
    area : int
        In pixels.
    clicks : tuple of float
        IoU after 1, 2, ... clicks.
    best_of_three : float
        IoU of the best candidate of the first click.
    box : float
        IoU for the tight box.
    predicted_iou : float
        What the model promised for the first click.
    flood, otsu : float
        IoU of the classical tools.
    """

    source: str
    plane: str
    object_id: int
    area: int
    clicks: tuple[float, ...]
    best_of_three: float
    box: float
    predicted_iou: float
    flood: float
    otsu: float


def evaluate(
    predictor: Predictor,
    planes: Iterable[LabelledPlane],
    *,
    most_objects: int = 25,
    progress: Callable[[str], None] | None = None,
) -> Iterator[ObjectScore]:
    """Prompt the objects of every plane and yield their scores.

    Parameters
    ----------
    predictor : Predictor
        The model under test.
    planes : iterable of LabelledPlane
        What to test on.
    most_objects : int
        So many objects a plane, evenly over their ids.
    progress : callable, optional
        Called with each plane's name.
    """
    for plane in planes:
        if progress is not None:
            progress(plane.name)
        ids = _objects(plane)
        if not ids:
            continue
        step = max(1.0, len(ids) / most_objects)
        chosen = [ids[int(k * step)] for k in range(min(len(ids), most_objects))]
        embedding = predictor.encode(plane.image, intensity=_AS_IT_IS)
        for identity in chosen:
            yield score_object(predictor, embedding, plane, identity)


def score_object(
    predictor: Predictor, embedding: Embedding, plane: LabelledPlane, identity: int
) -> ObjectScore:
    """Run the protocol on one object.

    Parameters
    ----------
    predictor : Predictor
        The model under test.
    embedding : Embedding
        Of the plane's image.
    plane : LabelledPlane
        Where the object is.
    identity : int
        Its label.
    """
    truth = plane.labels == identity
    start, box = deepest_point(truth), tight_box(truth)
    ious, best_of_three, promised = _click(predictor, embedding, truth, start)
    boxed = predictor.decode(embedding, Prompts(box=box_prompt(truth)), keep=1).masks[0]
    return ObjectScore(
        source=plane.source,
        plane=plane.name,
        object_id=identity,
        area=int(truth.sum()),
        clicks=ious,
        best_of_three=best_of_three,
        box=iou(boxed, truth),
        predicted_iou=promised,
        flood=iou(flood_from_click(plane.image, start), truth),
        otsu=iou(otsu_in_box(plane.image, box), truth),
    )


def iou(a: BoolImage, b: BoolImage) -> float:
    """Return intersection over union; 1 if both are empty."""
    union = int(np.count_nonzero(a | b))
    return int(np.count_nonzero(a & b)) / union if union else 1.0


def _click(
    predictor: Predictor, embedding: Embedding, truth: BoolImage, start: tuple[int, int]
) -> tuple[tuple[float, ...], float, float]:
    """Return the IoU after each click, and of the first its best candidate's and predicted IoU."""
    first = prediction = predictor.decode(embedding, Prompts(points=[start]))
    points, labels = [start], [1]
    ious = [iou(prediction.masks[0], truth)]
    while len(ious) < CLICKS:
        click = error_point(truth, prediction.masks[0])
        if click is None:
            ious.append(ious[-1])
            continue
        points.append(click[0])
        labels.append(click[1])
        prompts = Prompts(points=points, labels=labels, mask=prediction.logits[0])
        prediction = predictor.decode(embedding, prompts, keep=1)
        ious.append(iou(prediction.masks[0], truth))
    best_of_three = max(iou(mask, truth) for mask in first.masks)
    return tuple(ious), best_of_three, float(first.scores[0])


def _objects(plane: LabelledPlane) -> list[int]:
    """Return the ids of the objects that are large enough and may be scored, ascending."""
    ids, areas = np.unique(plane.labels, return_counts=True)
    return [
        int(identity)
        for identity, area in zip(ids, areas, strict=True)
        if identity > 0
        and area >= SMALLEST_AREA_PX
        and (plane.scored is None or int(identity) in plane.scored)
    ]
