"""Scores as CSV, one line an object or one line a source."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from napari_samwise.learn.scores import ModelResult, ObjectScore
from napari_samwise.learn.summary import Summary

_OBJECT_IOUS = ("best_of_three", "box", "predicted_iou", "flood", "otsu")


def write_objects(path: Path, results: Sequence[ModelResult]) -> None:
    """Write one line an object and model, with the IoU of every prompt.

    Parameters
    ----------
    path : Path
        Ends in .csv; its folder exists.
    results : sequence of ModelResult
        Of the same protocol.
    """
    clicks = max((len(score.clicks) for result in results for score in result.objects), default=0)
    titles = [*(f"click_{count + 1}" for count in range(clicks)), *_OBJECT_IOUS, "decode_ms"]
    lines = [
        [result.name, score.source, score.plane, score.object_id, score.area, *_numbers(score)]
        for result in results
        for score in result.objects
    ]
    _write(path, ["model", "source", "plane", "object_id", "area_px", *titles], lines)


def write_summary(path: Path, summaries: Mapping[str, Sequence[Summary]]) -> None:
    """Write one line a model, source and measure, with its 95 % confidence interval.

    Parameters
    ----------
    path : Path
        Ends in .csv; its folder exists.
    summaries : mapping of str to sequence of Summary
        By model.
    """
    lines = [
        [model, row.source, row.objects, title, *(f"{number:.4f}" for number in numbers)]
        for model, tables in summaries.items()
        for table in tables
        for row in table.rows
        for title, *numbers in zip(table.columns, row.values, row.low, row.high, strict=True)
    ]
    _write(path, ["model", "source", "objects", "measure", "mean", "ci95_low", "ci95_high"], lines)


def _numbers(score: ObjectScore) -> list[str]:
    ious = (*score.clicks, *(getattr(score, name) for name in _OBJECT_IOUS))
    return [*(f"{value:.4f}" for value in ious), f"{score.decode_ms:.2f}"]


def _write(path: Path, titles: Sequence[str], lines: Iterable[Sequence[object]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(titles)
        writer.writerows(lines)
