"""Which file an image layer was read from, and where its session is recorded."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from napari_samwise.journal.limits import SUFFIX

if TYPE_CHECKING:
    from napari.layers import Image

_KEY, _JOURNAL_KEY = "napari-samwise-file", "napari-samwise-journal"
_CHANNEL_KEY = "napari-samwise-channel"


def note_file(image: Image, path: Path, channel: int | None = None) -> None:
    """Write into a layer where its image lies; napari notes it only for what it opens itself.

    Parameters
    ----------
    image : Image
        The layer.
    path : Path
        The file.
    channel : int, optional
        Which of its channels the layer shows, from 0, where a file has several.
    """
    image.metadata[_KEY] = str(path.absolute())
    if channel is not None:
        image.metadata[_CHANNEL_KEY] = channel


def channel_of(image: Image) -> int | None:
    """Return which channel of its file a layer shows, None if it has one or nobody knows."""
    channel = image.metadata.get(_CHANNEL_KEY)
    return channel if isinstance(channel, int) else None


def file_of(image: Image) -> Path | None:
    """Return where the image of a layer lies, None if it did not come from a file."""
    noted = image.metadata.get(_KEY) or image.source.path
    path = None if noted is None else Path(str(noted))
    return path if path is not None and path.exists() else None


def note_journal(image: Image, path: Path) -> None:
    """Write into a layer where its session is to be recorded."""
    image.metadata[_JOURNAL_KEY] = str(path.absolute())


def recorded_file(image: Image) -> Path | None:
    """Return the file whose name and folder the journal of a layer shares, None without one."""
    noted = image.metadata.get(_JOURNAL_KEY)
    if noted is None:
        return file_of(image)
    return Path(str(noted).removesuffix(SUFFIX))
