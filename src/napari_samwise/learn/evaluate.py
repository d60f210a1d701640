"""How well a model answers clicks and boxes, by a fixed protocol.

First click at the object's deepest point; every next click at the deepest point of the larger
error, with the last mask fed back. The mask that counts is the one the model itself ranks first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from statistics import median
from time import perf_counter

import numpy as np
import torch

from napari_samwise.intensity import Intensity
from napari_samwise.learn.baselines import flood_from_click, otsu_in_box, watershed_everything
from napari_samwise.learn.clicks import (
    BoolImage,
    box_prompt,
    deepest_point,
    error_point,
    tight_box,
)
from napari_samwise.learn.corpus import LabelledPlane
from napari_samwise.learn.everything_score import count_matches
from napari_samwise.learn.scores import CLICKS, EverythingScore, ObjectScore, PlaneScore
from napari_samwise.predictor.embedding import Embedding
from napari_samwise.predictor.prediction import Prediction
from napari_samwise.predictor.predictor import Predictor
from napari_samwise.prompts import Prompts
from napari_samwise.segment.everything.generate import segment_everything

SMALLEST_AREA_PX = 25

AS_IT_IS = Intensity("window", (0.0,), (255.0,), True)

Watch = Callable[[LabelledPlane, ObjectScore, BoolImage, tuple[int, int]], None]
"""Called with the plane, the score, the mask of the first click, and that (row, column)."""


@dataclass(frozen=True, slots=True)
class Protocol:
    """What is asked of a model.

    Parameters
    ----------
    clicks : int
        So many clicks an object, ``CLICKS`` or more.
    most_objects : int
        So many objects a plane are prompted, evenly over their ids.
    everything : bool
        Also segment every plane without prompts.
    baselines : bool
        Also ask the classical tools about every object; their scores are NaN otherwise.
    """

    clicks: int = CLICKS
    most_objects: int = 25
    everything: bool = False
    baselines: bool = True


def evaluate(
    predictor: Predictor,
    planes: Iterable[LabelledPlane],
    *,
    most_objects: int = 25,
    progress: Callable[[str], None] | None = None,
) -> Iterator[ObjectScore]:
    """Prompt the objects of every plane and yield their scores alone.

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
    protocol = Protocol(most_objects=most_objects)
    for score in evaluate_planes(predictor, planes, protocol, progress=progress):
        yield from score.objects


def evaluate_planes(
    predictor: Predictor,
    planes: Iterable[LabelledPlane],
    protocol: Protocol,
    *,
    watch: Watch | None = None,
    progress: Callable[[str], None] | None = None,
) -> Iterator[PlaneScore]:
    """Run the protocol on every plane that has something to score.

    Parameters
    ----------
    predictor : Predictor
        The model under test.
    planes : iterable of LabelledPlane
        What to test on.
    protocol : Protocol
        What is asked.
    watch : callable, optional
        Shown the answer to the first click on every object.
    progress : callable, optional
        Called with each plane's name.
    """
    for plane in planes:
        if progress is not None:
            progress(plane.name)
        ids = objects_to_score(plane)
        # In everything mode, what is found on an empty plane is wrong, and counts.
        if not ids and not (protocol.everything and plane.scored is None):
            continue
        embedding, encode_ms = _encode(predictor, plane)
        scores = []
        for identity in spread_evenly(ids, protocol.most_objects):
            score, mask, start = _score(predictor, embedding, plane, identity, protocol)
            scores.append(score)
            if watch is not None:
                watch(plane, score, mask, start)
        everything = _score_everything(predictor, plane, ids) if protocol.everything else None
        yield PlaneScore(plane.source, plane.name, encode_ms, tuple(scores), everything)


def objects_to_score(plane: LabelledPlane) -> list[int]:
    """Return the ids of the objects that are large enough and may be scored, ascending."""
    ids, areas = np.unique(plane.labels, return_counts=True)
    return [
        int(identity)
        for identity, area in zip(ids, areas, strict=True)
        if identity > 0
        and area >= SMALLEST_AREA_PX
        and (plane.scored is None or int(identity) in plane.scored)
    ]


