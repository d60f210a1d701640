"""The images of a folder as a list of work: their order, their objects, which are done."""

from __future__ import annotations

import hashlib
import json
import re
import tempfile
from collections import Counter
from pathlib import Path

from napari_samwise.atomic import replacing
from napari_samwise.errors import InputError
from napari_samwise.io.find import find_images
from napari_samwise.io.objects_file import (
    LARGE_OBJECTS_SUFFIX,
    OBJECTS_SUFFIX,
    objects_stem,
)

MARKS_FILE = "samwise-series.json"
_VERSION = 1
_MAX_BYTES = 2**24
_DIGITS = 12


class Worklist:
    """The images of one folder.

    Marks and objects lie beside the images, or in a folder of their own where the images' cannot
    be written to.

    Parameters
    ----------
    folder : Path
        Holds the images.
    elsewhere : Path
        Where folders are made for images whose own folder is read-only; need not exist.

    Attributes
    ----------
    images : tuple of Path
        In natural order: ``a2.tif`` before ``a10.tif``.
    place : Path
        Where marks and objects are written.

    Raises
    ------
    InputError
        The folder is not there, holds no image, or its marks are damaged.
    """

    def __init__(self, folder: Path, elsewhere: Path) -> None:
        self.folder = folder.absolute()
        found = find_images([self.folder])
        if found == [self.folder]:
            raise InputError(f"'{folder}' is one image; give the folder that it lies in.")
        self.images = tuple(sorted(found, key=natural_key))
        self._shared = Counter(objects_stem(path).lower() for path in self.images)
        self.place = self.folder if is_writable(self.folder) else elsewhere / _own_name(self.folder)
        self._done = self._read()

    @property
    def done_count(self) -> int:
        """How many of the images are done."""
        return sum(self.is_done(path) for path in self.images)

    def is_done(self, image: Path) -> bool:
        """Tell whether an image is marked as done."""
        return image.name in self._done

    def mark(self, image: Path, *, done: bool) -> None:
        """Mark an image as done or not; written at once, whole or not at all.

        Raises
        ------
        InputError
            The mark cannot be written.
        """
        # Somebody else may work on the same folder.
        names = self._read() - {image.name} | ({image.name} if done else set())
        content = {"samwise_series": _VERSION, "done": sorted(names)}
        self._make_place()
        with replacing(self.place / MARKS_FILE) as temporary:
            temporary.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
        self._done = names

    def objects_path(self, image: Path, *, large: bool = False) -> Path:
        """Return where the objects of an image are written; the folder is made if it is missing.

        Parameters
        ----------
        image : Path
            One of ``images``.
        large : bool
            Whether they are kept in a folder of chunks.

        Raises
        ------
        InputError
            The folder cannot be made.
        """
        self._make_place()
        return self.place / self._objects_name(image, large)

    def find_objects(self, image: Path, *, large: bool = False) -> Path | None:
        """Return where the objects of an image lie, None if there are none."""
        name = self._objects_name(image, large)
        places = (self.place / name, self.folder / name)
        return next((path for path in places if path.exists()), None)

    def _objects_name(self, image: Path, large: bool) -> str:
        stem = objects_stem(image)
        # Of cells.tif and cells.png in one folder both have objects.
        stem = image.name if self._shared[stem.lower()] > 1 else stem
        return stem + (LARGE_OBJECTS_SUFFIX if large else OBJECTS_SUFFIX)

    def _make_place(self) -> None:
        try:
            self.place.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InputError(
                f"The folder '{self.place}' cannot be made: {error.strerror}; make room, or let "
                "NAPARI_SAMWISE_HOME name another place."
            ) from error

    def _read(self) -> frozenset[str]:
        """Read the names of the images that are done."""
        places = dict.fromkeys((self.place / MARKS_FILE, self.folder / MARKS_FILE))
        path = next((each for each in places if each.is_file()), None)
        if path is None:
            return frozenset()
        try:
            if path.stat().st_size > _MAX_BYTES:
                raise ValueError("it is too large")
            content = json.loads(path.read_text(encoding="utf-8"))
            if content["samwise_series"] != _VERSION:
                raise ValueError(f"its version is {content['samwise_series']}, not {_VERSION}")
            names = content["done"]
            if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
                raise ValueError("'done' is no list of names")
        except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
            raise InputError(
                f"'{path}' does not say which images are done ({error}); repair or delete it."
            ) from error
        return frozenset(names)


def natural_key(path: Path) -> list[tuple[int, int, str]]:
    """Return what to sort by so that numbers within names count as numbers."""
    parts = re.split(r"([0-9]+)", path.name.lower())
    key = [(1, int(part), part) if part.isdecimal() else (0, 0, part) for part in parts if part]
    return [*key, (2, 0, path.name)]


def is_writable(folder: Path) -> bool:
    """Tell whether a file can be made in a folder."""
    try:
        with tempfile.TemporaryFile(dir=folder, prefix=".samwise"):
            return True
    except OSError:
        return False


def _own_name(folder: Path) -> str:
    digest = hashlib.sha256(str(folder.resolve()).encode()).hexdigest()
    return f"{folder.name}-{digest[:_DIGITS]}"
