"""``napari-samwise text``: the objects that a text names."""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING, Any

import click
import numpy as np
from tqdm import tqdm

from napari_samwise.cli.everything_options import GivenOptions, everything_options
from napari_samwise.cli.finite_range import FiniteRange
from napari_samwise.cli.image_options import ImageChoice, image_options
from napari_samwise.cli.json_output import print_json
from napari_samwise.cli.label_output import count_pixels, finish_labels, zarr_to_fill
from napari_samwise.cli.model_options import ModelChoice, model_options, where_it_runs
from napari_samwise.cli.store_option import StoreChoice, store_option

if TYPE_CHECKING:
    from napari_samwise.model.base import SegmentationModel

_HELP = """\
Segment what TEXT names in IMAGE: "bright round nuclei", "red blood cells and platelets".

Everything mode finds objects; nano tells what they are called, and adjectives are measured.
--words lists all nouns and adjectives. With adjectives alone any model will do.

\b
Nuclei that are not cut off by the border:
  napari-samwise text cells.tif "whole nuclei" -o labels.tif
Two kinds, and what to leave out:
  napari-samwise text smear.png "red blood cells and platelets, no small ones" -o labels.tif
Be less sure of what things are called:
  napari-samwise text stack.tif "mitochondria" --confidence 0.15 --link z -o labels.tif
"""


def _show_words(ctx: click.Context, param: click.Parameter, value: bool) -> None:
    """Print the words that nano knows and leave."""
    if not value or ctx.resilient_parsing:
        return
    from napari_samwise.segment.text.traits import TRAITS
    from napari_samwise.weights.load import load_model

    click.echo("Nouns, singular or plural:")
    click.echo(click.wrap_text(", ".join(load_model("nano").vocabulary), 80, "  ", "  "))
    click.echo("Adjectives:")
    for trait in TRAITS:
        click.echo(f"  {', '.join(trait.names):45} {trait.meaning}")
    ctx.exit()


@click.command(help=_HELP, short_help="Segment what a text names in an image.")
@image_options
@click.argument("text")
@everything_options
@click.option(
    "--confidence",
    type=FiniteRange(0, 1),
    help="How likely a noun must be, as a share of the likeliest word; default: what suits nano.",
)
@click.option(
    "--workers",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="Frames in flight at once; the labels are the same.",
)
@click.option("--link", metavar="AXIS", help="Give an object one id along this axis, such as z.")
@click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON.")
@click.option(
    "--words",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_show_words,
    help="List the nouns and adjectives that are known, and exit.",
)
@store_option
@model_options
def text(
    image: ImageChoice,
    text: str,
    given: GivenOptions,
    confidence: float | None,
    workers: int,
    link: str | None,
    as_json: bool,
    store: StoreChoice,
    model: ModelChoice,
) -> None:
    """Segment one image and print how many objects were meant."""
    file = image.read()
    policy = image.resolve_intensity(file, may_be_blank=True)
    # Loads torch, which takes seconds: what can be refused was refused before.
    from napari_samwise.segment.text.choose import CONFIDENCE
    from napari_samwise.segment.text.find import segment_text

    network: SegmentationModel = model.load(decoder=given.may_ask_distances)
    started = perf_counter()
    out = zarr_to_fill(image.output)
    # disable=None: no bar where nobody watches.
    with tqdm(unit="%", disable=None, leave=False, bar_format="{l_bar}{bar}|") as bar:
        labels = segment_text(
            list(file.levels),
            text,
            store.predictor(network),
            file.axes,
            intensity=policy,
            options=given.resolve(network),
            confidence=CONFIDENCE if confidence is None else confidence,
            out=out,
            workers=workers,
            link=link,
            progress=lambda done, total: _show(bar, done, total),
        )
    seconds = perf_counter() - started
    areas = list(count_pixels(labels).values())
    finish_labels(image.output, labels, file, in_place=out is not None)
    summary = {
        "image": str(image.path),
        "text": text,
        "labels": str(image.output),
        "model": network.name,
        "runs_on": where_it_runs(network),
        "seconds": seconds,
        "objects": len(areas),
        "median_pixels": int(np.median(areas)) if areas else 0,
    }
    if as_json:
        print_json(summary)
        return
    found = f"{len(areas)} objects, {summary['median_pixels']} pixels in the median"
    nothing = "nothing is called so: lower --confidence, or look at what 'everything' finds"
    click.echo(found if areas else nothing)
    click.echo(f"{image.output}: {network.name} ({summary['runs_on']}) took {seconds:.2f} s")


def _show(bar: tqdm[Any], done: int, total: int) -> None:
    bar.total = total
    bar.update(done - bar.n)
