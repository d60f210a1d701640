"""Objects of images so large that they are kept on disk: begun, and taken up again."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from napari_samwise.errors import ImageError
from napari_samwise.plugin.label_chunks import ChunkedLabels
from napari_samwise.plugin.label_folder import make_arrays
from napari_samwise.plugin.label_pyramid import LabelPyramid


def new_large(path: Path, shape: tuple[int, ...], scale: Sequence[float] | None) -> ChunkedLabels:
    """Return labels without an object; the path is made with the first one.

    Parameters
    ----------
    path : Path
        Where they will be kept.
    shape : tuple of int
        Of the image.
    scale : sequence of float or None
        Pixel size along each axis.
    """
    sizes = (1.0,) * len(shape) if scale is None else scale
    return ChunkedLabels(shape, lambda shapes: make_arrays(path, shapes, sizes), path)


def open_large(path: Path) -> LabelPyramid:
    """Return labels that are on disk; what is changed in them is changed there.

    Raises
    ------
    ImageError
        They cannot be opened.
    """
    import zarr

    try:
        group = zarr.open_group(path, mode="r+")
        levels: list[Any] = [group[name] for name in sorted(group.array_keys(), key=int)]
    except (OSError, ValueError, KeyError) as error:
        raise ImageError(
            f"'{path.name}' does not hold objects that can be read ({error}); rename or remove it."
        ) from error
    if not levels:
        raise ImageError(f"'{path.name}' holds no objects; rename or remove it.")
    return LabelPyramid(levels)


def finish_writing(labels: Any) -> None:
    """Return when all changes are on disk.

    Raises
    ------
    InputError
        They could not be written.
    """
    if isinstance(labels, ChunkedLabels):
        labels.chunks.wait()
        labels.chunks.check()
