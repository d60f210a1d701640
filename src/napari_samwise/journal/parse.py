"""From the JSON of one line to an event; strict, and without any knowledge of other lines."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import datetime

from napari_samwise.errors import JournalError
from napari_samwise.geometry.axes import parse_axes
from napari_samwise.geometry.coco_rle import read_runs
from napari_samwise.intensity.mapping import Intensity
from napari_samwise.intensity.resolve import POLICIES
from napari_samwise.journal import limits
from napari_samwise.journal.events import (
    Adopt,
    Choose,
    Clear,
    Commit,
    Decode,
    Drawn,
    DrawnShape,
    Drop,
    Event,
    FedBack,
    Frame,
    Header,
    ImageIdentity,
    Lock,
    ModelIdentity,
    Paint,
    Prompt,
    Redo,
    Resume,
    Undo,
)
from napari_samwise.journal.fields import Fields, as_integer, as_number, as_point
from napari_samwise.journal.objects import (
    Change,
    CommittedPlane,
    FilledPlane,
    MaskPart,
    ObjectRow,
)
from napari_samwise.journal.recorded_plane import RecordedPlane

_NAME = r"(?!\.{1,2}$)[^/\\\x00-\x1f\x7f]{1,255}"
_MODEL_NAME = r"[A-Za-z0-9_][A-Za-z0-9_ .+-]{0,127}"
_TOKEN = r"[A-Za-z0-9_:.-]{1,128}"
_TIME = r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z"
_TIME_OR_NONE = rf"|{_TIME[:-1]}(Z|\+00:00)"
_MADE_BY = r"[^/\\\x00-\x1f\x7f]{0,128}"
STEP_NAME = r"[A-Za-z0-9 .,+-]{1,40}"
"""What a step of undo may be called."""
_KINDS = r"rectangle|ellipse|polygon|path|line"
_HUGE = sys.float_info.max


def parse_header(value: object) -> Header:
    """Read the first line.

    Raises
    ------
    JournalError
        If it is no header of a version that is known here.
    """
    fields = Fields(value, "the header")
    version = fields.integer("samwise", 0, limits.MAX_ID)
    if version != limits.VERSION:
        raise JournalError(
            f"the version is {version}, and this program reads {limits.VERSION}; update it"
        )
    created = fields.text("created", _TIME)
    try:
        datetime.fromisoformat(created)
    except ValueError as error:
        raise JournalError(f"'created' of the header is no time: {created!r}") from error
    image = _image(fields.take("image"))
    fields.close()
    return Header(image, created)


def parse_event(value: object) -> tuple[float, Event]:
    """Read any other line: the seconds since the journal was begun, and the event.

    Raises
    ------
    JournalError
        If it is none.
    """
    fields = Fields(value, "the event")
    kind = fields.text("event", r"[a-z]{1,16}")
    if kind not in _KINDS_OF_EVENT:
        raise JournalError(f"there is no event {kind!r}")
    seconds = fields.number("t", 0, limits.MAX_SECONDS)
    event = _KINDS_OF_EVENT[kind](fields)
    fields.close()
    return seconds, event


def _image(value: object) -> ImageIdentity:
    fields = Fields(value, "the image")
    shape = fields.items(
        "shape",
        lambda n: as_integer(n, "an extent of the image", 1, limits.MAX_EXTENT),
        2,
        limits.MAX_RANK,
    )
    axes = fields.text("axes", r"[A-Z]{2,8}")
    parse_axes(axes).validate(shape)
    image = ImageIdentity(
        fields.text("name", _NAME),
        shape,
        axes,
        fields.text("dtype", r"[a-z]{1,16}[0-9]{0,3}"),
        fields.text("digest", r"[0-9a-f]{8,128}"),
    )
    fields.close()
    return image


def _plane(value: object) -> RecordedPlane:
    fields = Fields(value, "the plane")
    first, second = fields.integers("axes", 2, 0, limits.MAX_RANK)
    position = fields.items(
        "at",
        lambda n: as_integer(n, "an index of the plane", 0, limits.MAX_EXTENT),
        0,
        limits.MAX_RANK,
    )
    fields.close()
    return RecordedPlane((first, second), position)


def _part(value: object) -> MaskPart:
    fields = Fields(value, "the mask")
    y, x = fields.integers("offset", 2, 0, limits.MAX_EXTENT)
    height, width = fields.integers("size", 2, 1, limits.MAX_PART_SIDE)
    counts = fields.text("counts", r"[0-o]{1,16777216}")
    fields.close()
    if not read_runs(counts, (height, width))[1::2].any():
        raise JournalError("a mask has no pixel")
    return MaskPart((y, x), (height, width), counts)


def _parts(fields: Fields) -> tuple[MaskPart, ...]:
    return fields.items("parts", _part, 0, limits.MAX_EVENTS)


def _frame(fields: Fields) -> Frame:
    model = Fields(fields.take("model"), "the model")
    identity = ModelIdentity(
        model.text("name", _MODEL_NAME),
        model.text("digest", _TOKEN),
        model.text("preprocessing", _TOKEN),
        model.text("precision", r"float32|float16|bfloat16"),
    )
    model.close()
    return Frame(
        fields.integer("frame", 0, limits.MAX_EVENTS),
        _plane(fields.take("plane")),
        identity,
        _intensity(fields.take("intensity")),
        fields.optional("frame_px", lambda name: fields.integer(name, 1, 2**16)),
        fields.flag("rounded"),
    )


def _intensity(value: object) -> Intensity:
    fields = Fields(value, "the intensity")
    policy = fields.text("policy", "|".join(POLICIES))
    low = fields.numbers("low", (0, 1, 3), _HUGE)
    high = fields.numbers("high", (len(low),), _HUGE)
    if (policy == "minmax-per-tile") != (not low):
        raise JournalError(f"the intensity {policy!r} has {len(low)} limits")
    if any(a > b for a, b in zip(low, high, strict=True)):
        raise JournalError("the intensity has a low limit above the high one")
    intensity = Intensity(policy, low, high, fields.flag("rgb"))
    fields.close()
    return intensity


def _decode(fields: Fields) -> Decode:
    box = fields.optional("box", lambda name: fields.numbers(name, (4,), limits.MAX_COORDINATE))
    return Decode(
        fields.integer("decode", 0, limits.MAX_EVENTS),
        fields.integer("frame", 0, limits.MAX_EVENTS),
        _points(fields, 2),
        _labels(fields),
        None if box is None else (box[0], box[1], box[2], box[3]),
        fields.optional("start", lambda name: _start(fields.take(name))),
        fields.items(
            "scores", lambda v: as_number(v, "a score", -1e6, 1e6), 1, limits.MAX_CANDIDATES
        ),
        fields.optional("at_hand", lambda name: fields.items(name, _place, 0, limits.MAX_POINTS)),
    )


def _place(value: object) -> tuple[int, int, int]:
    level, row, column = as_point(value, "a frame at hand", 3, limits.MAX_EXTENT)
    if not (level.is_integer() and row.is_integer() and column.is_integer()):
        raise JournalError("a frame at hand must be three whole numbers")
    return int(level), int(row), int(column)


def _start(value: object) -> FedBack | Drawn:
    fields = Fields(value, "the start")
    if isinstance(value, dict) and "drawn" in value:
        start: FedBack | Drawn = Drawn(
            _part(fields.take("drawn")), fields.integer("step", 1, 2**16)
        )
    else:
        start = FedBack(*_candidate(fields))
    fields.close()
    return start


def _candidate(fields: Fields) -> tuple[int, int]:
    decode = fields.integer("decode", 0, limits.MAX_EVENTS)
    return decode, fields.integer("candidate", 0, limits.MAX_CANDIDATES - 1)


def _points(fields: Fields, ndim: int | None = None) -> tuple[tuple[float, ...], ...]:
    def read(value: object) -> tuple[float, ...]:
        rank = len(value) if ndim is None and isinstance(value, list) else ndim or 2
        return as_point(value, "a point", min(rank, limits.MAX_RANK), limits.MAX_COORDINATE)

    return fields.items("points", read, 0, limits.MAX_POINTS)


def _labels(fields: Fields) -> tuple[int, ...]:
    return fields.items(
        "labels", lambda v: as_integer(v, "a label of a point", 0, 1), 0, limits.MAX_POINTS
    )


def _prompt(fields: Fields) -> Prompt:
    def axes(value: object) -> tuple[int, int]:
        pair = as_point(value, "the axes of a point", 2, limits.MAX_RANK)
        return int(pair[0]), int(pair[1])

    return Prompt(
        _points(fields),
        _labels(fields),
        fields.items("axes", axes, 0, limits.MAX_POINTS),
        fields.items("shapes", _shape, 0, limits.MAX_POINTS),
    )


def _shape(value: object) -> DrawnShape:
    def vertex(value: object) -> tuple[float, ...]:
        rank = len(value) if isinstance(value, list) else 2
        return as_point(value, "a vertex", min(rank, limits.MAX_RANK), limits.MAX_COORDINATE)

    fields = Fields(value, "the shape")
    kind = fields.text("kind", _KINDS)
    shape = DrawnShape(kind, fields.items("vertices", vertex, 1, limits.MAX_VERTICES))
    fields.close()
    return shape


def _commit(fields: Fields) -> Commit:
    def plane(value: object) -> CommittedPlane:
        of_plane = Fields(value, "a plane of the object")
        decode, candidate = _candidate(of_plane)
        done = CommittedPlane(decode, candidate, _parts(of_plane))
        of_plane.close()
        return done

    def filled(value: object) -> FilledPlane:
        of_plane = Fields(value, "a filled plane of the object")
        done = FilledPlane(_plane(of_plane.take("plane")), _parts(of_plane))
        of_plane.close()
        return done

    return Commit(
        _row(fields.take("object")),
        fields.items("planes", plane, 0, limits.MAX_EVENTS),
        fields.items("filled", filled, 0, limits.MAX_EVENTS),
    )


def _row(value: object) -> ObjectRow:
    fields = Fields(value, "the object")
    row = ObjectRow(
        _id(fields),
        fields.integer("area", 0, limits.MAX_AREA),
        fields.optional("predicted_iou", lambda name: fields.number(name, -1e6, 1e6)),
        fields.text("model", _MADE_BY),
        fields.integer("clicks", 0, limits.MAX_EVENTS),
        fields.text("time", _TIME_OR_NONE),
    )
    fields.close()
    return row


def _rows(fields: Fields) -> tuple[ObjectRow, ...]:
    return fields.items("objects", _row, 0, limits.MAX_EVENTS)


def _paint(fields: Fields) -> Paint:
    return Paint(
        _changes(fields),
        _rows(fields),
        fields.items(
            "removed", lambda v: as_integer(v, "an id", 1, limits.MAX_ID), 0, limits.MAX_EVENTS
        ),
        fields.optional("into", lambda name: fields.integer(name, 0, limits.MAX_ID)),
        fields.text("name", STEP_NAME),
        fields.flag("more"),
    )


def _changes(fields: Fields) -> tuple[Change, ...]:
    def change(value: object) -> Change:
        of_change = Fields(value, "a change")
        done = Change(_id(of_change, 0), _plane(of_change.take("plane")), _parts(of_change))
        of_change.close()
        return done

    return fields.items("changes", change, 0, limits.MAX_EVENTS)


def _id(fields: Fields, low: int = 1) -> int:
    return fields.integer("id", low, limits.MAX_ID)


_KINDS_OF_EVENT: dict[str, Callable[[Fields], Event]] = {
    "frame": _frame,
    "decode": _decode,
    "choose": lambda fields: Choose(*_candidate(fields)),
    "prompt": _prompt,
    "clear": lambda fields: Clear(),
    "commit": _commit,
    "paint": _paint,
    "adopt": lambda fields: Adopt(_changes(fields), _rows(fields)),
    "lock": lambda fields: Lock(_id(fields), fields.flag("locked")),
    "undo": lambda fields: Undo(),
    "redo": lambda fields: Redo(),
    "drop": lambda fields: Drop(),
    "resume": lambda fields: Resume(),
}
