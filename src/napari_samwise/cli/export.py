"""``napari-samwise export``: labels as polygons, masks, regions, tables or another image."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from napari_samwise.cli.json_output import print_json

if TYPE_CHECKING:
    from napari_samwise.io.image_file import ImageFile

_HELP = """\
Write the objects of LABELS in another format, which the suffix of OUTPUT chooses.

\b
.geojson               polygons, for QuPath and GIS
.json                  COCO, masks as run lengths
.zip                   regions for ImageJ's ROI manager
.csv .parquet          measurements, as `measure` makes them
.tif .zarr .npy .png   the labels themselves; .zarr is OME-Zarr with levels
.nii .nii.gz .nrrd .mha  the labels where the image lies in the patient

Give --image for the pixel size, the geometry or the intensity of the image that they belong to.

\b
Polygons for QuPath:
  napari-samwise export labels.tif -o cells.geojson
A segmentation of a CT:
  napari-samwise export labels.tif --image ct.nii.gz -o labels.nii.gz
"""


@click.command(help=_HELP, short_help="Write labels as polygons, COCO, ROIs, tables, images.")
@click.argument("labels", type=click.Path(path_type=Path))
@click.option("--image", type=click.Path(path_type=Path), help="The image they belong to.")
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path), help="Where to.")
@click.option("--axes", metavar="ZYX", help="One letter per axis of LABELS; default: what it says.")
@click.option("--image-axes", metavar="ZYXC", help="One letter per axis of the image.")
@click.option(
    "--ome-zarr",
    type=click.Choice(["0.4", "0.5"]),
    default="0.5",
    show_default=True,
    help="Version of OME-Zarr to write.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON.")
def export(
    labels: Path,
    image: Path | None,
    output: Path,
    axes: str | None,
    image_axes: str | None,
    ome_zarr: Literal["0.4", "0.5"],
    as_json: bool,
) -> None:
    """Convert one label image."""
    from napari_samwise.io.export import check_export_path, export_labels, read_labels

    check_export_path(output, image)
    given = read_labels(labels, axes)
    count = export_labels(output, given, read_if_given(image, image_axes), ome_zarr=ome_zarr)
    if as_json:
        print_json({"labels": str(labels), "output": str(output), "objects": count}, indent=None)
    else:
        click.echo(f"{output}: written" + ("" if count is None else f", {count} objects"))


def read_if_given(path: Path | None, axes: str | None) -> ImageFile | None:
    """Read the image that labels belong to, if there is one."""
    if path is None:
        return None
    from napari_samwise.io.read import read_image

    return read_image(path, axes)
