"""The JSON schema of one line, for programs that read or write journals."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any


def journal_schema() -> dict[str, Any]:
    """Return the schema of version 1, JSON Schema 2020-12.

    It says what a line looks like alone. The reader asks more: that lines fit together, that masks
    lie in the image, and that run lengths cover their boxes.
    """
    text = files(__package__).joinpath("journal.schema.json").read_text(encoding="utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema
