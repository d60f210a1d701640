"""``napari-samwise evaluate``: how well models answer on labelled images."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Literal

import click
from tqdm import tqdm

from napari_samwise.cli.model_options import ModelChoice, model_options, where_it_runs
from napari_samwise.errors import ImageError

if TYPE_CHECKING:
    from napari_samwise.learn.corpus import LabelledPlane
    from napari_samwise.learn.evaluate import Protocol, Watch
    from napari_samwise.learn.scores import ModelResult

_HELP = """\
Measure models on the labelled images of DATA.

DATA holds pairs NAME_image.tif and NAME_labels.tif, in folders that are the sources. The first
click is the object's deepest point, every next one the deepest point of the larger error; the
mask that counts is the one that the model ranks first. Flood fill from the click and Otsu's
threshold in the box are measured beside it, and the watershed beside everything mode.

\b
Your own images:            napari-samwise evaluate my_folder
Two models in one table:    napari-samwise evaluate my_folder --also vit_b
All there is to measure:    napari-samwise evaluate my_folder --clicks-to --everything
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
@click.option(
    "--objects",
    type=click.IntRange(min=1),
    default=25,
    show_default=True,
    help="Prompt at most so many objects a plane.",
)
@click.option(
    "--clicks-to", is_flag=True, help="Click up to ten times: how many for an IoU of 0.85, 0.90?"
)
@click.option("--everything", is_flag=True, help="Segment every plane without prompts, too.")
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
    help="Write tables, a plot and pictures of the ten worst objects into this folder.",
)
@click.option("--also", multiple=True, metavar="NAME", help="Another model; can be repeated.")
@model_options
def evaluate(
    data: Path,
    part: Literal["all", "held_back", "train"],
    every: int,
    objects: int,
    clicks_to: bool,
    everything: bool,
    csv_path: Path | None,
    report: Path | None,
    also: tuple[str, ...],
    model: ModelChoice,
) -> None:
    """Run the protocol with every model and print the tables."""
    from napari_samwise.cli.evaluate_output import format_results, make_folder, write_csv
    from napari_samwise.cli.evaluate_report import write_report
    from napari_samwise.learn.corpus import all_planes, planes
    from napari_samwise.learn.evaluate import SMALLEST_AREA_PX, Protocol
    from napari_samwise.learn.report.worst import WorstObjects
    from napari_samwise.learn.scores import CLICKS, CLICKS_TO_TARGET

    # An evaluation takes minutes: a place that cannot be written to is refused before.
    for folder in (report, csv_path.parent if csv_path else None):
        if folder is not None:
            make_folder(folder)
    protocol = Protocol(CLICKS_TO_TARGET if clicks_to else CLICKS, objects, everything)
    results, worst = [], {}
    for choice in _choices(model, also):
        chosen = all_planes(data, every) if part == "all" else planes(data, part, every)
        seen = WorstObjects()
        result = _run(choice, chosen, protocol, seen.watch)
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
    click.echo(format_results(results))


def _run(
    choice: ModelChoice, planes: Iterable[LabelledPlane], protocol: Protocol, watch: Watch
) -> ModelResult:
    """Load a model and run the protocol."""
    from napari_samwise.learn.evaluate import evaluate_planes
    from napari_samwise.learn.peak_memory import peak_memory_bytes
    from napari_samwise.learn.scores import ModelResult
    from napari_samwise.predictor.predictor import Predictor

    network = choice.load()
    predictor = Predictor(network)
    scores = []
    started = perf_counter()
    # disable=None: no bar where nobody watches.
    with tqdm(unit=" planes", disable=None, leave=False, desc=choice.name) as bar:
        for score in evaluate_planes(predictor, planes, protocol, watch=watch):
            bar.update()
            scores.append(score)
            # No plane comes twice, and kept embeddings would count as memory that is needed.
            predictor.store.clear()
    return ModelResult(
        name=choice.name,
        runs_on=where_it_runs(network),
        planes=tuple(scores),
        seconds=perf_counter() - started,
        peak_memory=peak_memory_bytes(),
    )


def _choices(model: ModelChoice, also: tuple[str, ...]) -> list[ModelChoice]:
    """Return every model once, in the order that was given."""
    return [replace(model, name=name) for name in dict.fromkeys((model.name, *also))]
