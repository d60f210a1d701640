"""Whether the objects of an image differ from its file, and writing them into it."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import numpy as np
import xxhash
from numpy.typing import NDArray

from napari_samwise.errors import ImageError, InputError
from napari_samwise.io.export import read_labels
from napari_samwise.io.series import Worklist
from napari_samwise.io.table import save_table
from napari_samwise.io.write import write_labels
from napari_samwise.plugin.inventory import list_objects
from napari_samwise.plugin.objects_layer import make_table, read_table
from napari_samwise.plugin.segmented_object import SegmentedObject
from napari_samwise.plugin.series.large_objects import finish_writing, new_large, open_large
from napari_samwise.plugin.series.opened import Opened
from napari_samwise.plugin.session import Session

_TABLE_SUFFIX = ".csv"


class Saved:
    """The objects of one image as its file holds them.

    Parameters
    ----------
    opened : Opened
        The image.
    worklist : Worklist
        Says where objects lie.

    Attributes
    ----------
    labels : array-like or None
        What the file holds, None if there is none. Of a large image they stay on disk, and what
        is changed is changed there.
    objects : dict of int to SegmentedObject
        What is known of them.

    Raises
    ------
    InputError
        The file cannot be read, or holds labels of another shape.
    """

    def __init__(self, opened: Opened, worklist: Worklist) -> None:
        self._opened, self._worklist = opened, worklist
        self._lock = threading.Lock()
        self.labels: Any = None
        self.objects: dict[int, SegmentedObject] = {}
        self._digest: str | None = None
        path = worklist.find_objects(opened.path, large=opened.is_large)
        self._exists = path is not None
        if path is not None:
            self.labels = open_large(path) if opened.is_large else _read_labels(path, opened)
            _check_shape(path, self.labels, opened)
            self.objects = _read_objects(path.with_suffix(_TABLE_SUFFIX))
            if not opened.is_large:
                # As a session lists them: with areas as they are, and those of no table.
                self._digest = _digest(self.labels, list_objects(self.labels, self.objects))
        elif opened.is_large:
            path = worklist.objects_path(opened.path, large=True)
            self.labels = new_large(path, opened.shape, opened.file.scale)

    def write(self, labels: Any, objects: dict[int, SegmentedObject]) -> bool:
        """Write labels and table if they are others than the files hold; called in a worker.

        Nothing is written where there never was an object.

        Parameters
        ----------
        labels : array-like
            Of the image's shape.
        objects : dict of int to SegmentedObject
            What is known of them.

        Returns
        -------
        bool
            Whether they were written.

        Raises
        ------
        InputError
            The place cannot be written to.
        """
        with self._lock:
            if self._opened.is_large:
                return self._flush(labels, objects)
            # A copy: the user may go on painting.
            whole = np.array(labels[...])
            digest = _digest(whole, objects)
            if digest == self._digest or not (self._exists or whole.any()):
                return False
            path = self._worklist.objects_path(self._opened.path)
            write_labels(path, whole, self._opened.axes, self._opened.file.scale)
            save_table(path.with_suffix(_TABLE_SUFFIX), make_table(objects))
            self._digest, self._exists = digest, True
            return True

    def _flush(self, labels: Any, objects: dict[int, SegmentedObject]) -> bool:
        """See to it that what is kept on disk is there."""
        if labels is not self.labels:
            raise InputError(
                "The objects of an image this large are saved only where the folder keeps them; "
                "save your layer, then choose the one that was there in the list Objects."
            )
        finish_writing(labels)
        path = self._worklist.objects_path(self._opened.path, large=True)
        if not path.exists():
            return False
        save_table(path.with_suffix(_TABLE_SUFFIX), make_table(objects))
        return True


class Keeper:
    """Watches a session whose objects belong into a file.

    Parameters
    ----------
    session : Session
        The annotation of the image.
    saved : Saved
        Its file.
    """

    def __init__(self, session: Session, saved: Saved) -> None:
        self.session = session
        self.saved = saved
        self.version = 0
        session.objects_changed.connect(self._on_change)
        session.painted.connect(self._on_change)

    def close(self) -> None:
        """Watch no more."""
        self.session.objects_changed.disconnect(self._on_change)
        self.session.painted.disconnect(self._on_change)

    def _on_change(self) -> None:
        self.version += 1


def _read_labels(path: Path, opened: Opened) -> NDArray[Any]:
    labels: NDArray[Any] = np.array(read_labels(path, opened.axes).data[...])
    if labels.min(initial=0) < 0:
        raise ImageError(f"'{path.name}' holds negative ids; rename or remove it.")
    return labels.astype(np.uint16) if labels.dtype == bool else labels


def _check_shape(path: Path, labels: Any, opened: Opened) -> None:
    if tuple(labels.shape) != opened.shape:
        raise ImageError(
            f"'{path.name}' holds objects of shape {tuple(labels.shape)}, but "
            f"'{opened.path.name}' has {opened.shape}; rename or remove one of them."
        )


def _read_objects(path: Path) -> dict[int, SegmentedObject]:
    """Read what is known of the objects; what somebody else has made of the table is left out."""
    import pandas as pd

    try:
        return read_table(pd.read_csv(path, keep_default_na=False, na_values={}))
    except (OSError, ValueError):
        return {}


def _digest(labels: NDArray[Any], objects: dict[int, SegmentedObject]) -> str:
    digest = xxhash.xxh3_128(np.ascontiguousarray(labels).data)
    for row in zip(*make_table(objects).values(), strict=True):
        # As text: of numbers that were read, the types are others.
        digest.update(repr([str(value) for value in row]).encode())
    return digest.hexdigest()
