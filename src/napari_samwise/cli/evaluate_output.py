"""What ``napari-samwise evaluate`` prints."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import isnan
from pathlib import Path

from napari_samwise.cli.table import format_table
from napari_samwise.errors import InputError
from napari_samwise.io.atomic import replacing
from napari_samwise.learn.report.tables import write_objects
from napari_samwise.learn.scores import ModelResult, PlaneScore
from napari_samwise.learn.summary import (
    Summary,
    cost,
    prompt_measures,
    score_correlation,
    summarise,
    summarise_everything,
)

_MIB = 2**20


def summaries_of(result: ModelResult) -> list[Summary]:
    """Return the table of prompts and, if it was asked for, that of everything mode."""
    tables = [_summarise_prompts(result.planes), summarise_everything(result.planes)]
    return [table for table in tables if table.rows]


def format_results(results: Sequence[ModelResult]) -> str:
    """Return the tables of all models: by source, confidence intervals, and cost."""
    tables = [_by_source("mean IoU", results, _summarise_prompts)]
    intervals = [_intervals("95 % interval", results, _summarise_prompts)]
    if any(plane.everything is not None for plane in results[0].planes):
        tables.append(_by_source("everything mode", results, summarise_everything))
        intervals.append(_intervals("95 % interval", results, summarise_everything))
    return "\n\n".join([*tables, *intervals, _costs(results)])


def write_csv(path: Path, results: Sequence[ModelResult]) -> None:
    """Write one line an object and model, whole or not at all.

    Raises
    ------
    InputError
        The place cannot be written to.
    """
    with replacing(path) as temporary:
        write_objects(temporary, results)


def make_folder(path: Path) -> None:
    """Make a folder, and those it lies in, unless it is there.

    Raises
    ------
    InputError
        If it cannot be made.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = error.strerror or str(error)
        raise InputError(
            f"The folder '{path}' cannot be made: {reason}; choose another place."
        ) from error


def _summarise_prompts(planes: Sequence[PlaneScore]) -> Summary:
    clicks = max((len(score.clicks) for plane in planes for score in plane.objects), default=0)
    return summarise(planes, prompt_measures(clicks))


def _by_source(
    title: str, results: Sequence[ModelResult], summary: Callable[[Sequence[PlaneScore]], Summary]
) -> str:
    """Return the rows of all models, source by source."""
    tables = [summary(result.planes) for result in results]
    rows = [
        (row.source, result.name, row.objects, *row.values)
        for of_source in zip(*(table.rows for table in tables), strict=True)
        for result, row in zip(results, of_source, strict=True)
    ]
    return format_table((title, "model", "objects", *tables[0].columns), rows)


def _intervals(
    title: str, results: Sequence[ModelResult], summary: Callable[[Sequence[PlaneScore]], Summary]
) -> str:
    """Return the intervals of the means over sources, one row a model."""
    tables = [summary(result.planes) for result in results]
    rows = [
        (
            table.rows[-1].source,
            result.name,
            *(
                f"{low:.2f}-{high:.2f}"
                for low, high in zip(table.rows[-1].low, table.rows[-1].high, strict=True)
            ),
        )
        for result, table in zip(results, tables, strict=True)
    ]
    return format_table((title, "model", *tables[0].columns), rows)


def _costs(results: Sequence[ModelResult]) -> str:
    header = (
        "median ms",
        "runs on",
        "encode",
        "prompt",
        "everything",
        "peak MiB",
        "total s",
        "r of predicted IoU",
    )
    rows = []
    for result in results:
        took = cost(result)
        peak = "-" if result.peak_memory is None else result.peak_memory // _MIB
        everything = "-" if isnan(took.everything_ms) else round(took.everything_ms)
        rows.append(
            (
                result.name,
                result.runs_on,
                round(took.encode_ms, 1),
                round(took.decode_ms, 1),
                everything,
                peak,
                round(result.seconds),
                score_correlation(result.objects),
            )
        )
    return format_table(header, rows)
