"""``napari-samwise everything``: all objects of one image, without prompts."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from time import perf_counter
from typing import TYPE_CHECKING, Any

import click
import numpy as np
from tqdm import tqdm

from napari_samwise.cli.everything_options import GivenOptions, everything_options
from napari_samwise.cli.image_options import ImageChoice, image_options
from napari_samwise.cli.json_output import format_json
from napari_samwise.cli.label_output import finish_labels, zarr_to_fill
from napari_samwise.cli.model_options import ModelChoice, model_options, where_it_runs
from napari_samwise.cli.store_option import StoreChoice, store_option

if TYPE_CHECKING:
    from napari_samwise.intensity import Intensity
    from napari_samwise.segment.everything.generate import Everything

_HELP = """\
Segment everything in IMAGE (TIFF, OME-Zarr, PNG, NIfTI, ...), without prompts.

nano clicks where it sees objects, other models on a grid; the masks that are sure and stable
enough become labels. Models with an instance decoder (vit_b_lm and its like) need no
clicks. Stacks are segmented plane by plane, with ids that are never used twice.
Thresholds that are not given are those that suit the model.

\b
All cells, nothing smaller than 50 pixels:
  napari-samwise everything cells.tif --min-area 50 -o labels.tif
Nuclei of a stack as objects in three dimensions:
  napari-samwise everything stack.tif --link z -o labels.tif
Be less strict, or stricter:
  napari-samwise everything cells.tif --pred-iou 0.4 --stability 0.4 -o labels.tif
With a model of the SAM family, small objects too:
  napari-samwise everything cells.tif --model vit_b_lm --crop-layers 1 -o labels.tif
A slide that does not fit into memory, frame by frame, to be interrupted and gone on with:
  napari-samwise everything slide.zarr -o labels.zarr
"""


@click.command(help=_HELP, short_help="Segment all objects of an image, without prompts.")
@image_options
@everything_options
@click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON.")
@click.option(
    "--frame-px",
    type=click.IntRange(min=64),
    help="Segment larger planes in frames of this side; default: what suits the model.",
)
@click.option(
    "--workers",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="Frames in flight at once; the labels are the same.",
)
@click.option("--link", metavar="AXIS", help="Give an object one id along this axis, such as z.")
@click.option(
    "--resume/--no-resume",
    default=True,
    show_default=True,
    help="With a .zarr for labels, go on where an interrupted run was, or begin anew.",
)
@store_option
@model_options
def everything(
    image: ImageChoice,
    given: GivenOptions,
    as_json: bool,
    frame_px: int | None,
    workers: int,
    link: str | None,
    resume: bool,
    store: StoreChoice,
    model: ModelChoice,
) -> None:
    """Segment one image and print how much was found."""
    file = image.read()
    policy = image.resolve_intensity(file, may_be_blank=True)
    # Loads torch, which takes seconds: what can be refused was refused before.
    from napari_samwise.segment.everything.generate import find_everything
    from napari_samwise.segment.everything.plan import Plan
    from napari_samwise.segment.everything.target import parts_folder

    started = perf_counter()
    network = model.load(decoder=given.may_ask_distances)
    loaded = perf_counter()
    out = zarr_to_fill(image.output)
    if out is not None and not resume:
        shutil.rmtree(parts_folder(out), ignore_errors=True)
    # disable=None: no bar where nobody watches.
    with tqdm(unit="%", disable=None, leave=False, bar_format="{l_bar}{bar}|") as bar:
        options = given.resolve(network)
        levels, predictor = list(file.levels), store.predictor(network)
        found = find_everything(
            Plan.make(levels, predictor, file.axes, policy, options, frame_px),
            out=out,
            workers=workers,
            link=link,
            progress=lambda done, total: _show(bar, done, total),
        )
    finished = perf_counter()
    best = found.best_predicted_iou
    finish_labels(image.output, found.labels, file, in_place=out is not None)
    summary = {
        "image": str(image.path),
        "axes": file.axes,
        "shape": list(file.data.shape),
        "labels": str(image.output),
        "model": network.name,
        "runs_on": where_it_runs(network),
        "seconds": {"load_model": loaded - started, "everything": finished - loaded},
        "objects": found.count,
        "median_pixels": int(np.median(found.areas)) if found.count else 0,
        "best_predicted_iou": None if best is None else round(best, 4),
    }
    objects = _format_objects(found, policy)
    click.echo(format_json(summary) if as_json else _format_summary(summary, objects))


def _show(bar: tqdm[Any], done: int, total: int) -> None:
    bar.total = total
    bar.update(done - bar.n)


def _format_summary(summary: Mapping[str, Any], objects: str) -> str:
    seconds = summary["seconds"]
    return (
        f"{objects}\n"
        f"{summary['labels']}: written in {summary['axes'].replace('C', '')} order; "
        f"{summary['model']} ({summary['runs_on']}) took {seconds['everything']:.2f} s, "
        f"loading {seconds['load_model']:.2f} s"
    )


def _format_objects(found: Everything, intensity: Intensity) -> str:
    """Return how many objects there are, or why there is none."""
    if found.count:
        return f"{found.count} objects, {int(np.median(found.areas))} pixels in the median"
    if intensity.is_blank:
        return "no objects: the image has one value everywhere"
    best, asked = found.best_predicted_iou, found.options.predicted_iou
    if best is None:
        return "nothing passed: the model sees no object: look at --intensity, or lower --min-area"
    if best < asked:
        advice = f"at least {asked:g} was asked for: lower --pred-iou"
    else:
        advice = "but no such mask was stable and large enough: lower --stability or --min-area"
    return f"nothing passed: best predicted IoU was {best:.2f}, {advice}"
