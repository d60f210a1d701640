"""A damaged or hostile journal is refused by its line, whatever it holds."""

from __future__ import annotations

import json
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from napari_samwise.errors import InputError, JournalError
from napari_samwise.journal import limits
from napari_samwise.journal.player import restore
from napari_samwise.journal.reader import read_journal
from napari_samwise.journal.replay import replay_with_report

PART = {"offset": [2, 3], "size": [4, 5], "counts": "0d0"}
PLANE = {"axes": [0, 1], "at": []}
HEADER: dict[str, Any] = {
    "samwise": 1,
    "created": "2026-01-02T03:04:05Z",
    "image": {
        "name": "a.tif",
        "shape": [40, 50],
        "axes": "YX",
        "dtype": "uint8",
        "digest": "0" * 40,
    },
}
MODEL = {"name": "tiny", "digest": "tiny", "preprocessing": "tiny-1", "precision": "float32"}
ROW = {"id": 3, "area": 20, "predicted_iou": 0.9, "model": "tiny", "clicks": 2}
ROW |= {"time": "2026-01-02T03:04:06+00:00"}
INTENSITY = {"policy": "auto", "low": [0.0], "high": [200.0], "rgb": False}
EVENTS: list[dict[str, Any]] = [
    {"event": "frame", "frame": 0, "plane": PLANE, "model": MODEL, "intensity": INTENSITY}
    | {"frame_px": None, "rounded": True},
    {"event": "prompt", "points": [[5.0, 6.5]], "labels": [1], "axes": [[0, 1]]}
    | {"shapes": [{"kind": "rectangle", "vertices": [[0, 0], [0, 9], [9, 9], [9, 0]]}]},
    {"event": "decode", "decode": 0, "frame": 0, "points": [[5.0, 6.5]], "labels": [1]}
    | {"box": [0, 0, 20, 20], "start": None, "scores": [0.9, 0.8, 0.7], "at_hand": None},
    {"event": "decode", "decode": 1, "frame": 0, "points": [[5.0, 6.5], [8, 8]], "labels": [1, 0]}
    | {"box": None, "start": {"decode": 0, "candidate": 1}, "scores": [0.9], "at_hand": None},
    {"event": "choose", "decode": 0, "candidate": 2},
    {"event": "commit", "object": ROW, "filled": []}
    | {"planes": [{"decode": 1, "candidate": 0, "parts": [PART]}]},
    {"event": "decode", "decode": 2, "frame": 0, "points": [], "labels": [], "box": None}
    | {"start": {"drawn": PART, "step": 1}, "scores": [0.5], "at_hand": None},
    {"event": "paint", "changes": [{"id": 7, "plane": PLANE, "parts": [PART]}], "into": None}
    | {"objects": [ROW | {"id": 7, "predicted_iou": None}], "removed": [], "name": "paint"}
    | {"more": False},
    {"event": "paint", "changes": [], "objects": [], "removed": [7], "into": 0, "name": "delete"}
    | {"more": False},
    {"event": "lock", "id": 3, "locked": True},
    {"event": "undo"},
    {"event": "redo"},
    {"event": "clear"},
    {"event": "drop"},
    {"event": "resume"},
    {"event": "adopt", "changes": [], "objects": [ROW]},
]
LINES = [HEADER, *({"t": 1.5} | event for event in EVENTS)]
IMAGE = np.tile(np.arange(50, dtype=np.uint8) * 4, (40, 1))


def write(folder: Path, lines: list[Any]) -> Path:
    path = folder / "a.samwise.jsonl"
    path.write_bytes(b"".join(dump(line) for line in lines))
    return path


def dump(line: Any) -> bytes:
    return line if isinstance(line, bytes) else json.dumps(line).encode() + b"\n"


