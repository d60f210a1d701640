"""``napari-samwise track``: objects of a movie followed in time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

import click
from tqdm import tqdm

from napari_samwise.cli.finite_range import FiniteRange
from napari_samwise.cli.intensity_option import INTENSITY_HELP, choose_intensity
from napari_samwise.cli.json_output import format_json
from napari_samwise.cli.label_output import finish_labels, zarr_to_fill
from napari_samwise.cli.model_options import ModelChoice, model_options, where_it_runs
from napari_samwise.cli.prompt_options import Given, PromptCommand, group_prompts
from napari_samwise.errors import InputError
from napari_samwise.geometry.axes import Axes
from napari_samwise.io.channels import choose_channel

if TYPE_CHECKING:
    from napari_samwise.io.image_file import ImageFile
    from napari_samwise.segment.tracking.tracks import Tracks

_HELP = """\
Follow the objects of MOVIE (TIFF, NumPy, OME-Zarr) in time, with their divisions.

They start from prompts, or from labels on one or more frames, and keep their ids. Without
either, everything mode labels each frame, and the labels are linked. With --link, MOVIE is
itself labels of every frame, and no model is asked. Coordinates are T,Y,X in pixels and frames,
from 0.

\b
Labels of the first frame, carried through the movie:
  napari-samwise track movie.tif --labels first.tif -o tracks.tif
One cell, from a click on frame 0:
  napari-samwise track movie.tif --point 0,120,86 -o tracks.tif
Every cell, as a folder of the Cell Tracking Challenge:
  napari-samwise track movie.tif --ctc 01_RES
Labels by hand or by another program, linked:
  napari-samwise track labels.tif --link --ctc 01_RES
