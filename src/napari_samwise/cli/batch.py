"""``napari-samwise batch``: the same with many images, here or on a cluster."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from tqdm import tqdm

from napari_samwise.cli.json_output import format_json
from napari_samwise.cli.recipe_options import RecipeChoice, recipe_options
from napari_samwise.cli.table import format_table

if TYPE_CHECKING:
    from napari_samwise.batch.report import BatchReport

_MAX_SHOWN = 20

_HELP = """\
Do the same with many images: everything mode, as a recipe says, or the replay of a session.

INPUT is an image, a folder of images, an OME-Zarr, or a pattern in quotes. For each image the
folder DIR gets its labels and what else the recipe asks for, report.json, log.jsonl, and the
recipe. Damaged images are reported and do not stop the others. A run that was interrupted goes on
where it was if it is started again.

\b
A folder, with tables and polygons:
  napari-samwise batch images --out results --measurements csv --polygons geojson
As a recipe says, in four processes:
  napari-samwise batch images --out results --recipe nuclei.yaml --processes --workers 4
A recorded session, on other images:
  napari-samwise batch 'day2/*.tif' --out results --replay day1.tif.samwise.jsonl
On a cluster that runs already:
  napari-samwise batch images --out results --scheduler tcp://10.0.0.1:8786

Exit codes: 0 all results are there; 2 some images failed, and report.json says why, or the input
was wrong; 1 a fault of ours.
"""


@click.command(help=_HELP, short_help="Do the same with many images, here or on a cluster.")
@click.argument("inputs", metavar="INPUT...", nargs=-1, required=True)
@click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Folder of the results.",
)
@click.option(
    "--replay",
    type=click.Path(path_type=Path),
    metavar="JOURNAL",
    help="Replay this session on every image, instead of everything mode.",
)
@click.option(
    "--workers",
    type=click.IntRange(min=1),
    help="Images in flight at once; default: 4, or as many as there are cores.",
)
@click.option("--processes", is_flag=True, help="Worker processes instead of threads.")
@click.option("--scheduler", metavar="ADDRESS", help="A running dask.distributed scheduler.")
@click.option(
    "--resume/--no-resume",
    default=True,
    show_default=True,
    help="Leave alone what is done already, or do all anew.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
@recipe_options
@click.pass_context
def batch(
    context: click.Context,
    inputs: Sequence[str],
    out: Path,
    replay: Path | None,
    workers: int | None,
    processes: bool,
    scheduler: str | None,
    resume: bool,
    as_json: bool,
    recipe: RecipeChoice,
) -> None:
    """Run a batch and print what became of it."""
    from napari_samwise.batch.run import batch as run_batch

    # disable=None: no bar where nobody watches.
    with tqdm(unit="image", disable=None, leave=False, smoothing=0.1) as bar:
        report = run_batch(
            inputs,
            out,
            recipe=recipe.read(),
            replay=replay,
            workers=workers,
            processes=processes,
            scheduler=scheduler,
            resume=resume,
            progress=lambda done, total: _show(bar, done, total),
        )
    click.echo(format_json(report.to_json()) if as_json else _format_report(report))
    if report.failed:
        count = f"{len(report.failed)} of {len(report.images)} failed"
        click.echo(f"{count}; see {report.out / 'report.json'}", err=True)
    context.exit(report.exit_code)


def _show(bar: tqdm[Any], done: int, total: int) -> None:
    if bar.total is None:
        # The clock of the estimate starts when the work does.
        bar.reset(total)
    bar.update(done - bar.n)


def _format_report(report: BatchReport) -> str:
    lines = []
    if report.failed:
        shown = report.failed[:_MAX_SHOWN]
        lines.append(format_table(("failed", "reason"), [(o.name, o.reason) for o in shown]))
        if len(report.failed) > len(shown):
            lines.append(f"... and {len(report.failed) - len(shown)} more")
    objects = sum(outcome.objects or 0 for outcome in report.images)
    counts = report.counts()
    lines.append(
        f"{counts['images']} images: {counts['done']} done, {counts['skipped']} done before, "
        f"{counts['failed']} failed; {objects} objects"
    )
    if report.ignored:
        lines.append(f"{report.ignored} files are no images by their names, and were left out")
    lines.append(f"{report.out}: results, report.json, log.jsonl; took {report.seconds:.1f} s")
    return "\n".join(lines)
