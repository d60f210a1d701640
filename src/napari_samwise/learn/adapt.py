"""Fitting the decoder of a model to objects that its user has kept.

What a click means is a habit of a field, and of a data set: the nucleus or the cell, the bacterium
or the colony. A dozen objects tell. The encoder stays as it is, so every embedding that is kept
stays good, and a step costs little more than a few prompts. Some objects are put aside and not
learned from: they tell what was gained, by the protocol of ``evaluate``.
"""

from __future__ import annotations

import copy
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from napari_samwise.errors import InputError
from napari_samwise.learn.adapt_examples import crop_planes, with_only
from napari_samwise.learn.adapt_fit import Steps, count_scored, fit_decoder
from napari_samwise.learn.adaptation import Adaptation, AdaptOptions, AdaptScores
from napari_samwise.learn.corpus import LabelledPlane
from napari_samwise.learn.evaluate import (
    SMALLEST_AREA_PX,
    Protocol,
    evaluate_planes,
    objects_to_score,
)
from napari_samwise.model.base import SegmentationModel
from napari_samwise.model.nano import Nano
from napari_samwise.model.sam import Sam
from napari_samwise.predictor.predictor import Predictor
from napari_samwise.predictor.store import EmbeddingStore
from napari_samwise.weights.adapted import AdaptedWeights, decoder_state, read_adapted
from napari_samwise.weights.adapted_models import find_adapted
from napari_samwise.weights.load import load_model
from napari_samwise.weights.registry import CHECKPOINTS

LEAST_OBJECTS = 8
"""Fewer can't both be learned from and tell what was gained."""
_FEWEST_ASIDE = 3


def adapt(
    planes: Iterable[LabelledPlane],
    base: str | os.PathLike[str] = "nano",
    options: AdaptOptions | None = None,
    *,
    model: SegmentationModel | None = None,
    device: str = "auto",
    store: EmbeddingStore | None = None,
    progress: Callable[[int, int], None] | None = None,
    should_stop: Callable[[], bool] = lambda: False,
) -> Adaptation:
    """Fit the decoder of a model to labelled objects.

    Parameters
    ----------
    planes : iterable of LabelledPlane
        Not everything in them must be labelled. Of large planes crops around the objects are used.
    base : str or path-like
        What ``load_model`` takes: a published model, a file of weights, or an adapted model to go
        on with.
    options : AdaptOptions, optional
        How to adapt.
    model : SegmentationModel, optional
        The base, if it is loaded already; it stays as it is.
    device : str
        Where to compute, as ``load_model`` takes it, if it is not.
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
        If there are fewer than 8 objects of at least 25 pixels, or the model has no decoder that
        could be adapted.
    Cancelled
        If ``should_stop`` returned True.
    """
    options = options or AdaptOptions()
    if model is None:
        model = load_model(base, device=device)
    if not isinstance(model, Nano | Sam):
        raise InputError(f"{str(base)!r} has no decoder that can be adapted; choose nano.")
    rng = np.random.default_rng(options.seed)
    chosen = _draw(crop_planes(planes, model.whole_px), rng, options.most_planes)
    learned, aside = _divide(chosen, rng, options)
    teacher = Predictor(model, store=store)
    student = _with_own_decoder(model)
    total = options.steps_for(count_scored(learned)) + 2 * len(aside)
    steps = Steps(progress, should_stop, total)
    before = _measure(teacher, aside, steps)
    fit_decoder(student, teacher, learned, rng, options, steps)
    weights = _weights_of(student, base, options, before)
    after = _measure(Predictor(student, store=teacher.store), aside, steps)
    counts = {"learned": count_scored(learned), "aside": count_scored(aside)}
    notes = {**weights.notes, **counts, "after": asdict(after)}
    return Adaptation(replace(weights, notes=notes), before, after, *counts.values())


def _with_own_decoder(model: Nano | Sam) -> Nano | Sam:
    """Return a copy that shares all but the decoder: an encoder may take gigabytes."""
    shared = {id(part): part for name, part in model.named_children() if name != model.decoder_part}
    return copy.deepcopy(model, memo=shared)


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
    return with_only(planes, order[count:]), with_only(planes, order[:count])


def _measure(predictor: Predictor, planes: Sequence[LabelledPlane], steps: Steps) -> AdaptScores:
    most = max(count_scored([plane]) for plane in planes)
    protocol = Protocol(most_objects=most, baselines=False)
    scores = []
    for plane in planes:
        steps.step()
        for found in evaluate_planes(predictor, [plane], protocol):
            scores += [(one.clicks[0], one.clicks[2], one.box) for one in found.objects]
    return AdaptScores(*(float(value) for value in np.mean(scores, axis=0)))


def _weights_of(
    student: Nano | Sam,
    base: str | os.PathLike[str],
    options: AdaptOptions,
    before: AdaptScores,
) -> AdaptedWeights:
    """Take the decoder out of the student, in half precision, in which it goes on, too."""
    root = os.fspath(find_adapted(base))
    if root not in CHECKPOINTS:
        path = Path(root).expanduser().absolute()
        earlier = read_adapted(path)
        root = str(path) if earlier is None else earlier.base
    tensors = {name: t.half().cpu() for name, t in decoder_state(student).items()}
    student.load_state_dict(dict(tensors), strict=False)
    made = datetime.now(UTC).isoformat(timespec="seconds")
    notes = {"made": made, "options": asdict(options), "before": asdict(before)}
    adapted = AdaptedWeights(root, student.digest, tensors, notes)
    student.adaptation = adapted.digest
    return adapted