"""


@click.command(cls=PromptCommand, help=_HELP, short_help="Follow objects of a movie in time.")
@click.argument("movie", type=click.Path(path_type=Path))
@click.option(
    "--labels", type=click.Path(path_type=Path), metavar="START", help="Start from these."
)
@click.option("--link", is_flag=True, help="MOVIE is labels of every frame; link them.")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="LABELS",
    help="Where the labels go, one id an object: .tif, .npy, .nii.gz, or .zarr, written frame by "
    "frame.",
)
@click.option(
    "--ctc",
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help="A new folder for maskTTT.tif and res_track.txt.",
)
@click.option("--backward", is_flag=True, help="Carry objects to earlier frames too.")
@click.option("--new-objects", is_flag=True, help="Look on each frame for objects not named yet.")
@click.option("--no-divisions", is_flag=True, help="Objects do not divide.")
@click.option(
    "--max-move",
    type=FiniteRange(min=0, min_open=True),
    metavar="PX",
    help="How far an object moves in a frame.",
)
@click.option("--axes", metavar="TYX", help="One letter per axis of MOVIE; default: what it says.")
@click.option("--channel", type=click.IntRange(min=0), help="Use this channel alone, from 0.")
@click.option(
    "--intensity", default="auto", show_default=True, metavar="POLICY", help=INTENSITY_HELP
)
@click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON.")
@model_options
def track(
    movie: Path,
    given: Sequence[Given],
    axes: str | None,
    channel: int | None,
    as_json: bool,
    model: ModelChoice,
    output: Path | None,
    ctc: Path | None,
    **asked: Any,
) -> None:
    """Follow objects, write what was asked for, and print a summary."""
    from napari_samwise.io.read import read_image

    _check_outputs(movie, asked["labels"], output, ctc)
    _check_start(given, asked)
    read = choose_channel(read_image(movie, axes), channel)
    file = _in_time(read, axes)
    placed = _place(output, read, file)
    started = perf_counter()
    out = None if output is None else zarr_to_fill(output)
    if asked["link"]:
        from napari_samwise.segment.tracking.linking import link_labels

        network = None
        tracks = link_labels(file.data, file.axes, options=_options(asked), out=out)
    else:
        start = _read_start(given, asked["labels"])
        intensity = choose_intensity(asked["intensity"], file.data, Axes(file.axes))
        # Loads torch, which takes seconds: what can be refused was refused before.
        from napari_samwise.segment.tracking.track import track as follow

        network = model.load()
        with tqdm(unit=" frames", disable=None, leave=False) as bar:
            tracks = follow(
                list(file.levels),
                start,
                network,
                file.axes,
                intensity=intensity,
                options=_options(asked),
                out=out,
                progress=lambda done, total: _show(bar, done, total),
            )
    summary = {
        "movie": str(movie),
        "axes": file.axes,
        "shape": list(file.data.shape),
        "model": None if network is None else network.name,
        "runs_on": None if network is None else where_it_runs(network),
        "seconds": perf_counter() - started,
        "tracks": len(tracks.spans),
        "divisions": len({parents[0] for parents in tracks.graph.values()}),
        "written": [str(path) for path in (output, ctc) if path is not None],
    }
    _write(tracks, placed, output, ctc, in_place=out is not None)
    click.echo(format_json(summary) if as_json else _format_summary(summary))


def _check_outputs(movie: Path, labels: Path | None, output: Path | None, ctc: Path | None) -> None:
    """Refuse places that cannot be written to before the work is done."""
    from napari_samwise.io.ctc import check_ctc_folder
    from napari_samwise.io.write import check_labels_path

    if output is None and ctc is None:
        raise InputError("Nothing would be written; give -o LABELS, --ctc FOLDER, or both.")
    if output is not None:
        check_labels_path(output, movie)
        if labels is not None and labels.exists() and output.exists() and output.samefile(labels):
            raise InputError(f"'{output}' holds the labels to start from; choose another name.")
    if ctc is not None:
        check_ctc_folder(ctc)


def _check_start(given: Sequence[Given], asked: Mapping[str, Any]) -> None:
    ways = [name for name in ("labels", "link") if asked[name]] + ["prompts"] * bool(given)
    if len(ways) > 1:
        raise InputError(f"Objects start in one way, got {' and '.join(ways)}; leave one out.")


def _in_time(file: ImageFile, axes: str | None) -> ImageFile:
    """Take the stack axis of a file for time if nobody said what it is."""
    if axes is None and "T" not in file.axes and Axes(file.axes).spatial == "ZYX":
        return replace(file, axes=file.axes.replace("Z", "T"))
    return file


def _place(output: Path | None, read: ImageFile, file: ImageFile) -> ImageFile:
    """Return the movie as its labels are written; refuse axes that their format cannot hold."""
    from napari_samwise.io.medical import MEDICAL_SUFFIXES
    from napari_samwise.io.suffix import kind_suffix
    from napari_samwise.io.write import check_labels_fit

    if output is None:
        return file
    # Of three axes these formats cannot say that one is time: labels get those of the movie.
    placed = read if kind_suffix(output) in MEDICAL_SUFFIXES else file
    check_labels_fit(output, Axes(placed.axes).spatial)
    return placed


def _read_start(given: Sequence[Given], labels: Path | None) -> Any:
    from napari_samwise.io.read import read_image

    if labels is not None:
        return read_image(labels).data
    return group_prompts(given) if given else None


def _options(asked: Mapping[str, Any]) -> Any:
    from napari_samwise.segment.tracking.options import TrackingOptions

    return TrackingOptions(
        divisions=not asked["no_divisions"],
        backward=asked["backward"],
        new_objects=asked["new_objects"],
        max_move=asked["max_move"],
    )


def _show(bar: tqdm[Any], done: int, total: int) -> None:
    bar.total = total
    bar.update(done - bar.n)


def _write(
    tracks: Tracks, file: ImageFile, output: Path | None, ctc: Path | None, *, in_place: bool
) -> None:
    from napari_samwise.io.ctc import write_ctc

    # First the folder: labels on disk get levels, and are no longer the array that tracks know.
    if ctc is not None:
        write_ctc(ctc, tracks)
    if output is not None:
        finish_labels(output, tracks.labels, file, in_place=in_place)


def _format_summary(summary: Mapping[str, Any]) -> str:
    by = f" by {summary['model']} ({summary['runs_on']})" if summary["model"] else ""
    return (
        f"{summary['tracks']} tracks, {summary['divisions']} divisions{by} in "
        f"{summary['seconds']:.2f} s\nwritten: {', '.join(summary['written'])}"
    )
