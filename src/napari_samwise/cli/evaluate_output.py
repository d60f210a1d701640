"""What ``napari-samwise evaluate`` prints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from napari_samwise.atomic import replacing
from napari_samwise.cli.evaluate_tables import (
    format_calibrations,
    format_changes,
    format_costs,
    format_intervals,
    format_means,
    format_times,
)
from napari_samwise.errors import InputError
from napari_samwise.learn.calibration import Calibration, calibrations
from napari_samwise.learn.invariance import SMALLEST_SIDE_PX, summarise_invariance
from napari_samwise.learn.report.tables import write_objects
from napari_samwise.learn.scores import ModelResult, PlaneScore
from napari_samwise.learn.summary import (
    Summary,
    prompt_measures,
    summarise,
    summarise_everything,
)


def summaries_of(result: ModelResult) -> list[Summary]:
    """Return the table of prompts and, if it was asked for, that of everything mode."""
    tables = [_summarise_prompts(result.planes), summarise_everything(result.planes)]
    return [table for table in tables if table.rows]


def calibrations_of(results: Sequence[ModelResult]) -> dict[str, Mapping[str, Calibration]]:
    """Return by model and kind of prompt how predicted and true IoU agree."""
    return {result.name: calibrations(result.objects) for result in results}


def invariance_of(results: Sequence[ModelResult]) -> dict[str, dict[str, Summary]]:
    """Return by model and kind of prompt what changing the images changes."""
    return {result.name: summarise_invariance(result.invariance) for result in results}


def format_results(results: Sequence[ModelResult], *, invariance: bool) -> str:
    """Return the tables of all models: scores by source, intervals, calibration, and cost.

    Parameters
    ----------
    results : sequence of ModelResult
        Of the same planes and protocol, with at least one object.
    invariance : bool
        Whether the images were changed, too.
    """
    prompts = {result.name: _summarise_prompts(result.planes) for result in results}
    tables = [format_means("mean IoU", prompts)]
    intervals = [format_intervals("95 % interval", prompts)]
    if any(plane.everything is not None for plane in results[0].planes):
        everything = {result.name: summarise_everything(result.planes) for result in results}
        tables.append(format_means("everything mode", everything))
        intervals.append(format_intervals("95 % interval", everything))
    tables += [*intervals, format_calibrations(calibrations_of(results))]
    if invariance:
        tables += _format_invariance(results)
    return "\n\n".join([*tables, format_times(results), format_costs(results)])


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


def _format_invariance(results: Sequence[ModelResult]) -> list[str]:
    """Return one table a kind of prompt."""
    models = invariance_of(results)
    if not results[0].invariance:
        return [f"invariance: no plane has both sides of at least {SMALLEST_SIDE_PX} pixels"]
    return [
        format_changes(
            f"invariance, {prompt}", {name: found[prompt] for name, found in models.items()}
        )
        for prompt in next(iter(models.values()))
    ]


def _summarise_prompts(planes: Sequence[PlaneScore]) -> Summary:
    clicks = max((len(score.clicks) for plane in planes for score in plane.objects), default=0)
    return summarise(planes, prompt_measures(clicks))
