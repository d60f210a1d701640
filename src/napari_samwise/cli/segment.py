"""``napari-samwise segment``: objects of one image from points and boxes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from time import perf_counter
from typing import Any

import click

from napari_samwise.cli.image_options import ImageChoice, image_options
from napari_samwise.cli.json_output import format_json
from napari_samwise.cli.label_output import count_pixels, finish_labels, zarr_to_fill
from napari_samwise.cli.model_options import ModelChoice, model_options, where_it_runs
from napari_samwise.cli.prompt_options import Given, PromptCommand, group_prompts, in_object
from napari_samwise.cli.store_option import StoreChoice, store_option
from napari_samwise.cli.table import format_table
from napari_samwise.errors import PromptError
from napari_samwise.geometry.axes import Axes
from napari_samwise.prompts import Prompts

_HELP = """\
Segment objects of IMAGE (TIFF, OME-Zarr, PNG, NIfTI, ...) from points and boxes.

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
@image_options
@click.option(
    "--frame-px",
    type=int,
    metavar="PIXELS",
    help="Encode planes in frames of this side, a multiple of 64; default: only large planes.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON.")
@store_option
@model_options
def segment(
    image: ImageChoice,
    given: Sequence[Given],
    frame_px: int | None,
    as_json: bool,
    store: StoreChoice,
    model: ModelChoice,
) -> None:
    """Segment one image and print what was found."""
    prompts = group_prompts(given)
    file = image.read()
    named = Axes(file.axes)
    shape = named.spatial_shape(file.data.shape)
    prompts = _inside(prompts, shape)
    policy = image.resolve_intensity(file)
    # Loads torch, which takes seconds: what can be refused was refused before.
    from napari_samwise.segment.objects import segment as segment_objects

    started = perf_counter()
    network = model.load()
    loaded = perf_counter()
    predictor = store.predictor(network)
    out = zarr_to_fill(image.output)
    labels = segment_objects(
        list(file.levels),
        prompts,
        model=predictor,
        axes=file.axes,
        intensity=policy,
        frame_px=frame_px,
        out=out,
    )
    finished = perf_counter()
    pixels = count_pixels(labels)
    finish_labels(image.output, labels, file, in_place=out is not None)
    summary = {
        "image": str(image.path),
        "axes": file.axes,
        "shape": list(file.data.shape),
        "labels": str(image.output),
        "model": network.name,
        "runs_on": where_it_runs(network),
        "seconds": {"load_model": loaded - started, "segment": finished - loaded},
        "objects": [{"id": i, "pixels": pixels.get(i, 0)} for i in prompts],
    }
    click.echo(format_json(summary) if as_json else _format_summary(summary))


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
