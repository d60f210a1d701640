"""The table of a CTC folder: one line a track, and how gaps are expressed in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from napari_samwise.errors import InputError
from napari_samwise.segment.tracking.tracks import Tracks

TABLE = "res_track.txt"


@dataclass(frozen=True, slots=True)
class TrackRow:
    """One line ``L B E P``.

    Parameters
    ----------
    label : int
        L, the id in the masks, from 1.
    begin, end : int
        B and E, first and last frame, both included.
    parent : int
        P, the id of the mother, or of the same object before a gap; 0 for none.
    """

    label: int
    begin: int
    end: int
    parent: int


def format_rows(rows: Sequence[TrackRow]) -> str:
    """Return the table's text."""
    return "".join(f"{row.label} {row.begin} {row.end} {row.parent}\n" for row in rows)


def read_rows(path: Path) -> list[TrackRow]:
    """Read the table.

    Raises
    ------
    InputError
        There is none, or a line is not four numbers that make sense.
    """
    try:
        lines = path.read_text(encoding="ascii").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no plain text"
        raise InputError(f"'{path}' cannot be read: {reason}; a CTC folder needs it.") from error
    rows: list[TrackRow] = []
    for number, line in enumerate(lines, start=1):
        words = line.split()
        if not words:
            continue
        if len(words) != 4 or not all(word.isdecimal() for word in words):
            raise InputError(
                f"Line {number} of '{path.name}' must be four numbers 'L B E P', got '{line}'."
            )
        row = TrackRow(*map(int, words))
        if row.label == 0 or row.begin > row.end or row.label == row.parent:
            raise InputError(
                f"Line {number} of '{path.name}' must have L above 0, B not after E and P another "
                f"track than L, got '{line}'."
            )
        rows.append(row)
    return rows


def check_rows(rows: Sequence[TrackRow], labels: NDArray[np.int32]) -> None:
    """Check that table and masks tell the same.

    Raises
    ------
    InputError
        If they do not; the message names the first contradiction.
    """
    by_label = {row.label: row for row in rows}
    if len(by_label) < len(rows):
        twice = Counter(row.label for row in rows).most_common(1)[0][0]
        raise InputError(f"'{TABLE}' lists track {twice} more than once; each needs its own line.")
    for row in rows:
        if row.parent and row.parent not in by_label:
            raise InputError(
                f"'{TABLE}' names {row.parent} as the mother of {row.label}, but has no such track."
            )
        if row.parent and by_label[row.parent].end >= row.begin:
            raise InputError(
                f"In '{TABLE}' track {row.label} begins on frame {row.begin}, before its mother "
                f"{row.parent} has ended on frame {by_label[row.parent].end}."
            )
        if row.end >= len(labels):
            raise InputError(
                f"'{TABLE}' has track {row.label} up to frame {row.end}, but there are masks of "
                f"{len(labels)} frames only."
            )
    for t, frame in enumerate(labels):
        seen = set(np.unique(frame).tolist()) - {0}
        listed = {row.label for row in rows if row.begin <= t <= row.end}
        if seen != listed:
            label = min(seen ^ listed)
            where = "the mask but not in the table" if label in seen else "the table, not the mask"
            raise InputError(f"On frame {t} track {label} is in {where}; the two must agree.")


def split_gaps(tracks: Tracks) -> tuple[dict[int, dict[int, int]], list[TrackRow]]:
    """Make a track of every unbroken run of frames.

    Returns
    -------
    renamed : dict of int to dict of int to int
        Frame -> id in the labels -> new id, for the runs behind a gap.
    rows : list of TrackRow
        By label.
    """
    graph = {child: list(own) for child, own in tracks.graph.items()}
    renamed: dict[int, dict[int, int]] = {}
    ids, frames = tracks.table["id"], tracks.table["t"]
    fresh = int(ids.max(initial=0)) + 1
    runs: dict[int, list[int]] = {}
    for label in np.unique(ids).tolist():
        seen = frames[ids == label].astype(int)
        first, *later = np.split(seen, np.flatnonzero(np.diff(seen) > 1) + 1)
        runs[label] = first.tolist()
        previous = label
        for run in later:
            for t in run.tolist():
                renamed.setdefault(t, {})[label] = fresh
            runs[fresh], graph[fresh] = run.tolist(), [previous]
            previous, fresh = fresh, fresh + 1
        if previous != label:
            # Daughters descend from the last run.
            for child, own in graph.items():
                if own == [label] and runs.get(child, [seen[-1] + 1])[0] > seen[-1]:
                    graph[child] = [previous]
    rows = [
        TrackRow(label, run[0], run[-1], graph[label][0] if graph.get(label) else 0)
        for label, run in sorted(runs.items())
    ]
    return renamed, rows


def join_gaps(labels: NDArray[np.int32], rows: Sequence[TrackRow]) -> Tracks:
    """Make one track of an object and its only successor behind a gap; undoes ``split_gaps``."""
    by_label = {row.label: row for row in rows}
    children = Counter(row.parent for row in rows)
    same: dict[int, int] = {}
    for row in sorted(rows, key=lambda row: row.begin):
        parent = by_label.get(row.parent)
        if parent is not None and children[row.parent] == 1 and row.begin > parent.end + 1:
            same[row.label] = same.get(parent.label, parent.label)
    for label, original in same.items():
        labels[labels == label] = original
    graph = {
        row.label: [same.get(row.parent, row.parent)]
        for row in rows
        if row.parent and row.label not in same
    }
    return Tracks.from_labels(labels, graph)
