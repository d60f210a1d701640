"""Tracks as folders of the Cell Tracking Challenge: masks frame by frame, and one table."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import tifffile
from numpy.typing import NDArray

from napari_samwise.atomic import replacing_folder
from napari_samwise.errors import InputError
from napari_samwise.io.ctc_table import (
    TABLE,
    check_rows,
    format_rows,
    join_gaps,
    read_rows,
    split_gaps,
)
from napari_samwise.io.read import read_image
from napari_samwise.label_ids import as_int32, check_ids
from napari_samwise.segment.tracking.tracks import Tracks

_MASK = "mask"
_MOST = np.iinfo(np.uint16).max


def write_ctc(folder: str | Path, tracks: Tracks) -> None:
    """Write a folder ``maskTTT.tif`` (uint16) and ``res_track.txt``, whole or not at all.

    The table has one line ``L B E P`` a track: label, first and last frame, mother or 0. The format
    knows no gaps: an object that was unseen for some frames goes on as a new track whose mother
    it is itself; ``read_ctc`` joins the two.

    Parameters
    ----------
    folder : str or Path
        New, or empty.
    tracks : Tracks
        At most 65535 ids; with more than 1000 frames their numbers get more digits.

    Raises
    ------
    InputError
        If the folder holds something, cannot be written, or ids do not fit into 16 bits.
    """
    folder = Path(folder)
    check_ctc_folder(folder)
    labels = tracks.labels
    renamed, rows = split_gaps(tracks)
    ids = [row.label for row in rows] or [0]
    advice = "number the objects anew, from 1"
    check_ids(min(ids), max(ids), _MOST, holder="CTC masks hold", advice=advice)
    digits = max(3, len(str(labels.shape[0] - 1)))
    with replacing_folder(folder, _is_empty) as part:
        for t in range(labels.shape[0]):
            frame = np.asarray(labels[t])
            mask = frame.astype(np.uint16)
            for label, new in renamed.get(t, {}).items():
                mask[frame == label] = new
            path = part / f"{_MASK}{t:0{digits}d}.tif"
            tifffile.imwrite(path, mask, compression="zlib")
        (part / TABLE).write_text(format_rows(rows), encoding="ascii")


def check_ctc_folder(folder: str | Path) -> None:
    """Refuse a place where a CTC folder cannot be written, before the work is done.

    Raises
    ------
    InputError
        It is a file or holds something, or the folder around it does not exist.
    """
    folder = Path(folder)
    if folder.exists() and not _is_empty(folder):
        raise InputError(f"'{folder}' exists and is no empty folder; choose a new name.")
    if not folder.parent.is_dir():
        raise InputError(f"There is no folder '{folder.parent}'; make it, or choose another.")


def _is_empty(folder: Path) -> bool:
    return folder.is_dir() and not any(folder.iterdir())


def read_ctc(folder: str | Path) -> Tracks:
    """Read a result folder of the Cell Tracking Challenge.

    Parameters
    ----------
    folder : str or Path
        With ``maskTTT.tif`` of every frame, `(Y, X)` or `(Z, Y, X)`, and ``res_track.txt``.

    Raises
    ------
    InputError
        If a file is missing or damaged, or table and masks contradict each other.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise InputError(f"There is no folder '{folder}'; check the path.")
    rows = read_rows(folder / TABLE)
    labels = _read_masks(folder)
    check_rows(rows, labels)
    return join_gaps(labels, rows)


def _read_masks(folder: Path) -> NDArray[np.int32]:
    """Return the frames in order, `(T, Y, X)` or `(T, Z, Y, X)`."""
    paths = {}
    for path in folder.glob(f"{_MASK}*.tif"):
        number = path.stem.removeprefix(_MASK)
        if number.isdecimal():
            paths[int(number)] = path
    missing = next((t for t in range(len(paths)) if t not in paths), None)
    if not paths or missing is not None:
        raise InputError(
            f"'{folder}' needs {_MASK}000.tif, {_MASK}001.tif and so on without gaps; "
            f"frame {missing or 0} is missing."
        )
    frames: list[NDArray[np.int32]] = []
    for t in range(len(paths)):
        frame = _read_mask(paths[t])
        if frames and frame.shape != frames[0].shape:
            raise InputError(
                f"All masks must have one shape, got {frames[0].shape} and, in "
                f"'{paths[t].name}', {frame.shape}."
            )
        frames.append(frame)
    return np.stack(frames)


def _read_mask(path: Path) -> NDArray[np.int32]:
    data = read_image(path).data
    if data.dtype.kind not in "iu" or data.ndim not in (2, 3):
        raise InputError(
            f"'{path.name}' must hold integer labels of two or three axes, got {data.dtype} of "
            f"shape {data.shape}."
        )
    try:
        return as_int32(np.asarray(data))
    except InputError as error:
        raise InputError(f"'{path.name}' cannot be used: {error}") from error
