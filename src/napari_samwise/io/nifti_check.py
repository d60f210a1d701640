"""Whether a NIfTI file is whole: ITK fills up a file that was cut off without a word."""

from __future__ import annotations

import gzip
import math
import struct
import zlib
from pathlib import Path
from typing import BinaryIO

from napari_samwise.errors import ImageError

_HEADER_BYTES = 540
_BLOCK_BYTES = 2**22
_SIZES = {348: 1, 540: 2}
"""The first number of a header, and the version of the format that it means."""


def check_nifti(path: Path) -> None:
    """Refuse a file that has fewer bytes than its header says.

    Raises
    ------
    ImageError
        If it ends too early, or its compression is damaged.
    """
    try:
        with path.open("rb") as plain:
            if path.suffix.lower() == ".gz":
                with gzip.open(plain) as unpacked:
                    expected = _expected_bytes(unpacked.read(_HEADER_BYTES))
                    found = _HEADER_BYTES + _count(unpacked)
            else:
                expected = _expected_bytes(plain.read(_HEADER_BYTES))
                found = path.stat().st_size
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise ImageError(
            f"'{path.name}' is damaged or cut off ({error}); copy it again."
        ) from error
    if found < expected:
        raise ImageError(
            f"'{path.name}' is cut off: its header tells of {expected} bytes, and it has {found}; "
            "copy it again."
        )


def _expected_bytes(header: bytes) -> int:
    """Return the size that a header tells; 0 where it is none, which ITK then says."""
    if len(header) < _HEADER_BYTES:
        return 0
    for order in "<>":
        version = _SIZES.get(struct.unpack_from(f"{order}i", header)[0])
        if version == 1:
            rank, *extents = struct.unpack_from(f"{order}8h", header, 40)
            bits = struct.unpack_from(f"{order}h", header, 72)[0]
            offset = struct.unpack_from(f"{order}f", header, 108)[0]
        elif version == 2:
            rank, *extents = struct.unpack_from(f"{order}8q", header, 16)
            bits = struct.unpack_from(f"{order}h", header, 14)[0]
            offset = struct.unpack_from(f"{order}q", header, 168)[0]
        else:
            continue
        return int(offset + math.prod(extents[:rank]) * bits // 8)
    return 0


def _count(stream: BinaryIO | gzip.GzipFile) -> int:
    count = 0
    while block := stream.read(_BLOCK_BYTES):
        count += len(block)
    return count
