"""The folder that ``napari-samwise evaluate --report`` fills."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from napari_samwise.atomic import replacing
from napari_samwise.cli.evaluate_output import (
    calibrations_of,
    invariance_of,
    make_folder,
    summaries_of,
    write_csv,
)
from napari_samwise.io.write import write_picture
from napari_samwise.learn.report.plot import draw_scores
from napari_samwise.learn.report.reliability import draw_calibrations
from napari_samwise.learn.report.tables import (
    write_calibrations,
    write_costs,
    write_invariance,
    write_summary,
    write_totals,
)
from napari_samwise.learn.report.worst import Case, draw_case
from napari_samwise.learn.scores import ModelResult


def write_report(
    folder: Path, results: Sequence[ModelResult], worst: Mapping[str, Sequence[Case]]
) -> None:
    """Write the tables, plots, and pictures of the worst objects.

    These are ``objects.csv``, ``summary.csv``, ``calibration.csv``, ``costs.csv``, ``totals.csv``,
    ``scores.png``, ``calibration.png``, ``worst/MODEL/*.png`` and, if the images were changed,
    ``invariance.csv``.

    Parameters
    ----------
    folder : Path
        Exists; pictures of worst objects that an earlier report left there are removed.
    results : sequence of ModelResult
        Of the same planes and protocol, with at least one object.
    worst : mapping of str to sequence of Case
        By model, the worst first.

    Raises
    ------
    InputError
        The folder cannot be written to.
    """
    write_csv(folder / "objects.csv", results)
    calibrations = calibrations_of(results)
    with replacing(folder / "summary.csv") as temporary:
        write_summary(temporary, {result.name: summaries_of(result) for result in results})
    with replacing(folder / "calibration.csv") as temporary:
        write_calibrations(temporary, calibrations)
    with replacing(folder / "costs.csv") as temporary:
        write_costs(temporary, results)
    with replacing(folder / "totals.csv") as temporary:
        write_totals(temporary, results)
    if any(result.invariance for result in results):
        with replacing(folder / "invariance.csv") as temporary:
            write_invariance(temporary, invariance_of(results))
    write_picture(folder / "scores.png", draw_scores(results))
    write_picture(folder / "calibration.png", draw_calibrations(calibrations))
    _write_worst(folder, worst)


def _write_worst(folder: Path, worst: Mapping[str, Sequence[Case]]) -> None:
    for index, (model, cases) in enumerate(worst.items(), 1):
        place = folder / "worst" / f"{index}_{_as_file_name(Path(model).name)}"
        make_folder(place)
        for old in place.glob("[0-9][0-9]_iou*.png"):
            old.unlink()
        for rank, case in enumerate(cases, 1):
            write_picture(place / _picture_name(rank, case), draw_case(case))


def _picture_name(rank: int, case: Case) -> str:
    score = case.score
    name = _as_file_name(f"{score.plane}_{score.object_id}")
    return f"{rank:02d}_iou{score.clicks[0]:.2f}_{name}.png"


def _as_file_name(text: str) -> str:
    return re.sub(r"[^\w.-]+", "_", text)
