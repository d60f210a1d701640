"""``napari-samwise segment``: objects of one image from points and boxes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

import click
import numpy as np

from napari_samwise.cli.intensity_option import INTENSITY_HELP, choose_intensity
from napari_samwise.cli.model_options import ModelChoice, model_options, where_it_runs
from napari_samwise.cli.prompt_options import Given, PromptCommand, group_prompts, in_object
from napari_samwise.cli.table import format_table
from napari_samwise.errors import ImageError, PromptError
from napari_samwise.geometry.axes import Axes
from napari_samwise.prompts import Prompts

if TYPE_CHECKING:
    from napari_samwise.io.image_file import ImageFile


_HELP = """\
Segment objects of IMAGE (TIFF, PNG, JPEG, NumPy) from points and boxes.

Points and one box together describe one object. --object, or a second --box, begins the
next one; objects are numbered from 1 in that order, and an earlier one keeps its pixels.
Coordinates are pixels of the data, rows first, as napari shows them; the first pixel is 0.

\b
One cell: a click inside it, and one where it must not reach:
  napari-samwise segment cells.tif --point 120,86 --exclude 131,90 -o labels.tif
Two cells, a click each:
  napari-samwise segment cells.tif --point 120,86 --object --point 40,200 -o labels.tif
Two cells, a box each:
  napari-samwise segment cells.tif --box 10,10,60,70 --box 80,20,120,66 -o labels.tif
One cell in slices 7 and 8 of a stack:
  napari-samwise segment stack.tif --point 7,120,86 --point 8,121,86 -o labels.tif
"""


@click.command(
    cls=PromptCommand, help=_HELP, short_help="Segment objects of an image from points and boxes."
)
@click.argument("image", type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(path_type=Path),
    metavar="LABELS",
    help="Where the labels go: .tif (keeps axes and pixel size), .npy or .png.",
)
@click.option("--axes", metavar="ZYX", help="One letter per axis of IMAGE; default: what it says.")
@click.option("--channel", type=click.IntRange(min=0), help="Use this channel alone, from 0.")
@click.option(
    "--intensity", default="auto", show_default=True, metavar="POLICY", help=INTENSITY_HELP
)
@click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON.")
@model_options
def segment(
    image: Path,
    output: Path,
    given: Sequence[Given],
    axes: str | None,
    channel: int | None,
    intensity: str,
    as_json: bool,
    model: ModelChoice,
) -> None:
    """Segment one image and print what was found."""
    from napari_samwise.io.read import read_image
    from napari_samwise.io.write import check_labels_path, write_labels

    check_labels_path(output)
    prompts = group_prompts(given)
    file = choose_channel(read_image(image, axes), channel)
    named = Axes(file.axes)
    shape = named.spatial_shape(file.data.shape)
    prompts = _inside(prompts, shape)
    policy = choose_intensity(intensity, file.data, named)
    # Loads torch, which takes seconds: what can be refused was refused before.
    from napari_samwise.segment.objects import segment as segment_objects

    started = perf_counter()
    network = model.load()
    loaded = perf_counter()
    labels = segment_objects(file.data, prompts, model=network, axes=file.axes, intensity=policy)
    finished = perf_counter()
    write_labels(output, labels, named.spatial, file.scale)
    summary = {
        "image": str(image),
        "axes": file.axes,
        "shape": list(file.data.shape),
        "labels": str(output),
        "model": network.name,
        "runs_on": where_it_runs(network),
        "seconds": {"load_model": loaded - started, "segment": finished - loaded},
        "objects": [{"id": i, "pixels": int(np.count_nonzero(labels == i))} for i in prompts],
    }
    click.echo(json.dumps(summary, indent=2) if as_json else _format_summary(summary))


def choose_channel(file: ImageFile, channel: int | None) -> ImageFile:
    """Keep one channel of an image, or all where the encoder can take them.

    Raises
    ------
    ImageError
        There is no such channel, or the number of channels asks for a choice.
    """
    axes = Axes(file.axes)
    count = 1 if axes.channel is None else file.data.shape[axes.channel]
    if channel is None and count not in (1, 3, 4):
        raise ImageError(
            f"'{file.name}' has {count} channels, and one is seen at a time; "
            f"choose it with --channel 0 to {count - 1}."
        )
    if channel is not None and channel >= count:
        last = "0 is its only channel" if count == 1 else f"its channels are 0 to {count - 1}"
        raise ImageError(f"'{file.name}' has no channel {channel}; {last}.")
    if axes.channel is None or (channel is None and count > 1):
        return file
    index = tuple((channel or 0) if name == "C" else slice(None) for name in file.axes)
    return replace(file, data=file.data[index], axes=axes.spatial)


def _inside(prompts: Mapping[int, Prompts], shape: tuple[int, ...]) -> dict[int, Prompts]:
    """Check every object against the image before a model is loaded."""
    checked = {}
    for label, prompt in prompts.items():
        try:
            checked[label] = prompt.check_inside(shape)
        except PromptError as error:
            raise in_object(label, len(prompts), error) from error
    return checked


def _format_summary(summary: Mapping[str, Any]) -> str:
    seconds = summary["seconds"]
    rows = [(entry["id"], entry["pixels"]) for entry in summary["objects"]]
    return (
        f"{format_table(('id', 'pixels'), rows)}\n"
        f"{summary['labels']}: written in {summary['axes'].replace('C', '')} order; "
        f"{summary['model']} ({summary['runs_on']}) took {seconds['segment']:.2f} s, "
        f"loading {seconds['load_model']:.2f} s"
    )
