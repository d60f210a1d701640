"""What is written for one image: all of it, or nothing."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from napari_samwise.atomic import put_folder
from napari_samwise.batch.done_marks import Mark, size_of
from napari_samwise.batch.labelling import Labelled
from napari_samwise.batch.places import Places
from napari_samwise.batch.recipe import Outputs
from napari_samwise.errors import InputError
from napari_samwise.geometry.axes import Axes
from napari_samwise.io.image_file import ImageFile

ZARR_NAME = "labels.zarr"
_LABELS = {"ome-zarr": "_labels.zarr"}
_POLYGONS = {"geojson": ".geojson", "coco": "_coco.json", "rois": "_rois.zip"}


def output_names(name: str, outputs: Outputs) -> tuple[str, ...]:
    """Return the file names of an image's results, the labels first."""
    names = []
    if outputs.labels is not None:
        names.append(name + _LABELS.get(outputs.labels, f"_labels.{outputs.labels}"))
    if outputs.measurements is not None:
        names.append(f"{name}.{outputs.measurements}")
    if outputs.polygons is not None:
        names.append(name + _POLYGONS[outputs.polygons])
    return tuple(names)


def make_results(
    folder: Path, names: Iterable[str], found: Labelled, file: ImageFile, whole: ImageFile
) -> None:
    """Write an image's results into a folder.

    Parameters
    ----------
    folder : Path
        Labels on disk lie in it as ``labels.zarr``.
    names : iterable of str
        See ``output_names``.
    found : Labelled
        The labels.
    file : ImageFile
        What was segmented.
    whole : ImageFile
        The image with all channels, whose intensity is measured.
    """
    from napari_samwise.io.export import export_labels
    from napari_samwise.io.ome_zarr_labels import make_multiscale

    axes = Axes(file.axes).spatial
    on_disk = folder / ZARR_NAME
    labels = ImageFile(found.labels, axes, file.scale, file.name, geometry=file.geometry)
    for name in names:
        if not name.endswith(_LABELS["ome-zarr"]):
            export_labels(folder / name, labels, whole)
    for name in names:
        if not name.endswith(_LABELS["ome-zarr"]):
            continue
        if on_disk.exists():
            make_multiscale(on_disk, axes, file.scale)
            os.replace(on_disk, folder / name)
        else:
            export_labels(folder / name, replace(labels, name=name))


def publish(places: Places, folder: Path, item_name: str, names: Iterable[str], mark: Mark) -> None:
    """Move results to their place, and mark the image as done.

    Results that an earlier recipe asked for, and this one does not, are removed: they would be
    taken for those of this one.

    Raises
    ------
    InputError
        If something else is in the way.
    """
    marks = places.marks
    before = marks.read(item_name)
    marks.remove(item_name)
    for path, size in (before.outputs if before is not None else {}).items():
        if path not in names and size_of(places.out / path) == size:
            _remove(places.out / path)
    for name in names:
        _move(folder / name, places.out / name)
    outputs = {name: size_of(places.out / name) or 0 for name in names}
    marks.write(item_name, Mark(mark.key, mark.image, outputs, mark.objects))
    shutil.rmtree(folder, ignore_errors=True)


def _move(made: Path, place: Path) -> None:
    from napari_samwise.io.ome_zarr_labels import holds_labels

    if place.is_dir():
        if not holds_labels(place):
            raise InputError(f"'{place}' is in the way and no label image; move it elsewhere.")
        put_folder(made, place)
    else:
        os.replace(made, place)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
