"""Reads a journal line by line; what is no event is refused with its line and the reason."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, NoReturn

from napari_samwise.errors import InputError, JournalError
from napari_samwise.journal import limits
from napari_samwise.journal.events import Entry, Header
from napari_samwise.journal.parse import parse_event, parse_header
from napari_samwise.journal.references import References

logger = logging.getLogger(__name__)

_MOST_REFUSALS = 20


@dataclass(frozen=True, slots=True)
class Refusal:
    """A line, counted from 1, and why it was refused."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True, eq=False)
class Journal:
    """What a journal says.

    Parameters
    ----------
    header : Header
        The first line.
    entries : tuple of Entry
        The events, oldest first.
    is_cut_off : bool
        Whether the last line was not whole, as after a crash, and was left out.
    refusals : tuple of Refusal
        Lines that are damaged; the entries are those before the first of them.
    good_bytes : int
        Length of the file up to the end of the last entry.
    """

    header: Header
    entries: tuple[Entry, ...]
    is_cut_off: bool = False
    refusals: tuple[Refusal, ...] = ()
    good_bytes: int = 0


def read_journal(path: str | Path, *, until_damage: bool = False) -> Journal:
    """Read a journal.

    A last line without an end is left out with a warning: the program was killed while it wrote.

    Parameters
    ----------
    path : str or Path
        The file.
    until_damage : bool
        Take what lies before a damaged line, and list the damage, rather than refuse it all.

    Raises
    ------
    JournalError
        If the file cannot be read, is no journal or of an unknown version, or has a damaged line;
        the message names the line and the reason.
    """
    path = Path(path)
    try:
        size = path.stat().st_size
        if size > limits.MAX_FILE_BYTES:
            raise JournalError(
                f"'{path.name}' has {size} bytes, more than the {limits.MAX_FILE_BYTES} that a "
                "journal may have; it is none."
            )
        with path.open("rb") as stream:
            journal = _read(stream, path.name)
    except OSError as error:
        reason = error.strerror or str(error)
        raise JournalError(f"'{path}' cannot be read: {reason}; check the path.") from error
    if journal.is_cut_off:
        logger.warning("The last line of '%s' is not whole and was left out.", path.name)
    if journal.refusals and not until_damage:
        raise JournalError(_describe(path.name, journal.refusals))
    return journal


def _read(stream: BinaryIO, name: str) -> Journal:
    header: Header | None = None
    references: References | None = None
    entries: list[Entry] = []
    refusals: list[Refusal] = []
    cut_off, good_bytes = False, 0
    for number, line in _lines(stream):
        if not line.endswith(b"\n") and len(line) <= limits.MAX_LINE_BYTES:
            cut_off = True
            break
        try:
            value = _parse_json(line)
            if references is None:
                header, good_bytes = parse_header(value), len(line)
                references = References(header)
                continue
            seconds, event = parse_event(value)
            references.check(event)
            if number > limits.MAX_EVENTS:
                raise JournalError(f"a journal has at most {limits.MAX_EVENTS} lines")
        except InputError as error:
            refusals.append(Refusal(number, str(error).rstrip(".")))
            if header is None or len(refusals) == _MOST_REFUSALS or number > limits.MAX_EVENTS:
                break
            continue
        if not refusals:
            entries.append(Entry(number, seconds, event))
            good_bytes += len(line)
    if header is None:
        raise JournalError(_describe(name, refusals or [Refusal(1, "there is no header")]))
    return Journal(header, tuple(entries), cut_off, tuple(refusals), good_bytes)


def _lines(stream: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """Yield lines with their numbers; of one that is too long its beginning, and no more lines."""
    number = 0
    while line := stream.readline(limits.MAX_LINE_BYTES + 1):
        number += 1
        yield number, line
        if len(line) > limits.MAX_LINE_BYTES:
            return


def _parse_json(line: bytes) -> Any:
    if len(line) > limits.MAX_LINE_BYTES:
        raise JournalError(f"it is longer than {limits.MAX_LINE_BYTES} bytes")
    if line.count(b",") > limits.MAX_COMMAS:
        raise JournalError(f"it has more than {limits.MAX_COMMAS} members")
    try:
        return json.loads(
            line.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_refuse_constant
        )
    except JournalError:
        raise
    except (ValueError, RecursionError) as error:
        raise JournalError("it is no JSON") from error


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise JournalError("an object has a member twice")
    return found


def _refuse_constant(name: str) -> NoReturn:
    raise JournalError(f"{name} is no number of JSON")


def _describe(name: str, refusals: tuple[Refusal, ...] | list[Refusal]) -> str:
    listed = "; ".join(f"line {each.line}: {each.reason}" for each in refusals)
    more = " (and maybe more)" if len(refusals) == _MOST_REFUSALS else ""
    return f"'{name}' is refused: {listed}{more}."
