"""``napari-samwise volume``: objects of a volume from prompts on a few slices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from time import perf_counter
from typing import TYPE_CHECKING, Any

import click
import numpy as np
from tqdm import tqdm

from napari_samwise.cli.image_options import ImageChoice, image_options
from napari_samwise.cli.json_output import format_json
from napari_samwise.cli.model_options import ModelChoice, model_options, where_it_runs
from napari_samwise.cli.prompt_options import Given, PromptCommand, group_prompts
from napari_samwise.cli.store_option import StoreChoice, store_option
from napari_samwise.cli.table import format_table
from napari_samwise.errors import PromptError
from napari_samwise.geometry.axes import Axes

if TYPE_CHECKING:
    from napari_samwise.segment.volume.result import Volume

_BARRIER = "--barrier"
_HELP = """\
Segment objects of a volume IMAGE (TIFF, NumPy, NIfTI, ...) from prompts on a few slices.

Each object is carried from its prompted slices to all others, in both directions, until it ends.
Prompts are those of 'segment', with one coordinate for every axis, slices from 0.

\b
A nucleus, a click on slice 20:
  napari-samwise volume stack.tif --point 20,120,86 -o labels.tif
Prompted on two slices, and not beyond slice 40:
  napari-samwise volume stack.tif --point 20,120,86 --point 30,118,90 --barrier 1,41 -o labels.tif
Through the planes of Z and X:
  napari-samwise volume stack.tif --along y --point 20,120,86 -o labels.tif
"""


@click.command(
    cls=PromptCommand, help=_HELP, short_help="Segment objects of a volume from a few slices."
)
@image_options
@click.option(
    "--along", default="Z", show_default=True, metavar="AXIS", help="The axis from slice to slice."
)
@click.option(
    _BARRIER,
    "barriers",
    multiple=True,
    metavar="ID,SLICE",
    help="Object ID does not enter this slice; objects are numbered from 1.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON.")
@store_option
@model_options
def volume(
    image: ImageChoice,
    given: Sequence[Given],
    along: str,
    barriers: Sequence[str],
    as_json: bool,
    store: StoreChoice,
    model: ModelChoice,
) -> None:
    """Segment one volume and print what was found, and which slices are worth a look."""
    prompts = group_prompts(given)
    shut = group_barriers(barriers)
    file = image.read()
    policy = image.resolve_intensity(file)
    # Loads torch, which takes seconds: what can be refused was refused before.
    from napari_samwise.io.write import write_labels
    from napari_samwise.segment.volume.propagate import segment_volume

    network = model.load()
    started = perf_counter()
    with tqdm(unit=" slices", disable=None, leave=False) as bar:
        found = segment_volume(
            file.data,
            prompts,
            model=store.predictor(network),
            axes=file.axes,
            along=along,
            barriers=shut,
            intensity=policy,
            scale=file.scale,
            progress=lambda done, total: _show(bar, done, total),
        )
    seconds = perf_counter() - started
    spatial = Axes(file.axes).spatial
    write_labels(image.output, found.labels, spatial, file.scale, geometry=file.geometry)
    summary = {
        "image": str(image.path),
        "axes": file.axes,
        "shape": list(file.data.shape),
        "along": found.along,
        "labels": str(image.output),
        "model": network.name,
        "runs_on": where_it_runs(network),
        "seconds": seconds,
        "objects": [_describe(found, label) for label in prompts],
    }
    click.echo(format_json(summary) if as_json else _format_summary(summary))


def group_barriers(texts: Sequence[str]) -> dict[int, list[int]]:
    """Read ``"ID,SLICE"``.

    Raises
    ------
    PromptError
        If a text is no pair of whole numbers.
    """
    barriers: dict[int, list[int]] = {}
    for text in texts:
        try:
            label, index = (int(part) for part in text.split(","))
        except ValueError:
            raise PromptError(
                f"{_BARRIER} takes ID,SLICE as whole numbers; got '{text}'."
            ) from None
        barriers.setdefault(label, []).append(index)
    return barriers


def _show(bar: tqdm[Any], done: int, total: int) -> None:
    bar.total = total
    bar.update(done - bar.n)


def _describe(found: Volume, label: int) -> dict[str, Any]:
    confidence = found.confidence[label]
    return {
        "id": label,
        "voxels": int(np.count_nonzero(found.labels == label)),
        "first_slice": min(confidence, default=None),
        "last_slice": max(confidence, default=None),
        "doubtful_slices": found.doubtful(label),
    }


def _format_summary(summary: Mapping[str, Any]) -> str:
    rows = []
    for one in summary["objects"]:
        slices = "-" if one["first_slice"] is None else f"{one['first_slice']}-{one['last_slice']}"
        doubtful = ", ".join(str(index) for index in one["doubtful_slices"]) or "none"
        rows.append((one["id"], one["voxels"], slices, doubtful))
    return (
        f"{format_table(('id', 'voxels', 'slices', 'doubtful'), rows)}\n"
        f"{summary['labels']}: written in {summary['axes'].replace('C', '')} order; "
        f"{summary['model']} ({summary['runs_on']}) took {summary['seconds']:.2f} s"
    )
