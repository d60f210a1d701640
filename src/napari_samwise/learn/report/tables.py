"""Scores as CSV, one line an object or one line a source."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple
from pathlib import Path

from napari_samwise.learn.calibration import Calibration
from napari_samwise.learn.scores import ModelResult, ObjectScore
from napari_samwise.learn.summary import Summary, cost, costs_by_source

_OBJECT_IOUS = ("best_of_three", "box", "flood", "otsu")
_SUMMARY_TITLES = ("source", "objects", "measure", "mean", "ci95_low", "ci95_high")


def write_objects(path: Path, results: Sequence[ModelResult]) -> None:
    """Write one line an object and model, with the true and predicted IoU of every prompt.

    Parameters
    ----------
    path : Path
        Ends in .csv; its folder exists.
    results : sequence of ModelResult
        Of the same protocol.
    """
    clicks = max((len(score.clicks) for result in results for score in result.objects), default=0)
    titles = [
        *(f"click_{count + 1}" for count in range(clicks)),
        *_OBJECT_IOUS,
        *(f"predicted_click_{count + 1}" for count in range(clicks)),
        "predicted_box",
        "decode_ms",
    ]
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
        [model, *line]
        for model, tables in summaries.items()
        for table in tables
        for line in _summary_lines(table)
    ]
    _write(path, ["model", *_SUMMARY_TITLES], lines)


def write_costs(path: Path, results: Sequence[ModelResult]) -> None:
    """Write one line a model and source, with the median times in milliseconds.

    Parameters
    ----------
    path : Path
        Ends in .csv; its folder exists.
    results : sequence of ModelResult
        Any.
    """
    lines = [
        [
            result.name,
            result.runs_on,
            source,
            planes,
            *(f"{value:.2f}" for value in astuple(took)),
        ]
        for result in results
        for source, (planes, took) in costs_by_source(result.planes).items()
    ]
    titles = ["model", "runs_on", "source", "planes", "encode_ms", "decode_ms", "everything_ms"]
    _write(path, titles, lines)


def write_totals(path: Path, results: Sequence[ModelResult]) -> None:
    """Write one line a model: how much it was asked, and what that took in all.

    Parameters
    ----------
    path : Path
        Ends in .csv; its folder exists.
    results : sequence of ModelResult
        Any; the peak memory is left empty where it is unknown.
    """
    lines = [
        [
            result.name,
            result.runs_on,
            len(result.planes),
            len(result.objects),
            *(f"{value:.2f}" for value in astuple(cost(result.planes))),
            "" if result.peak_memory is None else result.peak_memory // 2**20,
            f"{result.seconds:.1f}",
        ]
        for result in results
    ]
    titles = ["model", "runs_on", "planes", "objects", "encode_ms", "decode_ms", "everything_ms"]
    _write(path, [*titles, "peak_mib", "seconds"], lines)


def write_calibrations(path: Path, models: Mapping[str, Mapping[str, Calibration]]) -> None:
    """Write one line a model, kind of prompt and tenth of predicted IoU.

    Parameters
    ----------
    path : Path
        Ends in .csv; its folder exists.
    models : mapping of str to mapping of str to Calibration
        By model and kind of prompt.
    """
    lines = [
        [
            model,
            prompt,
            *(f"{value:.4f}" for value in (found.error, found.correlation)),
            *(one.low, one.high, one.objects),
            *(f"{value:.4f}" for value in (one.predicted, one.true)),
        ]
        for model, prompts in models.items()
        for prompt, found in prompts.items()
        for one in found.bins
    ]
    titles = ["model", "prompt", "expected_calibration_error", "correlation"]
    _write(path, [*titles, "from", "below", "objects", "predicted_iou", "true_iou"], lines)


def write_invariance(path: Path, models: Mapping[str, Mapping[str, Summary]]) -> None:
    """Write one line a model, kind of prompt, source and change of the image.

    Parameters
    ----------
    path : Path
        Ends in .csv; its folder exists.
    models : mapping of str to mapping of str to Summary
        By model and kind of prompt, from ``summarise_invariance``.
    """
    lines = [
        [model, prompt, *line]
        for model, prompts in models.items()
        for prompt, table in prompts.items()
        for line in _summary_lines(table)
    ]
    _write(path, ["model", "prompt", *_SUMMARY_TITLES], lines)


def _summary_lines(table: Summary) -> list[list[object]]:
    return [
        [row.source, row.objects, title, *(f"{number:.4f}" for number in numbers)]
        for row in table.rows
        for title, *numbers in zip(table.columns, row.values, row.low, row.high, strict=True)
    ]


def _numbers(score: ObjectScore) -> list[str]:
    true = (*score.clicks, *(getattr(score, name) for name in _OBJECT_IOUS))
    ious = (*true, *score.predicted_clicks, score.predicted_box)
    return [*(f"{value:.4f}" for value in ious), f"{score.decode_ms:.2f}"]


def _write(path: Path, titles: Sequence[str], lines: Iterable[Sequence[object]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(titles)
        writer.writerows(lines)
