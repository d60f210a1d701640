"""``napari-samwise measure``: size, shape and intensity of every object."""

from __future__ import annotations

from pathlib import Path

import click

from napari_samwise.cli.export import read_if_given
from napari_samwise.cli.json_output import print_json
from napari_samwise.cli.table import format_table
from napari_samwise.errors import InputError

_MAX_SHOWN = 20
_SHOWN = 8

_HELP = """\
Measure the objects of LABELS: where they are, how large, what shape, how bright.

Lengths, areas and volumes are in micrometres if LABELS or the image knows its pixel size, else in
pixels; each column's name ends in its unit. With --image the intensity of every channel is measured
too. Without -o a part of the table is shown.

\b
Look:          napari-samwise measure labels.tif
For a program: napari-samwise measure labels.tif --image cells.tif -o cells.csv
"""


@click.command(help=_HELP, short_help="Measure every object, in physical units.")
@click.argument("labels", type=click.Path(path_type=Path))
@click.option("--image", type=click.Path(path_type=Path), help="Measure its intensity.")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), help="A .csv or .parquet for the table."
)
@click.option("--axes", metavar="ZYX", help="One letter per axis of LABELS; default: what it says.")
@click.option("--image-axes", metavar="ZYXC", help="One letter per axis of the image.")
@click.option("--json", "as_json", is_flag=True, help="Print the whole table as JSON.")
def measure(
    labels: Path,
    image: Path | None,
    output: Path | None,
    axes: str | None,
    image_axes: str | None,
    as_json: bool,
) -> None:
    """Measure one label image."""
    from napari_samwise.io.export import check_export_path, read_labels
    from napari_samwise.io.measure import Measurable
    from napari_samwise.io.measure import measure as measure_objects
    from napari_samwise.io.table import TABLE_SUFFIXES, save_table

    if output is not None:
        if output.suffix.lower() not in TABLE_SUFFIXES:
            raise InputError(
                f"Measurements are written as {', '.join(TABLE_SUFFIXES)}; got '{output.name}': "
                "change its suffix."
            )
        check_export_path(output)
    given, seen = read_labels(labels, axes), read_if_given(image, image_axes)
    scale = given.scale or (None if seen is None else seen.scale)
    columns = measure_objects(Measurable(given.data, given.axes, scale, seen))
    if output is not None:
        save_table(output, columns)
    if as_json:
        print_json(columns, indent=None)
        return
    count = len(columns["label"])
    if output is None:
        names = list(columns)[:_SHOWN]
        rows = list(zip(*(columns[name][:_MAX_SHOWN] for name in names), strict=True))
        click.echo(format_table(names, rows))
    where = f"{output}: " if output is not None else ""
    click.echo(f"{where}{count} objects, {len(columns)} columns")
