"""``napari-samwise adapt``: fit a model to objects that were kept."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click
from tqdm import tqdm

from napari_samwise.cli.image_options import Reading, reading_options
from napari_samwise.cli.model_options import complete_model
from napari_samwise.errors import InputError
from napari_samwise.geometry.axes import Axes

if TYPE_CHECKING:
    from napari_samwise.learn.adaptation import Adaptation
    from napari_samwise.learn.corpus import LabelledPlane

_HELP = """\
Fit a model to objects that were kept, so that a click means what it means in your images.

IMAGES is an image, with --labels the file of its objects; or a folder of pairs NAME_image.tif and
NAME_labels.tif. Not every object must be labelled: a dozen tell a lot. A quarter of them is put
aside to measure what was gained; without a gain nothing is written. The encoder stays as it is, so
stored embeddings stay good. What is written, two megabytes for nano, loads by its path wherever
--model stands.

\b
One image:    napari-samwise adapt cells.tif --labels cells-objects.tif -o cells.safetensors
A folder:     napari-samwise adapt my_folder -o mine.safetensors
Then use it:  napari-samwise everything next.tif -o labels.tif --model mine.safetensors
Go on later:  napari-samwise adapt more -o better.safetensors --model mine.safetensors
"""


@click.command(help=_HELP, short_help="Fit a model to objects that you kept.")
@click.argument("images", type=click.Path(path_type=Path))
@click.option("--labels", type=click.Path(path_type=Path), help="The objects of one image.")
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="WEIGHTS",
    help="Where the adapted weights go: a .safetensors file.",
)
@click.option(
    "--steps", type=click.IntRange(min=10), help="Steps of the optimiser; default: what suits."
)
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True)
@click.option(
    "--model",
    default="nano",
    show_default=True,
    metavar="NAME",
    shell_complete=complete_model,
    help="What to begin with: a name, a file of weights, or an adapted model.",
)
@click.option(
    "--device",
    default="auto",
    show_default=True,
    metavar="NAME",
    help="Where to compute: auto (the fastest here), cpu, cuda, cuda:1, mps.",
)
@reading_options
def adapt(
    images: Path,
    labels: Path | None,
    output: Path,
    steps: int | None,
    seed: int,
    model: str,
    device: str,
    reading: Reading,
) -> None:
    """Adapt, say what was gained, and write the weights."""
    from napari_samwise.learn.adapt import adapt as fit
    from napari_samwise.learn.adaptation import AdaptOptions
    from napari_samwise.learn.corpus import all_planes
    from napari_samwise.weights.adapted import write_adapted
    from napari_samwise.weights.adapted_models import SUFFIX

    if output.suffix != SUFFIX:
        raise InputError(f"Weights are written as {SUFFIX}; got '{output.name}': change that.")
    if not output.parent.is_dir():
        raise InputError(f"The folder '{output.parent}' does not exist; make it first.")
    planes = all_planes(images) if labels is None else _planes_of(images, labels, reading)
    bar = tqdm(desc="adapting", unit="step", leave=False, disable=None)

    def progress(done: int, total: int) -> None:
        bar.total = total
        bar.update(done - bar.n)

    options = AdaptOptions(steps=steps, seed=seed)
    with bar:
        done = fit(planes, model, options, device=device, progress=progress)
    click.echo(_describe(done))
    if not done.is_better:
        raise InputError(
            "The adapted model is no better on the objects that were put aside, so nothing was "
            "written; keep more objects, or go on with the model as it is."
        )
    write_adapted(done.weights, output)
    click.echo(f"weights: {output}")


def _planes_of(image: Path, labels: Path, reading: Reading) -> Iterator[LabelledPlane]:
    """Yield the planes of an image on which there are objects."""
    import numpy as np

    from napari_samwise.geometry.cut import cut_plane
    from napari_samwise.io.export import read_labels
    from napari_samwise.learn.corpus import LabelledPlane
    from napari_samwise.segment.planes import all_positions

    file, objects = reading.read(image), read_labels(labels)
    axes, own = Axes(file.axes), Axes(objects.axes)
    shape = axes.spatial_shape(file.data.shape)
    if axes.spatial != own.spatial or shape != own.spatial_shape(objects.data.shape):
        raise InputError(
            f"'{labels.name}' ({objects.axes}, {objects.data.shape}) does not fit "
            f"'{image.name}' ({file.axes}, {file.data.shape}); give the labels of this image."
        )
    intensity = reading.resolve_intensity(file)
    for position in all_positions(objects.data.shape, own):
        truth = cut_plane(objects.data, own, position)
        if truth.any():
            seen = intensity.apply(cut_plane(file.data, axes, position))
            name = ":".join([image.stem, *map(str, position)])
            yield LabelledPlane(name, image.stem, seen, truth.astype(np.int32))


def _describe(done: Adaptation) -> str:
    """Say what was gained, as a table."""
    from napari_samwise.cli.table import format_table

    rows = [
        (name, f"{scores.one_click:.2f}", f"{scores.three_clicks:.2f}", f"{scores.box:.2f}")
        for name, scores in (("before", done.before), ("after", done.after))
    ]
    told = f"learned from {done.learned} objects, measured on {done.aside} others"
    return f"{format_table(('mean IoU', '1 click', '3 clicks', 'box'), rows)}\n{told}"
