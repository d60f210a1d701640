"""``napari-samwise evaluate``: how well a model answers clicks and boxes on labelled images."""

from __future__ import annotations

from pathlib import Path
from time import perf_counter
from typing import Literal

import click

from napari_samwise.cli.model_options import ModelChoice, model_options, where_it_runs
from napari_samwise.cli.table import format_table
from napari_samwise.errors import ImageError

_HELP = """\
Measure a model on the labelled images of DATA.

DATA holds pairs NAME_image.tif and NAME_labels.tif, in folders that are the sources. The first
click is the object's deepest point, every next one the deepest point of the larger error; the
mask that counts is the one that the model ranks first. Flood fill from the click and Otsu's
threshold in the box are measured beside it.

\b
Your own images:            napari-samwise evaluate my_folder
Those held back from nano:  napari-samwise evaluate data/dev --part held_back
"""


@click.command(help=_HELP, short_help="Measure a model on labelled images.")
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
    help="At most so many objects a plane.",
)
@click.option(
    "--csv",
    "csv_path",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write one line an object here.",
)
@model_options
def evaluate(
    data: Path,
    part: Literal["all", "held_back", "train"],
    every: int,
    objects: int,
    csv_path: Path | None,
    model: ModelChoice,
) -> None:
    """Run the protocol and print one row a source."""
    from napari_samwise.learn.corpus import all_planes, planes
    from napari_samwise.learn.evaluate import SMALLEST_AREA_PX
    from napari_samwise.learn.evaluate import evaluate as run
    from napari_samwise.learn.summary import COLUMNS, score_correlation, summarise, write_scores
    from napari_samwise.predictor.predictor import Predictor

    chosen = all_planes(data, every) if part == "all" else planes(data, part, every)
    network = model.load()
    started = perf_counter()
    scores = list(run(Predictor(network), chosen, most_objects=objects))
    if not scores:
        raise ImageError(
            f"{data} has no object of at least {SMALLEST_AREA_PX} pixels to score; label some."
        )
    if csv_path is not None:
        write_scores(csv_path, scores)
    rows = [(row.source, row.objects, *row.values) for row in summarise(scores)]
    click.echo(format_table(("mean IoU", "objects", *COLUMNS), rows))
    click.echo(
        f"{network.name} ({where_it_runs(network)}), {perf_counter() - started:.0f} s; predicted "
        f"and true IoU of the first click correlate with r = {score_correlation(scores):.2f}"
    )
