"""``napari-samwise models``: what can be asked for by name."""

from __future__ import annotations

from importlib.resources import as_file, files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from napari_samwise.cli.json_output import print_json
from napari_samwise.cli.table import format_table

if TYPE_CHECKING:
    from napari_samwise.weights.registry import Checkpoint


_HELP = """\
List the models: size, licence, and whether the weights are here.

A model that is not here is downloaded when it is first used. Any other checkpoint of the
family loads by its path: --model path/to/file.pt

\b
What there is:
  napari-samwise models
What is there already, for a program:
  napari-samwise models --json
"""


@click.command(help=_HELP, short_help="List the models, and which weights are here.")
@click.option(
    "--weights-dir",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Folder of downloaded weights, instead of the one NAPARI_SAMWISE_HOME names.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON, with addresses and citations.")
def models(weights_dir: Path | None, as_json: bool) -> None:
    """Print the list of models."""
    from napari_samwise.weights.adapted_models import adapted_folder, adapted_models
    from napari_samwise.weights.fetch import weights_folder
    from napari_samwise.weights.registry import CHECKPOINTS, DECODERS

    folder = weights_folder(weights_dir)
    entries = [_describe(checkpoint, folder) for checkpoint in CHECKPOINTS.values()]
    adapted = adapted_models()
    if as_json:
        decoders = [_describe(decoder, folder) for decoder in DECODERS.values()]
        listing = {
            "weights_folder": str(folder),
            "models": entries,
            "instance_decoders": decoders,
            "adapted_models": {name: str(path) for name, path in adapted.items()},
        }
        print_json(listing)
        return
    rows = [
        (e["name"], e["state"], _format_size(e["bytes"]), e["description"], e["licence"])
        for e in entries
    ]
    rows += [_row_of_adapted(name, path) for name, path in adapted.items()]
    click.echo(format_table(("model", "weights", "size", "made for", "licence"), rows))
    click.echo(f"\nWeights lie in {folder}")
    if adapted:
        click.echo(f"Adapted models lie in {adapted_folder()}")


def _describe(checkpoint: Checkpoint, folder: Path) -> dict[str, Any]:
    path = folder / checkpoint.file_name
    size = checkpoint.size
    if checkpoint.is_built_in:
        state = "built in"
        size = _built_in_size(checkpoint)
    elif path.is_file():
        state = "here"
        size = path.stat().st_size
    else:
        state = "to download"
    return {
        "name": checkpoint.name,
        "state": state,
        "bytes": size,
        "licence": checkpoint.licence,
        "description": checkpoint.description,
        "citation": checkpoint.citation,
        "url": checkpoint.url,
    }


def _row_of_adapted(name: str, path: Path) -> tuple[str, str, str, str, str]:
    """Return the row of an adapted model; its licence is that of its base, where that is known."""
    from napari_samwise.weights.adapted_models import adapted_base
    from napari_samwise.weights.registry import CHECKPOINTS

    base = adapted_base(name)
    checkpoint = CHECKPOINTS.get(base)
    if checkpoint is not None:
        origin, licence = checkpoint.name, checkpoint.licence
    else:
        origin, licence = Path(base).name or "a model", ""
    size = _format_size(path.stat().st_size)
    return name, "yours", size, f"{origin}, adapted to your objects", licence


def _built_in_size(checkpoint: Checkpoint) -> int:
    with as_file(files("napari_samwise.weights").joinpath(checkpoint.file_name)) as path:
        return path.stat().st_size


def _format_size(size: int | None) -> str:
    return "" if size is None else f"{size / 1e6:.0f} MB"
