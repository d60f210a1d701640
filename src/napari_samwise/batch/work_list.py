"""Which images a batch is about: files, folders, patterns, and images that are folders."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from napari_samwise.batch.names import name_inputs
from napari_samwise.errors import InputError
from napari_samwise.io.objects_file import is_objects_file
from napari_samwise.io.read import is_image

_ZARR = ".zarr"


@dataclass(frozen=True, slots=True)
class WorkItem:
    """One image.

    Parameters
    ----------
    path : Path
        Absolute.
    name : str
        What its results are called; no two in a batch are the same.
    """

    path: Path
    name: str


@dataclass(frozen=True, slots=True)
class WorkList:
    """The images of a batch.

    Parameters
    ----------
    items : tuple of WorkItem
        In the order given, those of a folder by name.
    ignored : int
        What is in folders, or fits patterns, and says by its name that it is no image: other files,
        and objects that the widget has saved beside the images.
    """

    items: tuple[WorkItem, ...]
    ignored: int


def find_work(
    inputs: str | Path | Sequence[str | Path], out: Path, claimed: Mapping[str, str]
) -> WorkList:
    """Find the images that inputs mean.

    A file that is named is taken whatever its suffix, and if it does not exist too: that is told
    in the report. In a folder, files with an image's suffix are images, OME-Zarr and DICOM series
    too, but for objects that the widget has saved beside the images; other folders in it are not
    searched, and what is hidden is left out.

    Parameters
    ----------
    inputs : str or Path or sequence of these
        Files, folders, OME-Zarr images, or patterns such as ``"plate/*/*.tif"``.
    out : Path
        Folder of the results.
    claimed : mapping of str to str
        See ``name_inputs``.

    Raises
    ------
    InputError
        If there is no image at all, a folder or pattern holds none, or the results would lie among
        the images.
    """
    given = [inputs] if isinstance(inputs, str | Path) or inputs is None else list(inputs)
    if not all(isinstance(each, str | Path) for each in given):
        raise InputError(
            f"Images are named by files, folders or patterns, got {type(inputs).__name__}; arrays "
            "are segmented by segment_everything."
        )
    found: list[Path] = []
    ignored: list[Path] = []
    for each in given:
        for path, is_wanted in _expand(Path(each)):
            (found if is_wanted else ignored).append(_absolute(path))
    paths = list(dict.fromkeys(found))
    if not any(path.exists() for path in paths):
        raise InputError(_nothing(given))
    among = next((path for path in paths if path.parent == _absolute(out)), None)
    if among is not None:
        raise InputError(
            f"Results in '{out}' would lie among the images ('{among.name}') and be taken for some "
            "next time; choose another folder for them."
        )
    names = name_inputs(paths, claimed)
    items = tuple(WorkItem(path, names[path]) for path in paths)
    return WorkList(items, len(set(ignored) - set(paths)))


def _expand(path: Path) -> Iterator[tuple[Path, bool]]:
    """Yield what an input means, and whether that is an image."""
    if not path.exists() and glob.has_magic(str(path)):
        inside: Iterable[Path] = map(Path, sorted(glob.glob(str(path), recursive=True)))
    elif path.is_dir() and not _looks_like_image(path):
        inside = sorted(path.iterdir())
    else:
        yield path, True
        return
    count = 0
    for each in inside:
        if each.name.startswith("."):
            continue
        holds_objects = is_objects_file(each)
        is_wanted = not holds_objects and _looks_like_image(each)
        count += is_wanted
        if is_wanted or holds_objects or not each.is_dir():
            yield each, is_wanted
    if not count:
        kind = "folder" if path.is_dir() else "pattern"
        raise InputError(f"The {kind} '{path}' holds no image; check it, and the suffixes.")


def _looks_like_image(path: Path) -> bool:
    # A folder that calls itself a zarr and is none shall be told, not passed over.
    return is_image(path) or path.suffix.lower() == _ZARR


def _absolute(path: Path) -> Path:
    return Path(os.path.abspath(path.expanduser()))


def _nothing(given: Sequence[str | Path]) -> str:
    if not given:
        return "There is nothing to do; give images, folders or patterns."
    return f"There is no file or folder at '{given[0]}'; check the path."
