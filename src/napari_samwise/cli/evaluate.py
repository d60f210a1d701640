"""``napari-samwise evaluate``: how well models answer on labelled images."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Literal, TypeVar

import click
from tqdm import tqdm

from napari_samwise.cli.evaluate_options import ProtocolChoice, protocol_options
from napari_samwise.cli.model_options import ModelChoice, model_options, where_it_runs
from napari_samwise.errors import ImageError

if TYPE_CHECKING:
    from napari_samwise.learn.corpus import LabelledPlane
    from napari_samwise.learn.evaluate import Watch
    from napari_samwise.learn.scores import ModelResult
    from napari_samwise.predictor.predictor import Predictor

_Score = TypeVar("_Score")

_HELP = """\
Measure models on the labelled images of DATA.

DATA holds pairs NAME_image.tif and NAME_labels.tif, in folders that are the sources. The first
click is the object's deepest point, every next one the deepest point of the larger error; the
mask that counts is the one that the model ranks first. Flood fill from the click and Otsu's
threshold in the box are measured beside it, and the watershed beside everything mode. Predicted
IoU is compared with the true one.

\b
Your own images:            napari-samwise evaluate my_folder
Two models in one table:    napari-samwise evaluate my_folder --also vit_b
All there is to measure:    napari-samwise evaluate my_folder --clicks-to --everything --invariance
Pictures of the failures:   napari-samwise evaluate my_folder --report report
Those held back from nano:  napari-samwise evaluate labelled --part held_back
"""


@click.command(help=_HELP, short_help="Measure models on labelled images.")
@click.argument("data", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--part",
    type=click.Choice(["all", "held_back", "train"]),
    default="all",
    show_default=True,
    help="Every pair in DATA, or one side of the split that nano was trained with.",
)
@click.option(
    "--every",
    type=click.IntRange(min=1),
    default=4,
    show_default=True,
    help="In stacks, take every so many planes.",
)
@protocol_options
@click.option(
    "--csv",
    "csv_path",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write one line an object here.",
)
@click.option(
    "--report",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Write tables, plots and pictures of the ten worst objects into this folder.",
)
@click.option("--also", multiple=True, metavar="NAME", help="Another model; can be repeated.")
@model_options
def evaluate(
    data: Path,
    part: Literal["all", "held_back", "train"],
    every: int,
    asked: ProtocolChoice,
    csv_path: Path | None,
    report: Path | None,
    also: tuple[str, ...],
    model: ModelChoice,
) -> None:
    """Run the protocol with every model and print the tables."""
    from napari_samwise.cli.evaluate_output import format_results, make_folder, write_csv
    from napari_samwise.cli.evaluate_report import write_report
    from napari_samwise.learn.corpus import all_planes, planes
    from napari_samwise.learn.evaluate import SMALLEST_AREA_PX
    from napari_samwise.learn.report.worst import WorstObjects

    # An evaluation takes minutes: a place that cannot be written to is refused before.
    for folder in (report, csv_path.parent if csv_path else None):
        if folder is not None:
            make_folder(folder)
    chosen = (
        partial(all_planes, data, every) if part == "all" else partial(planes, data, part, every)
    )
    results, worst = [], {}
    for choice in _choices(model, also):
        seen = WorstObjects()
        result = _run(choice, chosen, asked, seen.watch)
        if not result.objects:
            raise ImageError(
                f"{data} has no object of at least {SMALLEST_AREA_PX} pixels to score; label some."
            )
        results.append(result)
        worst[result.name] = seen.cases
    if csv_path is not None:
        write_csv(csv_path, results)
    if report is not None:
        write_report(report, results, worst)
    click.echo(format_results(results, invariance=asked.invariance_objects > 0))


def _run(
    choice: ModelChoice,
    planes: Callable[[], Iterator[LabelledPlane]],
    asked: ProtocolChoice,
    watch: Watch,
) -> ModelResult:
    """Load a model and ask of it what was asked for."""
    from napari_samwise.learn.evaluate import evaluate_planes
    from napari_samwise.learn.invariance import score_invariance
    from napari_samwise.learn.peak_memory import peak_memory_bytes
    from napari_samwise.learn.scores import ModelResult
    from napari_samwise.predictor.predictor import Predictor

    network = choice.load()
    predictor = Predictor(network)
    started = perf_counter()
    scores = evaluate_planes(predictor, planes(), asked.protocol(), watch=watch)
    result = ModelResult(
        name=choice.name,
        runs_on=where_it_runs(network),
        planes=_with_bar(scores, choice.name, predictor),
        seconds=perf_counter() - started,
        peak_memory=peak_memory_bytes(),
    )
    if not asked.invariance_objects:
        return result
    changed = score_invariance(predictor, planes(), asked.invariance_objects)
    return replace(
        result, invariance=_with_bar(changed, f"{choice.name}, changed images", predictor)
    )


def _with_bar(scores: Iterable[_Score], title: str, predictor: Predictor) -> tuple[_Score, ...]:
    """Take all scores, one a plane, and show how many there are."""
    taken = []
    # disable=None: no bar where nobody watches.
    with tqdm(unit=" planes", disable=None, leave=False, desc=title) as bar:
        for score in scores:
            bar.update()
            taken.append(score)
            # No plane comes twice, and kept embeddings would count as memory that is needed.
            predictor.store.clear()
    return tuple(taken)


def _choices(model: ModelChoice, also: tuple[str, ...]) -> list[ModelChoice]:
    """Return every model once, in the order that was given."""
    return [replace(model, name=name) for name in dict.fromkeys((model.name, *also))]
