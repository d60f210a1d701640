"""``napari-samwise everything``: all objects of one image, without prompts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

import click
import numpy as np
from tqdm import tqdm

from napari_samwise.cli.everything_options import GivenOptions, everything_options
from napari_samwise.cli.intensity_option import INTENSITY_HELP, choose_intensity
from napari_samwise.cli.model_options import ModelChoice, model_options, where_it_runs
from napari_samwise.cli.segment import choose_channel
from napari_samwise.geometry.axes import Axes

if TYPE_CHECKING:
    from napari_samwise.segment.everything.generate import Everything

_HELP = """\
Segment everything in IMAGE (TIFF, PNG, JPEG, NumPy), without prompts.

nano clicks where it sees objects, other models on a grid; the masks that are sure and stable
enough become labels. Models with an instance decoder (vit_b_lm and its like) need no
clicks. Stacks are segmented plane by plane, with ids that are never used twice.
Thresholds that are not given are those that suit the model.

\b
All cells, nothing smaller than 50 pixels:
  napari-samwise everything cells.tif --min-area 50 -o labels.tif
Be less strict, or stricter:
  napari-samwise everything cells.tif --pred-iou 0.4 --stability 0.4 -o labels.tif
With a model of the SAM family, small objects too:
  napari-samwise everything cells.tif --model vit_b_lm --crop-layers 1 -o labels.tif
"""


@click.command(help=_HELP, short_help="Segment all objects of an image, without prompts.")
@click.argument("image", type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(path_type=Path),
    metavar="LABELS",
    help="Where the labels go: .tif (keeps axes and pixel size), .npy or .png.",
)
@everything_options
@click.option("--axes", metavar="ZYX", help="One letter per axis of IMAGE; default: what it says.")
@click.option("--channel", type=click.IntRange(min=0), help="Use this channel alone, from 0.")
@click.option(
    "--intensity", default="auto", show_default=True, metavar="POLICY", help=INTENSITY_HELP
)
@click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON.")
@model_options
def everything(
    image: Path,
    output: Path,
    given: GivenOptions,
    axes: str | None,
    channel: int | None,
    intensity: str,
    as_json: bool,
    model: ModelChoice,
) -> None:
    """Segment one image and print how much was found."""
    from napari_samwise.io.read import read_image
    from napari_samwise.io.write import check_labels_path, write_labels

    check_labels_path(output)
    file = choose_channel(read_image(image, axes), channel)
    named = Axes(file.axes)
    policy = choose_intensity(intensity, file.data, named)
    # Loads torch, which takes seconds: what can be refused was refused before.
    from napari_samwise.segment.everything.generate import find_everything

    started = perf_counter()
    network = model.load(decoder=given.may_ask_distances)
    loaded = perf_counter()
    # disable=None: no bar where nobody watches.
    with tqdm(unit="%", disable=None, leave=False, bar_format="{l_bar}{bar}|") as bar:
        found = find_everything(
            file.data,
            network,
            file.axes,
            intensity=policy,
            options=given.resolve(network),
            progress=lambda done, total: _show(bar, done, total),
        )
    finished = perf_counter()
    best = found.best_predicted_iou
    write_labels(output, found.labels, named.spatial, file.scale)
    summary = {
        "image": str(image),
        "axes": file.axes,
        "shape": list(file.data.shape),
        "labels": str(output),
        "model": network.name,
        "runs_on": where_it_runs(network),
        "seconds": {"load_model": loaded - started, "everything": finished - loaded},
        "objects": found.count,
        "median_pixels": _median_pixels(found),
        "best_predicted_iou": None if best is None else round(best, 4),
    }
    click.echo(json.dumps(summary, indent=2) if as_json else _format_summary(summary, found))


def _show(bar: tqdm[Any], done: int, total: int) -> None:
    bar.total = total
    bar.update(done - bar.n)


def _median_pixels(found: Everything) -> int:
    """Return the median area of an object; 0 where there is none."""
    return int(np.median(np.bincount(found.labels.ravel())[1:])) if found.count else 0


def _format_summary(summary: Mapping[str, Any], found: Everything) -> str:
    seconds = summary["seconds"]
    objects = (
        f"{found.count} objects, {summary['median_pixels']} pixels in the median"
        if found.count
        else _why_nothing(found)
    )
    return (
        f"{objects}\n"
        f"{summary['labels']}: written in {summary['axes'].replace('C', '')} order; "
        f"{summary['model']} ({summary['runs_on']}) took {seconds['everything']:.2f} s, "
        f"loading {seconds['load_model']:.2f} s"
    )


def _why_nothing(found: Everything) -> str:
    best, asked = found.best_predicted_iou, found.options.predicted_iou
    if best is None:
        return "nothing passed: the model sees no object of that size: lower --min-area"
    if best < asked:
        advice = f"at least {asked:g} was asked for: lower --pred-iou"
    else:
        advice = "but no such mask was stable and large enough: lower --stability or --min-area"
    return f"nothing passed: best predicted IoU was {best:.2f}, {advice}"
