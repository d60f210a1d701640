"""Fitting the decoder of ``nano`` to objects that its user has kept.

What a click means is a habit of a field, and of a data set: the nucleus or the cell, the bacterium
or the colony. A dozen objects tell. The encoder stays as it is, so every embedding that is kept
stays good, and a step costs little more than a few prompts. Some objects are put aside and not
learned from: they tell what was gained, by the protocol of ``evaluate``.
"""

from __future__ import annotations

import copy
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from napari_samwise.errors import Cancelled, InputError
from napari_samwise.learn.adapt_examples import crop_planes
from napari_samwise.learn.adapt_lesson import Lesson
from napari_samwise.learn.clicks import (
    box_prompt,
    deepest_point,
    random_error_point,
    random_point,
)
from napari_samwise.learn.corpus import LabelledPlane
from napari_samwise.learn.evaluate import (
    AS_IT_IS,
    SMALLEST_AREA_PX,
    Protocol,
    evaluate_planes,
    objects_to_score,
)
from napari_samwise.model.nano import Nano
from napari_samwise.predictor.predictor import Predictor
from napari_samwise.predictor.store import EmbeddingStore
from napari_samwise.prompts import Prompts
from napari_samwise.weights.adapted import PART, AdaptedWeights, read_adapted
from napari_samwise.weights.adapted_models import adapted_models
from napari_samwise.weights.load import load_model
from napari_samwise.weights.registry import CHECKPOINTS

LEAST_OBJECTS = 8
"""Fewer can't both be learned from and tell what was gained."""
_LEAST_GAIN = 0.005
_LEAST_STEPS = 60
_FEWEST_ASIDE = 3


