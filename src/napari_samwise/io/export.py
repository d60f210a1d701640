"""Write what a label image holds in the format that a file's name asks for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from napari_samwise.atomic import replacing
from napari_samwise.errors import ImageError, InputError
from napari_samwise.io.image_file import ImageFile
from napari_samwise.io.measure import Measurable, measure
from napari_samwise.io.ome_zarr_metadata import OmeZarrVersion
from napari_samwise.io.read import read_image
from napari_samwise.io.suffix import kind_suffix
from napari_samwise.io.table import TABLE_SUFFIXES, write_table
from napari_samwise.io.write import LABEL_SUFFIXES, check_labels_path, write_labels

OBJECT_SUFFIXES = (".geojson", ".json", ".zip")
"""What objects are written as: GeoJSON, COCO, regions of ImageJ."""


def read_labels(path: str | Path, axes: str | None = None) -> ImageFile:
    """Read a label image.

    Raises
    ------
    ImageError
        It cannot be read, or holds no ids.
    """
    file = read_image(path, axes)
    if file.data.dtype.kind not in "iub" or "C" in file.axes:
        raise ImageError(
            f"'{file.name}' is no label image (axes {file.axes}, {file.data.dtype}): its values "
            "must be whole numbers without channels; give the file that segment wrote."
        )
    return file


def check_export_path(path: Path, image: Path | None = None) -> None:
    """Refuse a path that nothing can be written to, before the work is done.

    Parameters
    ----------
    path : Path
        Where to.
    image : Path, optional
        The image that the labels belong to.

    Raises
    ------
    InputError
        The suffix is unknown, the folder does not exist, or the image would be replaced.
    """
    suffix = kind_suffix(path)
    if suffix not in (*OBJECT_SUFFIXES, *TABLE_SUFFIXES):
        if suffix and suffix not in LABEL_SUFFIXES:
            known = ", ".join((*OBJECT_SUFFIXES, *TABLE_SUFFIXES, *LABEL_SUFFIXES))
            raise InputError(
                f"Objects are written as {known}; got '{path.name}': change its suffix."
            )
        check_labels_path(path, image)
    elif not path.parent.is_dir():
        raise InputError(f"There is no folder '{path.parent}'; make it, or choose another.")


def export_labels(
    path: Path,
    labels: ImageFile,
    image: ImageFile | None = None,
    *,
    ome_zarr: OmeZarrVersion = "0.5",
) -> int | None:
    """Write objects, measurements or the labels themselves, whole or not at all.

    Parameters
    ----------
    path : Path
        Its suffix says what: .geojson polygons, .json COCO, .zip regions of ImageJ, .csv and
        .parquet measurements, and what ``write_labels`` knows.
    labels : ImageFile
        Ids, 0 is background.
    image : ImageFile, optional
        The image that they belong to: its pixel size where the labels have none, its geometry,
        its name and its intensity.
    ome_zarr : str
        Version of OME-Zarr.

    Returns
    -------
    int or None
        How many objects were written, counted once a plane; None where the labels themselves were.

    Raises
    ------
    InputError
        The format is unknown or cannot hold them, the image is another one, or the place cannot
        be written to.
    """
    check_export_path(path)
    suffix = kind_suffix(path)
    scale = labels.scale or _scale_of(image)
    measurable = Measurable(labels.data, labels.axes, scale, image)
    if suffix not in (*OBJECT_SUFFIXES, *TABLE_SUFFIXES):
        geometry = labels.geometry or (None if image is None else image.geometry)
        write_labels(path, labels.data, labels.axes, scale, geometry=geometry, ome_zarr=ome_zarr)
        return None
    name = labels.name if image is None else image.name
    with replacing(path) as temporary:
        return _write_objects(temporary, suffix, measurable, name)


def _scale_of(image: ImageFile | None) -> tuple[float, ...] | None:
    return None if image is None else image.scale


def _write_objects(path: Path, suffix: str, measurable: Measurable, image_name: str) -> int:
    """Write one of the formats in which objects stand one by one."""
    labels: Any = measurable.labels
    if suffix in TABLE_SUFFIXES:
        columns = measure(measurable)
        write_table(path, columns)
        return len(columns["label"])
    if suffix == ".geojson":
        from napari_samwise.io.geojson import write_geojson

        return write_geojson(path, labels, measurable.axes)
    if suffix == ".json":
        from napari_samwise.io.coco import write_coco

        return write_coco(path, labels, measurable.axes, image_name)
    from napari_samwise.io.imagej_rois import write_imagej_rois

    return write_imagej_rois(path, labels, measurable.axes)
