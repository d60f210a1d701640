"""Where the journal of an image lies."""

from __future__ import annotations

from pathlib import Path

from napari_samwise.home import data_folder
from napari_samwise.journal.events import ImageIdentity
from napari_samwise.journal.limits import SUFFIX

_DIGITS = 12
_LONGEST_STEM = 180


def journals_folder() -> Path:
    """Return where journals go that cannot lie beside their image; see ``data_folder``."""
    return data_folder("journals")


def journal_places(image: ImageIdentity, file: Path | None) -> tuple[Path, ...]:
    """Return where to look for an image's journal, and where to write it, best first.

    Parameters
    ----------
    image : ImageIdentity
        The image.
    file : Path or None
        Where it lies on disk; None if it has no file there.
    """
    # Images of one name lie in many folders.
    apart = journals_folder() / f"{image.name[:_LONGEST_STEM]}.{image.digest[:_DIGITS]}{SUFFIX}"
    if file is None:
        return (apart,)
    return (file.with_name(f"{file.name}{SUFFIX}"), apart)


def find_journal(image: ImageIdentity, file: Path | None) -> Path | None:
    """Return the journal that an image has, None if it has none."""
    return next((path for path in journal_places(image, file) if path.is_file()), None)


def aside_name(path: Path) -> Path:
    """Return a name beside a journal that nothing has yet, for what is not to be continued."""
    stem = path.name.removesuffix(SUFFIX)
    number = 1
    while (aside := path.with_name(f"{stem}.old{number}{SUFFIX}")).exists():
        number += 1
    return aside


def put_aside(path: Path) -> Path:
    """Rename a journal that is not to be continued, and return its new name.

    Raises
    ------
    OSError
        If it cannot be renamed.
    """
    aside = aside_name(path)
    path.rename(aside)
    return aside
