"""How large a journal and what it says may be; whoever writes more is refused by whoever reads."""

from __future__ import annotations

VERSION = 1
SUFFIX = ".samwise.jsonl"

MAX_FILE_BYTES = 512 * 2**20
MAX_LINE_BYTES = 16 * 2**20
MAX_EVENTS = 1_000_000
MAX_COMMAS = 500_000
"""In one line: a parsed line takes at most about 100 bytes for each."""

MAX_ID = 2**31 - 1
MAX_RANK = 8
MAX_EXTENT = 2**31 - 1
MAX_AREA = 2**53 - 1
MAX_COORDINATE = 1e9
MAX_POINTS = 10_000
MAX_VERTICES = 100_000
MAX_CANDIDATES = 64
MAX_PART_SIDE = 2048
"""Masks are kept in parts, so that no line can ask for much memory."""
PART_SIDE = 1024
MAX_NAME = 255
MAX_SECONDS = 1e10