def change(line: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """Return a copy of a line with one member replaced."""
    copy = json.loads(json.dumps(line))
    *parents, last = path.split(".")
    target = copy
    for name in parents:
        target = target[int(name) if isinstance(target, list) else name]
    target[int(last) if isinstance(target, list) else last] = value
    return copy


def test_the_lines_below_are_a_journal(tmp_path: Path, tiny_model: Any) -> None:
    journal = read_journal(write(tmp_path, LINES))
    assert [type(entry.event).__name__.lower() for entry in journal.entries] == [
        event["event"] for event in EVENTS
    ]
    # The object was painted over as a whole, and the paint deleted.
    assert not restore(journal).labels.any()
    report = replay_with_report(journal, IMAGE, model=tiny_model).report
    assert [(each.id, each.recorded_pixels) for each in report.objects] == [(3, 20)]


@pytest.mark.parametrize(
    ("number", "member", "value", "reason"),
    [
        (1, "samwise", 2, "the version is 2, and this program reads 1"),
        (1, "samwise", "1", "'samwise' of the header must be a whole number"),
        (1, "created", "2026-13-02T03:04:05Z", "no time"),
        (1, "image.name", "../../a.tif", "'name' of the image must match"),
        (1, "image.name", "..", "'name' of the image must match"),
        (1, "image.shape", [40, 50, 5], "name 2 axes but the image has 3"),
        (1, "image.shape", [40, 10**400], "a huge number"),
        (2, "model.name", "/tmp/evil.pt", "'name' of the model must match"),
        (2, "model.name", "..\\evil", "'name' of the model must match"),
        (2, "plane.at", [3], "the plane lies outside the image"),
        (2, "plane.axes", [1, 0], "the plane lies outside the image"),
        (2, "frame", 1, "frame 0 should come next"),
        (2, "intensity.rgb", True, "other channels"),
        (2, "intensity.low", [300.0], "a low limit above the high one"),
        (2, "extra", 1, "the event has the unknown member 'extra'"),
        (3, "labels", [1, 1], "differ in number"),
        (3, "points", [[1, 2, 3]], "a point must have 2 coordinates"),
        (4, "points", [[5.0, 99.0]], "Points must lie inside the image"),
        (4, "points", [[5.0, 1e999]], "is no number of JSON"),
        (4, "labels", [True], "a label of a point must be"),
        (4, "box", [9, 9, 1, 1], "smaller corner first"),
        (4, "frame", 5, "there is no frame 5"),
        (5, "start.decode", 1, "there is no decode 1 before it"),
        (5, "start.candidate", 3, "decode 0 has fewer candidates"),
        (5, "decode", 0, "decode 1 should come next"),
        (7, "planes.0.parts.0.counts", "0e0", "must cover a mask of 4 x 5 pixels"),
        (7, "planes.0.parts.0.offset", [39, 3], "a mask lies outside the plane"),
        (7, "planes.0.parts.0.size", [4096, 5000], "from 1 to 2048"),
        (7, "object.id", 0, "from 1 to 2147483647"),
        (7, "object.model", "a/b", "'model' of the object must match"),
        (7, "object.time", "yesterday", "'time' of the object must match"),
        (7, "planes", [], "the object has no plane"),
        (7, "filled", [{"plane": PLANE, "parts": []}], "a plane is listed twice"),
        (7, "filled", [{"plane": PLANE | {"at": [9]}, "parts": []}], "outside the image"),
        (8, "start.step", 3, "too coarse"),
        (8, "start.drawn.counts", "d0", "no pixel"),
        (9, "name", "<b>", "'name' of the event must match"),
        (9, "into", -1, "from 0 to 2147483647"),
        (10, "t", -1, "'t' of the event must be a number from 0"),
        (10, "event", "__import__", "must match"),
        (10, "event", "exec", "there is no event 'exec'"),
    ],
)
def test_the_reason_is_said(tmp_path, number: int, member: str, value: Any, reason: str) -> None:
    lines = [*LINES]
    lines[number - 1] = change(lines[number - 1], member, value)
    with pytest.raises(JournalError) as caught:
        read_journal(write(tmp_path, lines))
    assert f"line {number}: " in str(caught.value)
    assert reason in str(caught.value)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"\x00\xff\n", "no JSON"),
        (b"\n", "no JSON"),
        (b"[" * 200_000 + b"\n", "no JSON"),
        (b'{"event":"undo","event":"undo","t":1}\n', "a member twice"),
        (b'{"event":"undo","t":NaN}\n', "NaN is no number"),
        (b'{"event":"undo","t":1' + b"0" * 5000 + b"}\n", "line 3"),
        (b"[" + b"0," * (limits.MAX_COMMAS + 1) + b"0]\n", "more than"),
        (b'"' + b"a" * limits.MAX_LINE_BYTES + b'"\n', "longer than"),
        (b"7\n", "must be an object, got 7"),
    ],
)
def test_what_is_no_event(tmp_path: Path, line: bytes, reason: str) -> None:
    with pytest.raises(JournalError, match=f"line 3: .*|{reason}") as caught:
        read_journal(write(tmp_path, [*LINES[:2], line, *LINES[2:]]))
    assert reason in str(caught.value)


