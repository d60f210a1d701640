"""``napari-samwise replay``: the labels of a recorded session, without a window."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

import click
from tqdm import tqdm

from napari_samwise.cli.json_output import print_json
from napari_samwise.cli.label_output import LABELS_HELP, finish_labels
from napari_samwise.cli.model_options import ModelChoice
from napari_samwise.cli.table import format_table
from napari_samwise.geometry.axes import Axes
from napari_samwise.io.channels import choose_channel

if TYPE_CHECKING:
    from napari_samwise.journal.report import ReplayReport
    from napari_samwise.model.base import SegmentationModel

_HELP = """\
Repeat a recorded session of napari on IMAGE and write its labels.

JOURNAL is the file that napari writes as you work, cells.tif.samwise.jsonl. With the model of the
session the labels are the same to the last bit. With another one the table says how much each
object has in common with the recorded one. On another image percentiles are found anew.

\b
The labels of a session:
  napari-samwise replay cells.tif.samwise.jsonl cells.tif -o labels.tif
What another model makes of the same clicks:
  napari-samwise replay cells.tif.samwise.jsonl cells.tif --model vit_b -o labels.tif
"""


@click.command(help=_HELP, short_help="Repeat a recorded session without a window.")
@click.argument("journal", type=click.Path(path_type=Path))
@click.argument("image", type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(path_type=Path),
    metavar="LABELS",
    help=LABELS_HELP,
)
@click.option("--axes", metavar="ZYX", help="One letter per axis of IMAGE; default: what it says.")
@click.option("--channel", type=click.IntRange(min=0), help="Use this channel alone, from 0.")
@click.option(
    "--model",
    metavar="NAME",
    help="A name from 'napari-samwise models', or the path of a checkpoint; default: as recorded.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
def replay(
    journal: Path,
    image: Path,
    output: Path,
    axes: str | None,
    channel: int | None,
    model: str | None,
    as_json: bool,
) -> None:
    """Replay one journal and print how its objects compare."""
    from napari_samwise.io.read import read_image
    from napari_samwise.io.write import check_labels_fit, check_labels_path
    from napari_samwise.journal.reader import read_journal

    check_labels_path(output, image)
    recorded = read_journal(journal)
    file = choose_channel(read_image(image, axes), channel)
    check_labels_fit(output, Axes(file.axes).spatial)
    # Loads torch, which takes seconds: what can be refused was refused before.
    from napari_samwise.journal.replay import replay_with_report

    started = perf_counter()
    # disable=None: no bar where nobody watches.
    with tqdm(unit="mask", disable=None, leave=False) as bar:
        done = replay_with_report(
            recorded,
            list(file.levels),
            model=None if model is None else _load(model),
            axes=file.axes,
            progress=lambda count, total: _show(bar, count, total),
        )
    seconds = perf_counter() - started
    finish_labels(output, done.labels, file, in_place=False)
    summary = {
        "journal": str(journal),
        "image": str(image),
        "labels": str(output),
        "recorded": recorded.header.created,
        "model": model or "as recorded",
        "seconds": seconds,
        **done.report.to_json(),
    }
    if as_json:
        print_json(summary)
    else:
        click.echo(_format_summary(summary, done.report))


def _load(name: str) -> SegmentationModel:
    return ModelChoice(name, "auto", "auto", None).load()


def _show(bar: tqdm[Any], done: int, total: int) -> None:
    bar.total = total
    bar.update(done - bar.n)


def _format_summary(summary: Mapping[str, Any], report: ReplayReport) -> str:
    header = ("id", "pixels", "recorded", "IoU", "predicted IoU", "clicks")
    rows = [
        (each.id, each.pixels, each.recorded_pixels, each.iou, each.predicted_iou, each.clicks)
        for each in report.objects
    ]
    mean = report.mean_iou
    if report.is_identical:
        verdict = "the same pixels as recorded"
    elif mean is None:
        verdict = "no objects"
    else:
        verdict = f"mean IoU with the recorded objects {mean:.3f}"
    notes = []
    if not report.same_image:
        notes.append("this is not the image of the session")
    if not report.same_model:
        notes.append("this is not the model of the session")
    return "\n".join(
        [
            format_table(header, rows),
            "; ".join([f"{len(report.objects)} objects, {verdict}", *notes]),
            f"{summary['labels']}: written; replay took {summary['seconds']:.2f} s",
        ]
    )
