"""Which images the paths on a command line mean."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from napari_samwise.errors import InputError
from napari_samwise.io.objects_file import is_objects_file
from napari_samwise.io.read import IMAGE_SUFFIXES, is_image


def find_images(paths: Iterable[Path]) -> list[Path]:
    """Return the images that files and folders hold, those of a folder by name.

    A folder that is an image itself, such as OME-Zarr or a DICOM series, is one. Folders within
    folders are not searched, but for those. What is hidden is left out, and so are objects that the
    widget has saved beside the images.

    Parameters
    ----------
    paths : iterable of Path
        A file is taken as it is, whatever its name.

    Raises
    ------
    InputError
        If one of them is not there, or a folder holds no image.
    """
    found: list[Path] = []
    for path in paths:
        if not path.exists():
            raise InputError(f"There is no file or folder at '{path}'; check the path.")
        if not path.is_dir() or is_image(path):
            found.append(path)
            continue
        inside = [p for p in sorted(path.iterdir()) if _is_listed(p) and is_image(p)]
        if not inside:
            raise InputError(
                f"The folder '{path}' holds no image that ends in {', '.join(IMAGE_SUFFIXES)}."
            )
        found += inside
    return list(dict.fromkeys(found))


def _is_listed(path: Path) -> bool:
    return not path.name.startswith(".") and not is_objects_file(path)
