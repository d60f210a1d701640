"""The group of commands and the entry point of the console script."""

from __future__ import annotations

import io
import logging
import sys

import click

from napari_samwise.cli.adapt import adapt
from napari_samwise.cli.batch import batch
from napari_samwise.cli.completion import PROGRAM, completion
from napari_samwise.cli.demo import demo
from napari_samwise.cli.doctor import doctor
from napari_samwise.cli.embed import embed
from napari_samwise.cli.evaluate import evaluate
from napari_samwise.cli.everything import everything
from napari_samwise.cli.export import export
from napari_samwise.cli.group import SamwiseGroup, report_fault
from napari_samwise.cli.measure import measure
from napari_samwise.cli.models import models
from napari_samwise.cli.replay import replay
from napari_samwise.cli.segment import segment
from napari_samwise.cli.text import text
from napari_samwise.cli.track import track
from napari_samwise.cli.train import train
from napari_samwise.cli.volume import volume

_HELP = """\
Segment Anything, slice-wise, in napari: click, see the mask, keep it.

\b
Try it:      napari-samwise demo
Use it:      napari-samwise segment cells.tif --point 120,86 -o labels.tif
Look first:  napari-samwise doctor

Exit codes: 0 done, 2 the input was wrong (one line says what), 130 stopped by Ctrl-C, 1 a fault
of ours.
"""


_SECTIONS = {
    "One image": (segment, everything, text, volume, track),
    "Many images": (batch, replay, embed),
    "Results": (export, measure),
    "Begin": (demo, models, doctor, completion),
    "Train": (adapt, train, evaluate),
}


@click.group(
    cls=SamwiseGroup,
    sections=_SECTIONS,
    help=_HELP,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(package_name="napari-samwise", message="%(package)s %(version)s")
@click.option("--debug", is_flag=True, help="Show the full traceback of an error.")
def cli(debug: bool) -> None:
    """Quieten what the commands report themselves."""
    # Readers log what they then raise; the user shall see it once.
    logging.getLogger("tifffile").setLevel(logging.CRITICAL)


def main() -> None:
    """Run the console script ``napari-samwise``."""
    if "--debug" not in sys.argv:
        sys.excepthook = report_fault
    # A file name may be no text, and a terminal may lack letters: neither shall stop a command.
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    cli(prog_name=PROGRAM)
