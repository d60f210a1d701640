"""The packaged schema and the reader agree."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from napari_samwise.journal.dump import dump_event, dump_header
from napari_samwise.journal.parse import parse_event, parse_header
from napari_samwise.journal.schema import journal_schema

jsonschema = pytest.importorskip("jsonschema")

COUNTS = "0d0"
SAMPLES = json.loads((Path(__file__).parent / "every_event.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def validator() -> Any:
    jsonschema.Draft202012Validator.check_schema(journal_schema())
    return jsonschema.Draft202012Validator(journal_schema())


@pytest.mark.parametrize("line", SAMPLES, ids=lambda line: line.get("event", "header"))
def test_every_event_is_valid_and_comes_back(line: dict[str, Any], validator: Any) -> None:
    validator.validate(line)
    if "samwise" in line:
        dumped = dump_header(parse_header(line))
    else:
        seconds, event = parse_event(line)
        dumped = dump_event(event, seconds)
    assert json.loads(dumped) == line
    assert dumped.endswith(b"\n")
    assert dumped.count(b"\n") == 1


def test_all_kinds_are_tested() -> None:
    titles = {each["title"] for each in journal_schema()["anyOf"]}
    assert {line.get("event", "header") for line in SAMPLES} == titles


@pytest.mark.parametrize("line", SAMPLES, ids=lambda line: line.get("event", "header"))
def test_both_refuse_a_missing_and_an_unknown_member(line: dict[str, Any], validator: Any) -> None:
    for name in line:
        less = {key: value for key, value in line.items() if key != name}
        assert not validator.is_valid(less), name
    assert not validator.is_valid(line | {"path": "/etc/passwd"})
