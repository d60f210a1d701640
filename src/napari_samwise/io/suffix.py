"""What the name of a file, or the first look into a folder, says of its kind."""

from __future__ import annotations

from pathlib import Path

_ZARR_MARKERS = ("zarr.json", ".zgroup", ".zarray")


def kind_suffix(path: Path) -> str:
    """Return the suffix that tells a file's kind, in lower case.

    Examples
    --------
    >>> kind_suffix(Path("brain.nii.gz")), kind_suffix(Path("cells.ome.tif"))
    ('.nii.gz', '.tif')
    """
    suffix = path.suffix.lower()
    if suffix == ".gz":
        return "".join(part.lower() for part in path.suffixes[-2:])
    return suffix


def is_zarr(path: Path) -> bool:
    """Tell whether a folder is a Zarr group or array."""
    return any((path / marker).is_file() for marker in _ZARR_MARKERS)
