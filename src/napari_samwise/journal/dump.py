"""From an event to its line; inverse of ``parse``."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from napari_samwise.journal import limits
from napari_samwise.journal.events import (
    Adopt,
    Change,
    Commit,
    CommittedPlane,
    Decode,
    Drawn,
    Event,
    FedBack,
    Frame,
    Header,
    MaskPart,
    Paint,
)
from napari_samwise.journal.plane import Plane


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
        members = asdict(event)
        members["decode"] = members.pop("number")
        return members | {"start": _start(event.start)}
    if isinstance(event, Commit):
        planes = [_committed(plane) for plane in event.planes]
        return {"id": event.id, "planes": planes, "predicted_iou": event.predicted_iou}
    if isinstance(event, Paint | Adopt):
        return {"changes": [_change(change) for change in event.changes]}
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


def _change(change: Change) -> dict[str, Any]:
    parts = [_part(part) for part in change.parts]
    return {"id": change.id, "plane": _plane(change.plane), "parts": parts}


def _plane(plane: Plane) -> dict[str, Any]:
    return {"axes": plane.axes, "at": plane.position}


def _part(part: MaskPart) -> dict[str, Any]:
    return {"offset": part.offset, "size": part.size, "counts": part.counts}


def _line(value: dict[str, Any]) -> bytes:
    # ASCII throughout: no reader can take one of Unicode's line ends for the end of an event.
    return json.dumps(value, allow_nan=False, separators=(",", ":")).encode("ascii") + b"\n"
