"""What the file is called that holds the objects of an image."""

from __future__ import annotations

from pathlib import Path

from napari_samwise.io.suffix import kind_suffix

OBJECTS_SUFFIX = ".objects.tif"
LARGE_OBJECTS_SUFFIX = ".objects.zarr"


def is_objects_file(path: Path) -> bool:
    """Tell by its name whether a path holds objects, and so is no image to segment."""
    return path.name.lower().endswith((OBJECTS_SUFFIX, LARGE_OBJECTS_SUFFIX))


def objects_stem(image: Path) -> str:
    """Return what the name of an image's objects begins with.

    Examples
    --------
    >>> objects_stem(Path("brain.nii.gz")), objects_stem(Path("cells.ome.tif"))
    ('brain', 'cells.ome')
    """
    return image.name[: len(image.name) - len(kind_suffix(image))]
