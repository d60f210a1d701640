"""Which kind of file a file is, from its first bytes and never from its name."""

from __future__ import annotations

import zipfile
from enum import Enum
from pathlib import Path

from napari_samwise.errors import CheckpointError

HEAD_BYTES = 512
WEB_PAGE_STARTS = (b"<!doctype html", b"<html", b"<?xml")
GIT_LFS_START = b"version https://git-lfs"
ZIP_START = b"PK\x03\x04"
PICKLE_START = b"\x80"


class Container(Enum):
    """The file formats that are read."""

    SAFETENSORS = "safetensors"
    TORCH = "torch"


def recognise_container(path: Path) -> Container:
    """Tell safetensors from PyTorch files, and refuse the rest.

    Parameters
    ----------
    path : Path
        Any file.

    Returns
    -------
    Container
        Which reader to try; the file may still be damaged further on.

    Raises
    ------
    CheckpointError
        The file is missing, empty, a web page, a text, cut short or of another kind.
    """
    try:
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
    except OSError as error:
        raise CheckpointError(
            f"{path} cannot be read ({error.strerror}); give a readable file of weights."
        ) from error
    if not head:
        raise CheckpointError(f"{path} is empty; download it again.")
    if head.lstrip().lower().startswith(WEB_PAGE_STARTS):
        raise CheckpointError(f"{path} is a web page, not weights; download the file itself.")
    if head.startswith(GIT_LFS_START):
        raise CheckpointError(
            f"{path} is a Git LFS pointer, not weights; run `git lfs pull` where it came from."
        )
    if _starts_like_safetensors(head):
        return Container.SAFETENSORS
    if head.startswith(ZIP_START):
        if not _has_zip_directory(path):
            raise CheckpointError(f"{path} is cut short, its end is missing; download it again.")
        return Container.TORCH
    if head.startswith(PICKLE_START):
        return Container.TORCH
    kind = "a text file" if _is_text(head) else "a file of unknown kind"
    raise CheckpointError(
        f"{path} is {kind}, not weights; give a file that PyTorch or safetensors wrote."
    )


def _starts_like_safetensors(head: bytes) -> bool:
    # Eight bytes of header length, then the header, which is a JSON object.
    return len(head) > 8 and head[8:9] == b"{" and head[6:8] == b"\x00\x00"


def _has_zip_directory(path: Path) -> bool:
    try:
        return zipfile.is_zipfile(path)
    except zipfile.BadZipFile:
        return False


def _is_text(head: bytes) -> bool:
    try:
        # The last characters may be cut in the middle of their bytes.
        text = head.decode("utf-8", errors="strict" if len(head) < HEAD_BYTES else "ignore")
    except UnicodeDecodeError:
        return False
    return all(character.isprintable() or character.isspace() for character in text)
