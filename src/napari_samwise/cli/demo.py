"""``napari-samwise demo``: the main job on a real image, without a question asked."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

import click
import numpy as np

from napari_samwise.cli.json_output import format_json
from napari_samwise.cli.model_options import ModelChoice, model_options, where_it_runs
from napari_samwise.cli.show import show_demo
from napari_samwise.cli.table import format_table
from napari_samwise.errors import InputError
from napari_samwise.prompts import Prompts

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from napari_samwise.model.base import SegmentationModel

# Coins of skimage.data.coins(): three by one click each, one by a box, one by a box, a click and
# a point where it must not reach.
DEMO_PROMPTS: Mapping[int, Prompts] = {
    1: Prompts(points=[(127, 153)]),
    2: Prompts(points=[(193, 212)]),
    3: Prompts(points=[(119, 271)]),
    4: Prompts(box=(154, 313, 219, 381)),
    5: Prompts(points=[(262, 172), (238, 146)], labels=[1, 0], box=(234, 142, 290, 203)),
}
IMAGE_FILE, LABELS_FILE, OVERLAY_FILE, SUMMARY_FILE = (
    "coins.tif",
    "labels.tif",
    "overlay.png",
    "summary.json",
)


_HELP = """\
Segment coins of a real photograph with clicks and a box.

Writes labels.tif (the masks as label ids), overlay.png (outlines and prompts on the
image), summary.json (times and predicted IoU of every object) and coins.tif (the image,
which scikit-image brings along). Needs no network.

\b
With napari and a display, look at it and click on:
  napari-samwise demo --show
"""


@click.command(help=_HELP)
@click.option(
    "-o",
    "--output",
    default="samwise-demo",
    show_default=True,
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Folder for the results.",
)
@click.option("--show", is_flag=True, help="Then open napari on them; needs a display.")
@click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON.")
@model_options
def demo(output: Path, show: bool, as_json: bool, model: ModelChoice) -> None:
    """Run the demo and print its summary."""
    started = perf_counter()
    try:
        output.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(
            f"The folder '{output}' cannot be made ({error.strerror}); choose another with -o."
        ) from error
    network = model.load()
    summary = run_demo(network, output, started=started)
    click.echo(format_json(summary) if as_json else _format_summary(summary, output))
    if show:
        click.echo(show_demo(output, model.name), err=as_json)


def run_demo(model: SegmentationModel, folder: Path, *, started: float) -> dict[str, Any]:
    """Segment the demo's objects and write its four files.

    Parameters
    ----------
    model : SegmentationModel
        Any promptable model.
    folder : Path
        An existing folder.
    started : float
        ``perf_counter()`` when the command began, for the time of the first mask.

    Returns
    -------
    dict
        The summary, as in ``summary.json``.
    """
    import skimage.data

    from napari_samwise.atomic import replacing
    from napari_samwise.intensity import resolve_intensity
    from napari_samwise.io.overlay import draw_overlay
    from napari_samwise.io.write import write_image, write_labels, write_picture
    from napari_samwise.predictor.predictor import Predictor

    image = skimage.data.coins()
    predictor = Predictor(model)
    loaded = perf_counter()
    intensity = resolve_intensity(image, "auto", rgb=False)
    embedding = predictor.encode(image, intensity=intensity)
    seconds = {"load_model": loaded - started, "encode": perf_counter() - loaded}
    labels = np.zeros(image.shape, dtype=np.int32)
    objects = []
    for label, prompts in DEMO_PROMPTS.items():
        before = perf_counter()
        prediction = predictor.decode(embedding, prompts, keep=1)
        decoded = perf_counter()
        free = prediction.masks[0] & (labels == 0)
        labels[free] = label
        objects.append(
            _describe(label, prompts, float(prediction.scores[0]), free, decoded - before)
        )
        if label == 1:
            write_labels(folder / LABELS_FILE, labels, "YX")
            seconds["first_mask_on_disk"] = perf_counter() - started
    write_labels(folder / LABELS_FILE, labels, "YX")
    write_image(folder / IMAGE_FILE, image, "YX")
    write_picture(folder / OVERLAY_FILE, draw_overlay(intensity.apply(image), labels, DEMO_PROMPTS))
    summary = {
        "image": "skimage.data.coins()",
        "shape": list(image.shape),
        "model": model.name,
        "runs_on": where_it_runs(model),
        "seconds": seconds,
        "objects": objects,
        "files": [IMAGE_FILE, LABELS_FILE, OVERLAY_FILE, SUMMARY_FILE],
    }
    with replacing(folder / SUMMARY_FILE) as temporary:
        temporary.write_text(format_json(summary) + "\n", encoding="utf-8")
    return summary


def _describe(
    label: int, prompts: Prompts, score: float, mask: NDArray[np.bool_], seconds: float
) -> dict[str, Any]:
    return {
        "id": label,
        "points": prompts.points.tolist(),
        "labels": prompts.labels.tolist(),
        "box": None if prompts.box is None else prompts.box.ravel().tolist(),
        "predicted_iou": score,
        "pixels": int(np.count_nonzero(mask)),
        "decode_seconds": seconds,
    }


def _format_summary(summary: Mapping[str, Any], folder: Path) -> str:
    rows = [
        (
            entry["id"],
            _name_prompts(entry),
            entry["predicted_iou"],
            entry["pixels"],
            entry["decode_seconds"] * 1e3,
        )
        for entry in summary["objects"]
    ]
    table = format_table(("id", "prompts", "predicted IoU", "pixels", "decode ms"), rows)
    seconds = summary["seconds"]
    return (
        f"{summary['image']}, {summary['model']} ({summary['runs_on']})\n\n{table}\n\n"
        f"loading {seconds['load_model']:.2f} s, encoding {seconds['encode']:.2f} s, "
        f"first mask on disk after {seconds['first_mask_on_disk']:.2f} s\n"
        f"in {folder}: {', '.join(summary['files'])}"
    )


def _name_prompts(entry: Mapping[str, Any]) -> str:
    includes = sum(entry["labels"])
    excludes = len(entry["labels"]) - includes
    parts = [
        f"{includes} include" if includes else "",
        f"{excludes} exclude" if excludes else "",
        "box" if entry["box"] is not None else "",
    ]
    return ", ".join(part for part in parts if part)
