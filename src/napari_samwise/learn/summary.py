"""Scores of many objects as one row a source, and as a file."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from napari_samwise.learn.evaluate import CLICKS, ObjectScore

COLUMNS = ("1 click", "3 clicks", "5 clicks", "best of 3", "box", "flood", "Otsu")
"""Titles of the numbers of a row."""


@dataclass(frozen=True, slots=True)
class SourceSummary:
    """Mean IoU over the objects of one source, or the mean of such rows over sources.

    Parameters
    ----------
    source : str
        The folder.
    objects : int
        How many objects were scored.
    values : tuple of float
        One mean IoU for each of ``COLUMNS``.
    """

    source: str
    objects: int
    values: tuple[float, ...]


def summarise(scores: Iterable[ObjectScore]) -> list[SourceSummary]:
    """Return one row a source, by name, and last the mean over sources."""
    by_source: dict[str, list[ObjectScore]] = {}
    for score in scores:
        by_source.setdefault(score.source, []).append(score)
    rows = [
        SourceSummary(source, len(found), _mean([_values(score) for score in found]))
        for source, found in sorted(by_source.items())
    ]
    if rows:
        objects = sum(row.objects for row in rows)
        rows.append(SourceSummary("mean over sources", objects, _mean([r.values for r in rows])))
    return rows


def score_correlation(scores: Sequence[ObjectScore]) -> float:
    """Return Pearson's r of predicted and true IoU of the first click; NaN if undefined."""
    promised = np.array([score.predicted_iou for score in scores])
    true = np.array([score.clicks[0] for score in scores])
    if len(scores) < 2 or promised.std() == 0 or true.std() == 0:
        return float("nan")
    return float(np.corrcoef(promised, true)[0, 1])


def write_scores(path: Path, scores: Iterable[ObjectScore]) -> None:
    """Write one line an object as CSV, with the IoU of every prompt."""
    path.parent.mkdir(parents=True, exist_ok=True)
    clicks = [f"click_{k + 1}" for k in range(CLICKS)]
    ious = [*clicks, "best_of_three", "box", "predicted_iou", "flood", "otsu"]
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["source", "plane", "object_id", "area_px", *ious])
        for s in scores:
            values = (*s.clicks, s.best_of_three, s.box, s.predicted_iou, s.flood, s.otsu)
            rounded = [f"{value:.4f}" for value in values]
            writer.writerow([s.source, s.plane, s.object_id, s.area, *rounded])


def _values(score: ObjectScore) -> tuple[float, ...]:
    """Return the numbers of ``COLUMNS``."""
    first, third, fifth = score.clicks[0], score.clicks[2], score.clicks[4]
    return (first, third, fifth, score.best_of_three, score.box, score.flood, score.otsu)


def _mean(rows: Sequence[tuple[float, ...]]) -> tuple[float, ...]:
    return tuple(float(value) for value in np.mean(rows, axis=0))