def spread_evenly(ids: Sequence[int], most: int) -> list[int]:
    """Return at most so many of the ids, evenly over them."""
    step = max(1.0, len(ids) / most)
    return [ids[int(k * step)] for k in range(min(len(ids), most))]


def iou(a: BoolImage, b: BoolImage) -> float:
    """Return intersection over union; 1 if both are empty."""
    union = int(np.count_nonzero(a | b))
    return int(np.count_nonzero(a & b)) / union if union else 1.0


def _score(
    predictor: Predictor,
    embedding: Embedding,
    plane: LabelledPlane,
    identity: int,
    protocol: Protocol,
) -> tuple[ObjectScore, BoolImage, tuple[int, int]]:
    """Return the score of one object, its mask after the first click, and where that was."""
    truth = plane.labels == identity
    start = deepest_point(truth)
    user = _User(predictor, embedding, truth)
    first = user.click_through(start, protocol.clicks)
    boxed = user.ask(Prompts(box=box_prompt(truth)), keep=1)
    flood = otsu = float("nan")
    if protocol.baselines:
        flood = iou(flood_from_click(plane.image, start), truth)
        otsu = iou(otsu_in_box(plane.image, tight_box(truth)), truth)
    score = ObjectScore(
        source=plane.source,
        plane=plane.name,
        object_id=identity,
        area=int(truth.sum()),
        clicks=tuple(user.ious),
        best_of_three=max(iou(mask, truth) for mask in first.masks),
        box=iou(boxed.masks[0], truth),
        predicted_clicks=tuple(user.predicted_ious),
        predicted_box=float(boxed.scores[0]),
        flood=flood,
        otsu=otsu,
        decode_ms=median(user.milliseconds),
    )
    return score, first.masks[0], start


class _User:
    """Somebody patient who knows the object; the lists fill as they click."""

    def __init__(self, predictor: Predictor, embedding: Embedding, truth: BoolImage) -> None:
        self.ious: list[float] = []
        self.predicted_ious: list[float] = []
        self.milliseconds: list[float] = []
        self._predictor = predictor
        self._embedding = embedding
        self._truth = truth

    def ask(self, prompts: Prompts, keep: int | None = None) -> Prediction:
        """Decode, and note how long it took."""
        started = perf_counter()
        prediction = self._predictor.decode(self._embedding, prompts, keep=keep)
        self.milliseconds.append(1000 * (perf_counter() - started))
        return prediction

    def click_through(self, start: tuple[int, int], clicks: int) -> Prediction:
        """Click so often, note what was got and promised, and return the answer to the first."""
        first = prediction = self.ask(Prompts(points=[start]))
        points, labels = [start], [1]
        self._note(prediction)
        while len(self.ious) < clicks:
            click = error_point(self._truth, prediction.masks[0])
            if click is None:
                self._note(prediction)
                continue
            points.append(click[0])
            labels.append(click[1])
            prompts = Prompts(points=points, labels=labels, mask=prediction.logits[0])
            prediction = self.ask(prompts, keep=1)
            self._note(prediction)
        return first

    def _note(self, prediction: Prediction) -> None:
        self.ious.append(iou(prediction.masks[0], self._truth))
        self.predicted_ious.append(float(prediction.scores[0]))


def _encode(predictor: Predictor, plane: LabelledPlane) -> tuple[Embedding, float]:
    """Return the embedding, and the milliseconds until it was there."""
    started = perf_counter()
    embedding = predictor.encode(plane.image, intensity=AS_IT_IS)
    if predictor.model.device.type == "cuda":
        torch.cuda.synchronize(predictor.model.device)
    return embedding, 1000 * (perf_counter() - started)


def _score_everything(
    predictor: Predictor, plane: LabelledPlane, ids: list[int]
) -> EverythingScore:
    started = perf_counter()
    found = segment_everything(plane.image, predictor, "YXC", intensity=AS_IT_IS)
    milliseconds = 1000 * (perf_counter() - started)
    watershed = watershed_everything(plane.image)
    return EverythingScore(
        model=count_matches(plane.labels, found, ids),
        watershed=count_matches(plane.labels, watershed, ids),
        milliseconds=milliseconds,
    )
