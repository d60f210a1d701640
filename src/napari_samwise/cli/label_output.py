"""Where a command's labels go: written as a whole, or into a zarr that is filled on disk."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from napari_samwise.geometry.axes import Axes

if TYPE_CHECKING:
    from napari_samwise.io.image_file import ImageFile


LABELS_HELP = "Where the labels go: .tif, .zarr (OME-Zarr), .nii.gz, .nrrd, .mha, .npy or .png."
"""Of the option ``--output``."""


def zarr_to_fill(output: Path) -> Path | None:
    """Return the zarr that is filled piece by piece; None where labels are written as a whole."""
    from napari_samwise.io.suffix import kind_suffix
    from napari_samwise.segment.everything.target import ZARR_SUFFIX

    return output if kind_suffix(output) == ZARR_SUFFIX else None


def finish_labels(output: Path, labels: Any, file: ImageFile, *, in_place: bool) -> None:
    """Write the labels, or give those that are on disk coarser levels.

    Parameters
    ----------
    output : Path
        Where they go, or are.
    labels : array-like
        Of the image's shape without the channel axis.
    file : ImageFile
        The image, for axes, pixel size and geometry.
    in_place : bool
        Whether they have been written to ``output`` (``zarr_to_fill``).
    """
    axes = Axes(file.axes).spatial
    if in_place:
        from napari_samwise.io.ome_zarr_labels import make_multiscale

        make_multiscale(output, axes, file.scale)
        return
    from napari_samwise.io.write import write_labels

    write_labels(output, labels, axes, file.scale, geometry=file.geometry)


def count_pixels(labels: Any, block_rows: int = 1024) -> dict[int, int]:
    """Return how many pixels every label has, reading a block of rows at a time.

    Parameters
    ----------
    labels : array-like
        Whole numbers, 0 is background.
    block_rows : int
        Entries of the second to last axis to read at once.
    """
    import itertools

    import numpy as np

    counts: dict[int, int] = {}
    *leading, rows, _ = labels.shape
    for position in itertools.product(*map(range, leading)):
        for start in range(0, rows, block_rows):
            block = np.asarray(labels[(*position, slice(start, start + block_rows))])
            for label, count in zip(*np.unique(block[block > 0], return_counts=True), strict=True):
                counts[int(label)] = counts.get(int(label), 0) + int(count)
    return counts