def test_every_bad_line_is_named(tmp_path: Path) -> None:
    lines = [*LINES[:3], b"what\n", b"is this\n", {"event": "undo", "t": 0}, {"event": "redo"}]
    path = write(tmp_path, lines)
    with pytest.raises(JournalError, match=r"line 4: .*; line 5: .*; line 7: the event lacks 't'"):
        read_journal(path)
    journal = read_journal(path, until_damage=True)
    assert len(journal.entries) == 2
    assert [refusal.line for refusal in journal.refusals] == [4, 5, 7]


def test_a_last_line_that_is_cut_off_is_left_out(tmp_path: Path, caplog: Any) -> None:
    path = write(tmp_path, LINES)
    whole = path.read_bytes()
    last = whole.rstrip(b"\n").rfind(b"\n") + 1
    for end in (last + 1, last + 20, len(whole) - 1):
        path.write_bytes(whole[:end])
        journal = read_journal(path)
        assert journal.is_cut_off
        assert len(journal.entries) == len(EVENTS) - 1
    assert "is not whole and was left out" in caplog.text


def test_files_that_are_no_journal(tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.touch()
    with pytest.raises(JournalError, match="line 1: there is no header"):
        read_journal(empty)
    with pytest.raises(JournalError, match="cannot be read"):
        read_journal(tmp_path / "missing")
    with pytest.raises(JournalError, match="cannot be read"):
        read_journal(tmp_path)
    huge = tmp_path / "huge"
    with huge.open("wb") as stream:
        stream.truncate(limits.MAX_FILE_BYTES + 1)
    with pytest.raises(JournalError, match="more than"):
        read_journal(huge)


values = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=12),
    st.sampled_from([10**30, -1, 2**31, 1e308, "../x", [[]], {}, {"a": 1}, [0] * 40, "nano"]),
    st.lists(st.integers(-5, 100), max_size=9),
)


def paths_of(value: Any, prefix: str = "") -> list[str]:
    """Return the places of all members of a line."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    found = []
    for name, member in pairs:
        found.append(f"{prefix}{name}")
        if isinstance(member, dict | list):
            found += paths_of(member, f"{prefix}{name}.")
    return found


@st.composite
def mutated(draw: Any) -> bytes:
    """Draw a journal with members replaced, lines swapped, or bytes changed."""
    lines: list[Any] = [*LINES]
    for _ in range(draw(st.integers(0, 2))):
        index = draw(st.integers(0, len(lines) - 1))
        place = draw(st.sampled_from(paths_of(lines[index])))
        lines[index] = change(lines[index], place, draw(values))
    for _ in range(draw(st.integers(0, 2))):
        first, second = (draw(st.integers(0, len(lines) - 1)) for _ in range(2))
        lines[first], lines[second] = lines[second], lines[first]
    text = bytearray(b"".join(dump(line) for line in lines))
    for _ in range(draw(st.integers(0, 3))):
        text[draw(st.integers(0, len(text) - 1))] = draw(st.integers(0, 255))
    return bytes(text[: draw(st.integers(0, len(text)))] if draw(st.booleans()) else text)


@settings(max_examples=250, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=mutated())
def test_anything_is_read_or_refused(tmp_path: Path, tiny_model: Any, text: bytes) -> None:
    """Never another error, never a file, never much memory; what is read can be replayed."""
    path = tmp_path / "a.samwise.jsonl"
    path.write_bytes(text)
    tracemalloc.start()
    try:
        journal = read_journal(path, until_damage=True)
        if journal.header.image.spatial_shape == (40, 50):
            restore(journal)
            replay_with_report(journal, IMAGE, model=tiny_model)
    except InputError:
        pass
    finally:
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak < 64 * 2**20
    assert [each.name for each in tmp_path.iterdir()] == [path.name]
    assert path.read_bytes() == text


def test_a_line_takes_little_memory(tmp_path: Path) -> None:
    """The worst that a line can hold: as many empty lists as are allowed."""
    line = b'{"event":"paint","t":0,"changes":[' + b"[]," * (limits.MAX_COMMAS - 3) + b"[]]}\n"
    path = write(tmp_path, [HEADER, line])
    tracemalloc.start()
    with pytest.raises(JournalError, match="must be an object, got a list of 0"):
        read_journal(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 150 * 2**20
