"""From an event to its line; inverse of ``parse``."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from napari_samwise.journal import limits
from napari_samwise.journal.events import (
    Adopt,
    Commit,
    Decode,
    Drawn,
    Event,
    FedBack,
    Frame,
    Header,
    Paint,
)
from napari_samwise.journal.objects import Change, CommittedPlane, FilledPlane, MaskPart
from napari_samwise.journal.recorded_plane import RecordedPlane


def dump_header(header: Header) -> bytes:
    """Return the first line, with its line end."""
    return _line(
        {"samwise": limits.VERSION, "created": header.created, "image": asdict(header.image)}
    )


def dump_event(event: Event, seconds: float) -> bytes:
    """Return the line of an event, with its line end.

    Parameters
    ----------
    event : Event
        What happened.
    seconds : float
        When, since the journal was begun.
    """
    kind = type(event).__name__.lower()
    return _line({"event": kind, "t": round(seconds, 3), **_members(event)})


def _members(event: Event) -> dict[str, Any]:
    if isinstance(event, Frame):
        return {
            "frame": event.number,
            "plane": _plane(event.plane),
            "model": asdict(event.model),
            "intensity": asdict(event.intensity),
            "frame_px": event.frame_px,
            "rounded": event.rounded,
        }
    if isinstance(event, Decode):
        decode = asdict(event)
        decode["decode"] = decode.pop("number")
        return decode | {"start": _start(event.start)}
    if isinstance(event, Commit):
        planes = [_committed(plane) for plane in event.planes]
        filled = [_filled(plane) for plane in event.filled]
        return {"object": asdict(event.object), "planes": planes, "filled": filled}
    if isinstance(event, Paint | Adopt):
        members: dict[str, Any] = {
            "changes": [_change(change) for change in event.changes],
            "objects": [asdict(row) for row in event.objects],
        }
        if isinstance(event, Paint):
            members |= {"removed": event.removed, "into": event.into}
            members |= {"name": event.name, "more": event.more}
        return members
    return asdict(event)


def _start(start: FedBack | Drawn | None) -> dict[str, Any] | None:
    if start is None:
        return None
    if isinstance(start, Drawn):
        return {"drawn": _part(start.part), "step": start.step}
    return {"decode": start.decode, "candidate": start.candidate}


def _committed(plane: CommittedPlane) -> dict[str, Any]:
    return {
        "decode": plane.decode,
        "candidate": plane.candidate,
        "parts": [_part(part) for part in plane.parts],
    }


def _filled(plane: FilledPlane) -> dict[str, Any]:
    return {"plane": _plane(plane.plane), "parts": [_part(part) for part in plane.parts]}


def _change(change: Change) -> dict[str, Any]:
    parts = [_part(part) for part in change.parts]
    return {"id": change.id, "plane": _plane(change.plane), "parts": parts}


def _plane(plane: RecordedPlane) -> dict[str, Any]:
    return {"axes": plane.axes, "at": plane.position}


def _part(part: MaskPart) -> dict[str, Any]:
    return {"offset": part.offset, "size": part.size, "counts": part.counts}


def _line(value: dict[str, Any]) -> bytes:
    # ASCII throughout: no reader can take one of Unicode's line ends for the end of an event.
    return json.dumps(value, allow_nan=False, separators=(",", ":")).encode("ascii") + b"\n"
