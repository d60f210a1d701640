"""What a run reported, as one JSON object a line beside its checkpoint."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from napari_samwise.atomic import replacing

LOG_NAME = "log.jsonl"
"""File of the reports in the folder of a run."""


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One report.

    Parameters
    ----------
    step : int
        After so many steps.
    means : mapping of str to float
        Mean of each number since the report before; NaN where there was none.
    """

    step: int
    means: Mapping[str, float]


def append_entry(path: Path, entry: LogEntry) -> None:
    """Write one more line.

    Parameters
    ----------
    path : Path
        Is made if it is missing; its folder exists.
    entry : LogEntry
        What to write.
    """
    with path.open("a", encoding="utf-8") as file:
        file.write(_as_line(entry))


def cut_log(path: Path, step: int) -> None:
    """Forget what was reported after a step, as a run does that goes on from an older checkpoint.

    A line that was cut short when the run was killed goes as well.

    Parameters
    ----------
    path : Path
        May be missing.
    step : int
        The last one to keep.
    """
    kept = [entry for entry in read_log(path) if entry.step <= step]
    with replacing(path) as temporary:
        temporary.write_text("".join(_as_line(entry) for entry in kept), encoding="utf-8")


def read_log(path: Path) -> Sequence[LogEntry]:
    """Read all whole lines, in their order; none if the file is missing.

    Parameters
    ----------
    path : Path
        ``log.jsonl`` of a run.
    """
    if not path.is_file():
        return []
    entries = []
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            found = json.loads(line)
        except ValueError:
            continue
        if isinstance(found, dict) and isinstance(found.get("step"), int):
            step = found.pop("step")
            entries.append(LogEntry(step, {name: _number(value) for name, value in found.items()}))
    return entries


def _as_line(entry: LogEntry) -> str:
    # JSON knows no NaN.
    numbers = {name: value if math.isfinite(value) else None for name, value in entry.means.items()}
    return json.dumps({"step": entry.step, **numbers}) + "\n"


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else math.nan
