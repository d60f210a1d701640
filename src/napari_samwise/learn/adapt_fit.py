"""The steps by which a decoder learns from objects that are known."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np
import torch
from torch import Tensor

from napari_samwise.errors import Cancelled
from napari_samwise.learn.adapt_lesson import Lesson
from napari_samwise.learn.adapt_lesson_nano import NanoLesson
from napari_samwise.learn.adapt_lesson_sam import SamLesson
from napari_samwise.learn.adaptation import AdaptOptions
from napari_samwise.learn.clicks import (
    BoolImage,
    box_prompt,
    deepest_point,
    random_error_point,
    random_point,
)
from napari_samwise.learn.corpus import LabelledPlane
from napari_samwise.learn.evaluate import AS_IT_IS, objects_to_score
from napari_samwise.model.nano import Nano
from napari_samwise.model.sam import Sam
from napari_samwise.predictor.predictor import Predictor
from napari_samwise.prompts import Prompts

NANO_RATE, SAM_RATE = 5e-4, 1e-4
"""Learning rates. The decoder of SAM is four times as large, and learned from a billion masks."""


class Steps:
    """Progress, and whether to go on."""

    def __init__(
        self,
        progress: Callable[[int, int], None] | None,
        should_stop: Callable[[], bool],
        total: int,
    ) -> None:
        self._progress, self._should_stop = progress, should_stop
        self._done, self._total = 0, total

    def step(self) -> None:
        """Count a step; stop if that is wanted."""
        if self._should_stop():
            raise Cancelled("Adapting was stopped; the model is as it was.")
        self._done += 1
        if self._progress is not None:
            self._progress(self._done, self._total)


def count_scored(planes: Sequence[LabelledPlane]) -> int:
    """Return how many objects are scored."""
    return sum(len(plane.scored or ()) for plane in planes)


def fit_decoder(
    student: Nano | Sam,
    teacher: Predictor,
    planes: Sequence[LabelledPlane],
    rng: np.random.Generator,
    options: AdaptOptions,
    steps: Steps,
) -> None:
    """Teach the decoder of the student, in place.

    Parameters
    ----------
    student : Nano or Sam
        Only its decoder changes.
    teacher : Predictor
        Encodes as the student would.
    planes : sequence of LabelledPlane
        With the objects to learn from.
    rng : Generator
        Source of every choice.
    options : AdaptOptions
        How to adapt.
    steps : Steps
        Told of every step.
    """
    student.requires_grad_(False)
    parameters = list(student.get_submodule(student.decoder_part).parameters())
    for parameter in parameters:
        parameter.requires_grad_(True)
    rate = options.learning_rate or _rate_of(student)
    optimiser = torch.optim.AdamW(parameters, lr=rate)
    objects = _endless(planes, rng)
    count = options.steps_for(count_scored(planes))
    for step in range(count):
        steps.step()
        for group in optimiser.param_groups:
            group["lr"] = rate * _warmth(step, count)
        optimiser.zero_grad(set_to_none=True)
        for _ in range(options.prompts):
            plane, label = next(objects)
            # The store has it, unless there are too many of them.
            features = teacher.encode(plane.image, intensity=AS_IT_IS).features
            lesson = _lesson(student, features, plane.labels == label, options.choice)
            loss = _prompt(lesson, rng, options)
            torch.autograd.backward(loss / options.prompts)
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimiser.step()
    student.requires_grad_(False)


def _lesson(
    student: Nano | Sam, features: Mapping[str, Tensor], truth: BoolImage, choice: float
) -> Lesson:
    if isinstance(student, Nano):
        return NanoLesson(student, features, truth, choice)
    return SamLesson(student, features, truth, choice)


def _rate_of(student: Nano | Sam) -> float:
    return NANO_RATE if isinstance(student, Nano) else SAM_RATE


def _prompt(lesson: Lesson, rng: np.random.Generator, options: AdaptOptions) -> Tensor:
    """Prompt an object as a user would, and perhaps correct what comes; return the loss."""
    truth = lesson.truth
    if rng.random() < options.box:
        return lesson.ask(Prompts(box=box_prompt(truth)), first=True).loss
    start = deepest_point(truth) if rng.random() < 0.5 else random_point(rng, truth)
    answer = lesson.ask(Prompts(points=[start], labels=[1]), first=True)
    if rng.random() >= options.corrections:
        return answer.loss
    click = random_error_point(rng, truth, answer.mask())
    if click is None:
        return answer.loss
    (place, label), mask = click, answer.low_res_logits()
    corrected = Prompts(points=[start, place], labels=[1, label], mask=mask)
    return (answer.loss + lesson.ask(corrected, first=False).loss) / 2


def _warmth(step: int, steps: int) -> float:
    return min(1.0, (step + 1) / 10, (steps - step) / (0.6 * steps))


def _endless(
    planes: Sequence[LabelledPlane], rng: np.random.Generator
) -> Iterator[tuple[LabelledPlane, int]]:
    """Yield all objects in a random order, over and over."""
    every = [(plane, label) for plane in planes for label in objects_to_score(plane)]
    while True:
        for index in rng.permutation(len(every)):
            yield every[index]
