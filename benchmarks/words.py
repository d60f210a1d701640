"""What a noun keeps of everything that is found, on images that nano did not train on.

python benchmarks/words.py DATA [--model nano] [--every 8]

DATA is the folder of labelled images whose split is in ``learn/split.json``. For every held-back
source whose objects have one word: precision and recall at IoU 0.5, and AP = TP / (TP + FP + FN),
of everything mode and of ``segment_text`` with that word; and which share of what everything mode
finds is kept by other nouns, in the mean.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from napari_samwise import Predictor, load_model, segment_everything, segment_text
from napari_samwise.learn.corpus import LabelledPlane, planes
from napari_samwise.learn.evaluate import AS_IT_IS, objects_to_score
from napari_samwise.learn.everything_score import count_matches
from napari_samwise.learn.split import fixed_split

OTHERS = ("nucleus", "cell", "bacterium", "mitochondrion", "vessel", "vertebra", "chloroplast")


@dataclass(slots=True)
class Tally:
    """Matches at IoU 0.5 of everything mode and of the noun, and what other nouns keep."""

    everything: list[int] = field(default_factory=lambda: [0, 0, 0])
    text: list[int] = field(default_factory=lambda: [0, 0, 0])
    found: int = 0
    kept_by_others: list[float] = field(default_factory=list)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--model", default="nano")
    parser.add_argument("--every", type=int, default=8, help="of a stack every so many planes")
    arguments = parser.parse_args()
    predictor = Predictor(load_model(arguments.model))
    words = fixed_split().words
    tallies: dict[str, Tally] = defaultdict(Tally)
    for plane in planes(arguments.data, "held_back", arguments.every):
        if plane.source in words:
            measure(plane, words[plane.source], predictor, tallies[plane.source])
    print(
        "| source | noun | objects | everything P / R / AP | noun P / R / AP | other nouns keep |"
    )
    print("| --- | --- | --- | --- | --- | --- |")
    for source, tally in sorted(tallies.items()):
        objects = tally.everything[0] + tally.everything[2]
        others = float(np.mean(tally.kept_by_others)) if tally.kept_by_others else 0.0
        print(
            f"| {source} | {words[source]} | {objects} | {rates(tally.everything)} "
            f"| {rates(tally.text)} | {others:.2f} |"
        )


def measure(plane: LabelledPlane, word: str, predictor: Predictor, tally: Tally) -> None:
    """Add one plane."""
    ids = objects_to_score(plane)
    found = segment_everything(plane.image, predictor, "YXC", intensity=AS_IT_IS)
    named = segment_text(plane.image, word, predictor, "YXC", intensity=AS_IT_IS)
    for labels, sums in ((found, tally.everything), (named, tally.text)):
        matches = count_matches(plane.labels, labels, ids)
        right = matches.matched[0]
        for index, value in enumerate((right, matches.found - right, matches.truth - right)):
            sums[index] += value
    total = int(found.max())
    for other in OTHERS:
        if total and other != word and other in predictor.model.vocabulary:
            kept = segment_text(plane.image, other, predictor, "YXC", intensity=AS_IT_IS)
            tally.kept_by_others.append(int(kept.max()) / total)


def rates(sums: list[int]) -> str:
    """Return precision, recall and AP."""
    right, wrong, missed = sums
    return (
        f"{right / max(right + wrong, 1):.2f} / {right / max(right + missed, 1):.2f} / "
        f"{right / max(right + wrong + missed, 1):.2f}"
    )


if __name__ == "__main__":
    main()
