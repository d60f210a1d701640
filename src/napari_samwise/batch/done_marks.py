"""Marks in the folder of results that say what is done, and of what."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from napari_samwise.atomic import replacing

_SUFFIX = ".json"
_FOLDER_SIZE = -1


@dataclass(frozen=True, slots=True)
class Mark:
    """What is known of an image that is done.

    Parameters
    ----------
    key : str
        Digest of all that the results depend on.
    image : str
        Path of the image.
    outputs : mapping of str to int
        Size in bytes by path relative to the folder of results; -1 for a folder.
    objects : int
        How many were found.
    """

    key: str
    image: str
    outputs: Mapping[str, int]
    objects: int


class DoneMarks:
    """The marks of one folder of results: a small file for each image, there whole or not at all.

    Parameters
    ----------
    out : Path
        The folder of results.
    folder : Path
        Where the marks are; it need not exist until one is written.
    """

    def __init__(self, out: Path, folder: Path) -> None:
        self._out = out
        self._folder = folder

    def read(self, name: str) -> Mark | None:
        """Return the mark of an image; None where there is none, or a damaged one."""
        return _read(self._path(name))

    def find(self, name: str, key: str) -> Mark | None:
        """Return the mark of an image if it is done as asked and its results are still there."""
        mark = self.read(name)
        if mark is None or mark.key != key:
            return None
        there = all(size_of(self._out / path) == size for path, size in mark.outputs.items())
        return mark if there else None

    def write(self, name: str, mark: Mark) -> None:
        """Say that an image is done."""
        self._folder.mkdir(parents=True, exist_ok=True)
        with replacing(self._path(name)) as temporary:
            temporary.write_text(json.dumps(asdict(mark), indent=1), encoding="utf-8")

    def remove(self, name: str) -> None:
        """Say that an image is not done."""
        self._path(name).unlink(missing_ok=True)

    def names(self) -> dict[str, str]:
        """Return the names of results by the path of the image."""
        marks = {path: _read(path) for path in sorted(self._folder.glob(f"*{_SUFFIX}"))}
        return {m.image: p.name.removesuffix(_SUFFIX) for p, m in marks.items() if m is not None}

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}{_SUFFIX}"


def size_of(path: Path) -> int | None:
    """Return a file's size in bytes, -1 of a folder, None of what is not there."""
    if path.is_dir():
        return _FOLDER_SIZE
    return path.stat().st_size if path.exists() else None


def _read(path: Path) -> Mark | None:
    try:
        told: Any = json.loads(path.read_text(encoding="utf-8"))
        outputs = {str(name): int(size) for name, size in told["outputs"].items()}
        return Mark(str(told["key"]), str(told["image"]), outputs, int(told["objects"]))
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None