@dataclass(frozen=True, slots=True)
class AdaptOptions:
    """How to adapt.

    Parameters
    ----------
    steps : int, optional
        Steps of the optimiser; by default 60, or for more than 120 objects half of their number.
    prompts : int
        Objects that are prompted in a step.
    learning_rate : float
        Of AdamW; it rises over ten steps and falls to zero over the last three fifths.
    box : float
        Share of prompts that begin with a box; the others begin with a click.
    corrections : float
        Share of prompts after which an error is clicked, with the mask fed back.
    choice : float
        Weight of the IoU that a softmax over all candidates' predicted IoU would win.
    aside : float
        Share of the objects that are not learned from.
    most_objects, most_planes : int
        So many are taken, at random.
    seed : int
        Of every choice.
    """

    steps: int | None = None
    prompts: int = 3
    learning_rate: float = 5e-4
    box: float = 0.25
    corrections: float = 0.4
    choice: float = 0.5
    aside: float = 0.25
    most_objects: int = 240
    most_planes: int = 48
    seed: int = 0

    def steps_for(self, objects: int) -> int:
        """Return the steps for so many objects to learn from."""
        return self.steps or max(_LEAST_STEPS, objects // 2)


@dataclass(frozen=True, slots=True)
class AdaptScores:
    """Mean IoU on the objects that were put aside.

    Parameters
    ----------
    one_click, three_clicks, box : float
        By the protocol of ``evaluate``.
    """

    one_click: float
    three_clicks: float
    box: float

    @property
    def mean(self) -> float:
        """The mean of the three."""
        return (self.one_click + self.three_clicks + self.box) / 3


@dataclass(frozen=True, slots=True, eq=False)
class Adaptation:
    """An adapted decoder, and what it is good for.

    Parameters
    ----------
    weights : AdaptedWeights
        To be written by ``write_adapted``.
    before, after : AdaptScores
        Of the base and of the adapted model.
    learned, aside : int
        How many objects were learned from and put aside.
    """

    weights: AdaptedWeights
    before: AdaptScores
    after: AdaptScores
    learned: int
    aside: int

    @property
    def is_better(self) -> bool:
        """Whether it is worth keeping: the mean of the scores rose, and one click did not fall."""
        gain = self.after.mean - self.before.mean
        return gain > _LEAST_GAIN and self.after.one_click >= self.before.one_click


def adapt(
    planes: Iterable[LabelledPlane],
    base: str | os.PathLike[str] = "nano",
    options: AdaptOptions | None = None,
    *,
    device: str = "auto",
    store: EmbeddingStore | None = None,
    progress: Callable[[int, int], None] | None = None,
    should_stop: Callable[[], bool] = lambda: False,
) -> Adaptation:
    """Fit the decoder of ``nano`` to labelled objects.

    Parameters
    ----------
    planes : iterable of LabelledPlane
        Not everything in them must be labelled. Of large planes crops around the objects are used.
    base : str or path-like
        ``"nano"``, weights of one's own that ``train`` wrote, or an adapted model to go on with.
    options : AdaptOptions, optional
        How to adapt.
    device : str
        Where to compute, as ``load_model`` takes it.
    store : EmbeddingStore, optional
        Keeps embeddings; what is in it is not encoded again.
    progress : callable, optional
        Called with (done, total).
    should_stop : callable
        Asked between steps.

    Returns
    -------
    Adaptation
        Whether it is better must be asked.

    Raises
    ------
    InputError
        If there are fewer than 8 objects of at least 25 pixels, or the model is another one than
        ``nano``.
    Cancelled
        If ``should_stop`` returned True.
    """
    options = options or AdaptOptions()
    model = load_model(base, device=device)
    if not isinstance(model, Nano):
        raise InputError(f"Only nano can be adapted, got {str(base)!r}; choose nano.")
    rng = np.random.default_rng(options.seed)
    chosen = _draw(crop_planes(planes), rng, options.most_planes)
    learned, aside = _divide(chosen, rng, options)
    teacher = Predictor(model, store=store)
    student = copy.deepcopy(model)
    total = options.steps_for(_count(learned)) + 2 * len(aside)
    steps = _Steps(progress, should_stop, total)
    before = _measure(teacher, aside, steps)
    _fit(student, teacher, learned, rng, options, steps)
    weights = _weights_of(student, base, options, before)
    after = _measure(Predictor(student, store=teacher.store), aside, steps)
    counts = {"learned": _count(learned), "aside": _count(aside)}
    notes = {**weights.notes, **counts, "after": asdict(after)}
    return Adaptation(replace(weights, notes=notes), before, after, *counts.values())


class _Steps:
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


def _draw(
    planes: Iterable[LabelledPlane], rng: np.random.Generator, most: int
) -> list[LabelledPlane]:
    """Choose planes at random while they go by, for all may not fit into memory."""
    # Vitter 1985, Random sampling with a reservoir, algorithm R.
    kept: list[LabelledPlane] = []
    for index, plane in enumerate(planes):
        if len(kept) < most:
            kept.append(plane)
        elif (place := int(rng.integers(index + 1))) < most:
            kept[place] = plane
    return kept


def _divide(
    planes: Sequence[LabelledPlane], rng: np.random.Generator, options: AdaptOptions
) -> tuple[list[LabelledPlane], list[LabelledPlane]]:
    """Return the planes with the objects to learn from, and with those put aside."""
    every = [
        (index, label) for index, plane in enumerate(planes) for label in objects_to_score(plane)
    ]
    if len(every) < LEAST_OBJECTS:
        raise InputError(
            f"Adapting needs {LEAST_OBJECTS} objects or more, of at least {SMALLEST_AREA_PX} "
            f"pixels, got {len(every)}; keep some more first."
        )
    order = [every[k] for k in rng.permutation(len(every))[: options.most_objects]]
    count = max(_FEWEST_ASIDE, round(options.aside * len(order)))
    return _only(planes, order[count:]), _only(planes, order[:count])


def _only(
    planes: Sequence[LabelledPlane], chosen: Iterable[tuple[int, int]]
) -> list[LabelledPlane]:
    by_plane: dict[int, set[int]] = {}
    for index, label in chosen:
        by_plane.setdefault(index, set()).add(label)
    return [
        replace(planes[index], scored=frozenset(ids)) for index, ids in sorted(by_plane.items())
    ]


def _count(planes: Iterable[LabelledPlane]) -> int:
    return sum(len(plane.scored or ()) for plane in planes)


def _measure(predictor: Predictor, planes: Sequence[LabelledPlane], steps: _Steps) -> AdaptScores:
    protocol = Protocol(most_objects=max(len(plane.scored or ()) for plane in planes))
    scores = []
    for plane in planes:
        steps.step()
        for found in evaluate_planes(predictor, [plane], protocol):
            scores += [(one.clicks[0], one.clicks[2], one.box) for one in found.objects]
    return AdaptScores(*(float(value) for value in np.mean(scores, axis=0)))


def _weights_of(
    student: Nano,
    base: str | os.PathLike[str],
    options: AdaptOptions,
    before: AdaptScores,
) -> AdaptedWeights:
    """Take the decoder out of the student, in half precision, in which it goes on, too."""
    root = os.fspath(base)
    path = adapted_models().get(root, Path(root).expanduser())
    earlier = read_adapted(path) if root not in CHECKPOINTS else None
    if earlier is not None:
        root = earlier.base
    elif root not in CHECKPOINTS:
        root = str(path.absolute())
    state = student.state_dict()
    tensors = {name: t.half().cpu() for name, t in state.items() if name.startswith(PART)}
    student.load_state_dict(dict(tensors), strict=False)
    made = datetime.now(UTC).isoformat(timespec="seconds")
    notes = {"made": made, "options": asdict(options), "before": asdict(before)}
    adapted = AdaptedWeights(root, student.digest, tensors, notes)
    student.adaptation = adapted.digest
    return adapted


def _fit(
    student: Nano,
    teacher: Predictor,
    planes: Sequence[LabelledPlane],
    rng: np.random.Generator,
    options: AdaptOptions,
    steps: _Steps,
) -> None:
    """Teach the decoder of the student, in place."""
    student.requires_grad_(False)
    parameters = list(student.decoder.parameters())
    for parameter in parameters:
        parameter.requires_grad_(True)
    optimiser = torch.optim.AdamW(parameters, lr=options.learning_rate)
    objects = _endless(planes, rng)
    count = options.steps_for(_count(planes))
    for step in range(count):
        steps.step()
        for group in optimiser.param_groups:
            group["lr"] = options.learning_rate * _warmth(step, count)
        optimiser.zero_grad(set_to_none=True)
        for _ in range(options.prompts):
            plane, label = next(objects)
            # The store has it, unless there are too many of them.
            features = teacher.encode(plane.image, intensity=AS_IT_IS).features
            lesson = Lesson(student, features, plane.labels == label, options.choice)
            loss = _prompt(lesson, rng, options)
            torch.autograd.backward(loss / options.prompts)
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimiser.step()
    student.requires_grad_(False)


def _prompt(lesson: Lesson, rng: np.random.Generator, options: AdaptOptions) -> Tensor:
    """Prompt an object as a user would, and perhaps correct what comes; return the loss."""
    truth = lesson.truth
    if rng.random() < options.box:
        return lesson.ask(Prompts(box=box_prompt(truth)), first=True).loss
    start = deepest_point(truth) if rng.random() < 0.5 else random_point(rng, truth)
    answer = lesson.ask(Prompts(points=[start], labels=[1]), first=True)
    click = random_error_point(rng, truth, answer.mask)
    if click is None or rng.random() >= options.corrections:
        return answer.loss
    (place, label), mask = click, answer.low_res_logits
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
