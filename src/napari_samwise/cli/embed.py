"""``napari-samwise embed``: encode images ahead, into the store on disk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from tqdm import tqdm

from napari_samwise.cli.finite_range import FiniteRange
from napari_samwise.cli.image_options import Reading, reading_options
from napari_samwise.cli.json_output import format_json
from napari_samwise.cli.model_options import ModelChoice, model_options
from napari_samwise.cli.table import format_table
from napari_samwise.errors import ImageError
from napari_samwise.geometry.axes import Axes

if TYPE_CHECKING:
    from napari_samwise.predictor.disk_store import DiskStore
    from napari_samwise.predictor.predictor import Predictor
    from napari_samwise.segment.embed import FillingStore

_GIGABYTE = 10**9
_MOST_GIGABYTES = 10**9
"""A larger store no file system can hold."""

_HELP = """\
Encode images ahead, so that napari, segment and everything need not.

IMAGE is a file (TIFF, PNG, NIfTI, ...), an OME-Zarr, or a folder of images. Every plane of a stack
is encoded; planes that are too large for that are encoded in frames, on every level. What is in the
store already is left alone, so a run that was stopped goes on where it was. Use the model and the
intensity that you will segment with.

\b
A stack over lunch:   napari-samwise embed stack.tif --model vit_b
A folder overnight:   napari-samwise embed images --model vit_b_lm --quota 100
Details of a slide:   napari-samwise embed slide.tif --model vit_b --levels 0,1
"""


def _read_levels(
    context: click.Context, parameter: click.Parameter, text: str | None
) -> tuple[int, ...] | None:
    if text is None:
        return None
    parts = text.split(",")
    if not all(part.isdecimal() for part in parts):
        raise click.BadParameter(f"takes whole numbers such as 0 or 0,1, got '{text}'.")
    return tuple(int(part) for part in parts)


@click.command(help=_HELP, short_help="Encode images ahead, into the store on disk.")
@click.argument(
    "images", metavar="IMAGE...", nargs=-1, required=True, type=click.Path(path_type=Path)
)
@click.option(
    "--levels",
    callback=_read_levels,
    metavar="0,1",
    help="Only these levels of large planes; 0 is full resolution, each next one half of it.",
)
@click.option(
    "--quota",
    type=FiniteRange(min=0, min_open=True, max=_MOST_GIGABYTES),
    metavar="GB",
    help="Let the store hold so much from now on; what was not used for longest goes first.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON.")
@reading_options
@model_options
def embed(
    images: Sequence[Path],
    levels: tuple[int, ...] | None,
    quota: float | None,
    as_json: bool,
    reading: Reading,
    model: ModelChoice,
) -> None:
    """Encode what is missing and print how much that was."""
    from napari_samwise.io.find import find_images

    paths = find_images(images)
    # Loads torch, which takes seconds: what can be refused was refused before.
    from napari_samwise.predictor.disk_store import DiskStore
    from napari_samwise.predictor.predictor import Predictor
    from napari_samwise.segment.embed import FillingStore

    disk = DiskStore()
    if quota is not None:
        disk.set_quota(round(quota * _GIGABYTE))
    store = FillingStore(disk)
    predictor = Predictor(model.load(), store=store)
    done: list[dict[str, Any]] = []
    failed: list[str] = []
    keys: set[str] = set()
    for path in paths:
        try:
            keys |= _embed_one(path, reading, levels, predictor, store, done)
        except ImageError as error:
            failed.append(str(error))
    summary = {
        "model": predictor.model.name,
        "images": done,
        "given_up": sum(key not in disk for key in keys),
        **_describe(disk),
    }
    click.echo(format_json(summary) if as_json else _format_summary(summary))
    if failed:
        count = f"{len(failed)} of {len(paths)} images could not be encoded: "
        raise ImageError((count if len(paths) > 1 else "") + " ".join(failed))


def _embed_one(
    path: Path,
    reading: Reading,
    levels: tuple[int, ...] | None,
    predictor: Predictor,
    store: FillingStore,
    done: list[dict[str, Any]],
) -> set[str]:
    """Encode one image, note in ``done`` what that was, and return the keys."""
    from napari_samwise.segment.embed import count_ahead, encode_ahead

    file = reading.read(path)
    axes, before = Axes(file.axes), store.added
    total = count_ahead(list(file.levels), axes, predictor.model, levels)
    jobs = encode_ahead(list(file.levels), axes, predictor, reading.resolve_intensity(file), levels)
    # disable=None: no bar where nobody watches.
    keys = list(tqdm(jobs, path.name, total, unit="embedding", disable=None, leave=False))
    encoded = store.added - before
    done.append({"image": str(path), "encoded": encoded, "were_there": len(keys) - encoded})
    return set(keys)


def _describe(disk: DiskStore) -> dict[str, Any]:
    return {"store": str(disk.folder), "bytes": disk.nbytes, "max_bytes": disk.max_bytes}


def _format_summary(summary: Mapping[str, Any]) -> str:
    rows = [(e["image"], e["encoded"], e["were_there"]) for e in summary["images"]]
    used, allowed = (summary[name] / _GIGABYTE for name in ("bytes", "max_bytes"))
    lines = [
        format_table(("image", "encoded", "were there"), rows),
        f"{summary['store']} holds {used:.3g} GB of at most {allowed:g} GB",
    ]
    if summary["given_up"]:
        lines.append(
            f"{summary['given_up']} embeddings had to go again for others: give a larger --quota"
        )
    return "\n".join(lines)
