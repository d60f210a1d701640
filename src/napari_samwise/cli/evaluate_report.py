"""The folder that ``napari-samwise evaluate --report`` fills."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from napari_samwise.cli.evaluate_output import make_folder, summaries_of, write_csv
from napari_samwise.io.atomic import replacing
from napari_samwise.io.write import write_picture
from napari_samwise.learn.report.plot import draw_scores
from napari_samwise.learn.report.tables import write_summary
from napari_samwise.learn.report.worst import Case, draw_case
from napari_samwise.learn.scores import ModelResult


def write_report(
    folder: Path, results: Sequence[ModelResult], worst: Mapping[str, Sequence[Case]]
) -> None:
    """Write ``objects.csv``, ``summary.csv``, ``scores.png`` and ``worst/MODEL/*.png``.

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
    with replacing(folder / "summary.csv") as temporary:
        write_summary(temporary, {result.name: summaries_of(result) for result in results})
    write_picture(folder / "scores.png", draw_scores(results))
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
