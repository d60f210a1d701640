"""What a dozen kept objects are worth: nano before and after it was adapted to them.

    python benchmarks/adapting.py FOLDER [--objects 12] [--model nano] [--source NAME ...]

FOLDER holds folders of pairs NAME_image.tif and NAME_labels.tif (`unseen_sources.py` writes such
ones). Of every source objects are taken from the first half of its planes, or from half of the
objects of its only plane; what is measured are objects of the rest, which the adapted model never
saw: neither to learn from nor to decide whether it is better.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter

import numpy as np

from napari_samwise.learn.adapt import LEAST_OBJECTS, adapt
from napari_samwise.learn.adapt_examples import with_only
from napari_samwise.learn.corpus import LabelledPlane, all_planes
from napari_samwise.learn.evaluate import Protocol, evaluate_planes, objects_to_score
from napari_samwise.predictor.predictor import Predictor
from napari_samwise.weights.adapted import put_on
from napari_samwise.weights.load import load_model

MOST_TESTED = 60
PROTOCOL = Protocol(most_objects=MOST_TESTED, baselines=False)


def divide(
    planes: Sequence[LabelledPlane], count: int, rng: np.random.Generator
) -> tuple[list[LabelledPlane], list[LabelledPlane]]:
    """Return planes with the objects that are kept, and with those that are measured."""
    every = [(k, label) for k, plane in enumerate(planes) for label in objects_to_score(plane)]
    every = [every[k] for k in rng.permutation(len(every))]
    if len(planes) > 1:
        first = [one for one in every if one[0] < len(planes) // 2]
        rest = [one for one in every if one[0] >= len(planes) // 2]
    else:
        first, rest = every[: len(every) // 2], every[len(every) // 2 :]
    return with_only(planes, first[:count]), with_only(planes, rest[:MOST_TESTED])


def measure(predictor: Predictor, planes: Sequence[LabelledPlane]) -> tuple[float, ...]:
    """Return the mean IoU of one click, three clicks, the best of three, and a box."""
    found = [
        (one.clicks[0], one.clicks[2], one.best_of_three, one.box)
        for score in evaluate_planes(predictor, planes, PROTOCOL)
        for one in score.objects
    ]
    return tuple(np.mean(found, axis=0).tolist())


def row(name: str, count: int, numbers: Sequence[float], more: str = "") -> str:
    """Return a line of the table."""
    pairs = zip(numbers[:4], numbers[4:], strict=True)
    cells = "  ".join(f"{before:.2f} {after:.2f}" for before, after in pairs)
    return f"{name:12} {count:5}   {cells}   {more}"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--objects", type=int, default=12)
    parser.add_argument("--model", default="nano")
    parser.add_argument("--source", action="append")
    asked = parser.parse_args()
    by_source: dict[str, list[LabelledPlane]] = {}
    for plane in all_planes(asked.folder):
        if asked.source is None or plane.source in asked.source:
            by_source.setdefault(plane.source, []).append(plane)
    print("source       tested  1 click    3 clicks   best of 3  box         (before, after)")
    means = []
    for source, planes in by_source.items():
        kept, tested = divide(planes, asked.objects, np.random.default_rng(0))
        if sum(len(plane.scored or ()) for plane in kept) < LEAST_OBJECTS:
            print(f"{source:12} has too few objects")
            continue
        base = Predictor(load_model(asked.model))
        before = measure(base, tested)
        started = perf_counter()
        done = adapt(kept, asked.model, store=base.store)
        seconds = perf_counter() - started
        put_on(base.model, done.weights)
        numbers = (*before, *measure(base, tested))
        means.append(numbers)
        count = sum(len(plane.scored or ()) for plane in tested)
        told = f"{seconds:.0f} s" + ("" if done.is_better else ", would be dropped")
        print(row(source, count, numbers, told), flush=True)
    print(row("mean", len(means), np.mean(means, axis=0).tolist()))


if __name__ == "__main__":
    main()
