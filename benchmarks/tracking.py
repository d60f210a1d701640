"""Follow objects through a labelled movie and compare with its labels.

python benchmarks/tracking.py MOVIE LABELS [--lineage man_track.txt] [--model nano]
python benchmarks/tracking.py --colony

MOVIE is (T, Y, X); in LABELS an object has one id on all frames. Three ways: labels of the first
frame carried on, everything mode on each frame and linked, and LABELS themselves with their ids
shuffled on each frame and linked. Where the Cell Tracking Challenge's table of tracks is given,
divisions are compared with it too. --colony fetches a movie of bacteria that divide.
"""

from __future__ import annotations

import argparse
import itertools
from collections import defaultdict
from pathlib import Path
from time import perf_counter

import bacteria_images
import numpy as np
import pooch

from napari_samwise import Predictor, track
from napari_samwise.io.read import read_image
from napari_samwise.segment.tracking.linking import link_labels
from napari_samwise.segment.tracking.regions import regions_of
from napari_samwise.segment.tracking.tracks import Tracks

Divisions = dict[tuple[int, int], list[int]]
"""First frame of the daughters and id of the mother -> ids of the daughters."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("movie", nargs="?")
    parser.add_argument("labels", nargs="?")
    parser.add_argument("--colony", action="store_true")
    parser.add_argument("--model", default="nano")
    parser.add_argument("--least-area", type=int, default=150)
    parser.add_argument("--lineage", type=Path, help="id, first and last frame, mother: a row each")
    arguments = parser.parse_args()
    if arguments.colony:
        movie, truth, lineage = bacteria_images.colony(pooch.os_cache("napari-samwise-benchmarks"))
    elif arguments.labels:
        movie = read_image(arguments.movie, axes="TYX").data
        truth = read_image(arguments.labels, axes="TYX").data[:]
        truth, lineage = without_small(truth, arguments.least_area), arguments.lineage
    else:
        parser.error("give a movie and its labels, or --colony")
    predictor = Predictor(arguments.model)
    true = {} if lineage is None else read_divisions(lineage, len(truth))

    started = perf_counter()
    carried = track(movie, truth[0], predictor, axes="TYX")
    report("labels of frame 0 carried", carried, truth, true, started)
    print("  IoU by frame, nothing carried:", row(still(truth)))
    print("  IoU by frame, carried:        ", row(iou_by_frame(carried, truth)))
    started = perf_counter()
    report("everything, linked", track(movie, None, predictor, axes="TYX"), truth, true, started)
    started = perf_counter()
    report("the labels, shuffled and linked", link_labels(shuffled(truth)), truth, true, started)


def without_small(labels: np.ndarray, least_area: int) -> np.ndarray:
    kept = labels.astype(np.int32)
    for frame in kept:
        for label, region in regions_of(frame).items():
            if region.area < least_area:
                frame[frame == label] = 0
    return kept


def shuffled(labels: np.ndarray) -> np.ndarray:
    generator = np.random.default_rng(0)
    mixed = np.zeros_like(labels)
    for t, frame in enumerate(labels):
        ids = np.unique(frame[frame > 0])
        for label, number in zip(ids, generator.permutation(len(ids)) + 1, strict=True):
            mixed[t][frame == label] = number
    return mixed


def report(name: str, tracks: Tracks, truth: np.ndarray, true: Divisions, started: float) -> None:
    seconds = perf_counter() - started
    right, found, total = count_links(tracks, truth)
    print(
        f"{name}: {right} of {total} links right ({right / total:.1%}), "
        f"{right / max(found, 1):.1%} of the {found} whose two ends were found; "
        f"{len(tracks.spans)} tracks, {len(tracks.graph) // 2} divisions, {seconds:.1f} s"
    )
    if true:
        right = count_divisions(tracks, truth, true)
        print(f"  {right} of {len(true)} divisions right")


def read_divisions(path: Path, frames: int) -> Divisions:
    daughters = defaultdict(list)
    for row in path.read_text().splitlines():
        label, first, _, mother = map(int, row.split())
        if mother and first < frames:
            daughters[first, mother].append(label)
    return {key: pair for key, pair in daughters.items() if len(pair) == 2}


def count_divisions(tracks: Tracks, truth: np.ndarray, true: Divisions) -> int:
    """Count those of which the mother and both daughters are found and nothing else is said."""
    found = defaultdict(set)
    for daughter, (mother, *_) in tracks.graph.items():
        found[tracks.spans[daughter][0], mother].add(daughter)
    owners = [owner_of_each(*pair) for pair in zip(truth, tracks.labels, strict=True)]
    right = 0
    for (t, mother), pair in true.items():
        daughters = {owners[t].get(label, 0) for label in pair}
        right += 0 not in daughters and found[t, owners[t - 1].get(mother, 0)] == daughters
    return right


def count_links(tracks: Tracks, truth: np.ndarray) -> tuple[int, int, int]:
    """Count links right, with both ends found (IoU over 0.5), and all, of the truth."""
    owners = [owner_of_each(*pair) for pair in zip(truth, tracks.labels, strict=True)]
    right = found = total = 0
    for before, after in itertools.pairwise(owners):
        for label in before.keys() & after.keys():
            total += 1
            if before[label] and after[label]:
                found += 1
                right += before[label] == after[label]
    return right, found, total


def owner_of_each(truth: np.ndarray, labels: np.ndarray) -> dict[int, int]:
    """Return true id -> id of the track with IoU over 0.5, or 0."""
    tracked = regions_of(labels)
    owners = {}
    for label, region in regions_of(truth).items():
        here = np.unique(labels[truth == label]).tolist()
        owners[label] = next((i for i in here if i and region.overlap(tracked[i]) > 0.5), 0)
    return owners


def iou_by_frame(tracks: Tracks, truth: np.ndarray) -> list[float]:
    """Return the mean IoU on each frame over the objects of frame 0 that are on it."""
    first = set(regions_of(truth[0]))
    means = []
    for of_truth, of_tracks in zip(truth, tracks.labels, strict=True):
        true, tracked = regions_of(of_truth), regions_of(of_tracks)
        ious = [
            region.overlap(tracked[label]) if label in tracked else 0.0
            for label, region in true.items()
            if label in first
        ]
        means.append(float(np.mean(ious)) if ious else float("nan"))
    return means


def still(truth: np.ndarray) -> list[float]:
    return iou_by_frame(Tracks.from_labels(np.repeat(truth[:1], len(truth), axis=0)), truth)


def row(values: list[float]) -> str:
    return " ".join(f"{value:.2f}" for value in values if value == value)


if __name__ == "__main__":
    main()
