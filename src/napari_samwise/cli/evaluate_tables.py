"""Scores of several models as tables for a terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isnan

from napari_samwise.cli.table import format_table
from napari_samwise.learn.calibration import BINS, Calibration
from napari_samwise.learn.scores import ModelResult
from napari_samwise.learn.summary import Cost, Summary, cost, costs_by_source

_MIB = 2**20


def format_means(title: str, models: Mapping[str, Summary]) -> str:
    """Return the rows of all models, source by source.

    Parameters
    ----------
    title : str
        Of the first column.
    models : mapping of str to Summary
        By model, of the same sources.
    """
    rows = [
        (row.source, model, row.objects, *row.values)
        for of_source in zip(*(table.rows for table in models.values()), strict=True)
        for model, row in zip(models, of_source, strict=True)
    ]
    return format_table((title, "model", "objects", *_columns(models)), rows)


def format_intervals(title: str, models: Mapping[str, Summary]) -> str:
    """Return the intervals of the means over sources, one row a model."""
    rows = [
        (
            table.rows[-1].source,
            model,
            *(
                f"{low:.2f}-{high:.2f}"
                for low, high in zip(table.rows[-1].low, table.rows[-1].high, strict=True)
            ),
        )
        for model, table in models.items()
    ]
    return format_table((title, "model", *_columns(models)), rows)


def format_changes(title: str, models: Mapping[str, Summary]) -> str:
    """Return rows as ``format_means``, all numbers but the first as differences with a sign."""
    rows = [
        (row.source, model, row.objects, row.values[0], *(f"{v:+.3f}" for v in row.values[1:]))
        for of_source in zip(*(table.rows for table in models.values()), strict=True)
        for model, row in zip(models, of_source, strict=True)
    ]
    return format_table((title, "model", "objects", *_columns(models)), rows)


def format_calibrations(models: Mapping[str, Mapping[str, Calibration]]) -> str:
    """Return one row a kind of prompt and model: errors, and true IoU by tenths of predicted IoU.

    Parameters
    ----------
    models : mapping of str to mapping of str to Calibration
        By model and kind of prompt.
    """
    rows = [
        (
            prompt,
            model,
            found.objects,
            found.predicted,
            found.true,
            found.error,
            _or_dash(found.correlation),
            *(_or_dash(one.true) for one in found.bins),
        )
        for prompt in next(iter(models.values()))
        for model, found in ((model, prompts[prompt]) for model, prompts in models.items())
    ]
    tenths = [f"{low / BINS:.1f}-{(low + 1) / BINS:.1f}" for low in range(BINS)]
    header = ("predicted IoU", "model", "objects", "predicted", "true", "error", "r", *tenths)
    return format_table(header, rows)


def format_times(results: Sequence[ModelResult]) -> str:
    """Return the median times by source, one row a model."""
    by_model = {result.name: costs_by_source(result.planes) for result in results}
    rows = [
        (source, model, planes, *_times(took))
        for source in next(iter(by_model.values()))
        for model, (planes, took) in ((name, found[source]) for name, found in by_model.items())
    ]
    return format_table(("median ms", "model", "planes", "encode", "prompt", "everything"), rows)


def format_costs(results: Sequence[ModelResult]) -> str:
    """Return what the models took in all, one row a model."""
    header = ("median ms", "runs on", "encode", "prompt", "everything", "peak MiB", "total s")
    rows = [
        (
            result.name,
            result.runs_on,
            *_times(cost(result.planes)),
            "-" if result.peak_memory is None else result.peak_memory // _MIB,
            round(result.seconds),
        )
        for result in results
    ]
    return format_table(header, rows)


def _times(took: Cost) -> tuple[object, ...]:
    return (
        round(took.encode_ms, 1),
        _or_dash(round(took.decode_ms, 1)),
        _or_dash(round(took.everything_ms, 1)),
    )


def _or_dash(value: float) -> object:
    return "-" if isnan(value) else value


def _columns(models: Mapping[str, Summary]) -> tuple[str, ...]:
    return next(iter(models.values())).columns
