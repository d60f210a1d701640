"""The log of a run: it can be gone on with, and survives a run that was killed."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from napari_samwise.learn.report.curves import draw_curves
from napari_samwise.learn.training_log import LogEntry, append_entry, cut_log, read_log


def _entries(*steps: int) -> list[LogEntry]:
    return [LogEntry(step, {"loss": 1 / step, "first_best": 0.1 * step}) for step in steps]


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "log.jsonl"
    for entry in _entries(1, 2, 3):
        append_entry(path, entry)
    return path


def test_what_was_written_is_read(log: Path) -> None:
    assert read_log(log) == _entries(1, 2, 3)
    assert len(log.read_text().splitlines()) == 3
    assert read_log(log.with_name("missing.jsonl")) == []


def test_a_number_that_is_none_stays_none(log: Path) -> None:
    append_entry(log, LogEntry(4, {"score_r": math.nan}))
    assert "NaN" not in log.read_text()
    assert math.isnan(read_log(log)[-1].means["score_r"])


def test_what_came_after_the_checkpoint_is_forgotten(log: Path) -> None:
    cut_log(log, 2)
    append_entry(log, _entries(3)[0])
    assert read_log(log) == _entries(1, 2, 3)
    cut_log(log, 0)
    assert read_log(log) == []
    assert [path.name for path in log.parent.iterdir()] == ["log.jsonl"]


def test_half_a_line_is_dropped_and_the_next_one_is_whole(log: Path) -> None:
    whole = log.read_bytes()
    log.write_bytes(whole[:-9])
    assert read_log(log) == _entries(1, 2)
    cut_log(log, 3)
    append_entry(log, _entries(3)[0])
    assert log.read_bytes() == whole


def test_curves_rise_and_fall_as_the_numbers_do() -> None:
    log = [LogEntry(step, {"a_best": step / 10, "loss": 10.0 - step}) for step in range(1, 10)]
    picture = draw_curves(log)
    blue = (picture == (0, 114, 178)).all(-1)[40:420]
    for left, rises in ((50, True), (480, False)):
        rows, columns = np.nonzero(blue[:, left : left + 380])
        slope = np.corrcoef(rows, columns)[0, 1]
        assert slope < -0.9 if rises else slope > 0.9


def test_a_gap_or_nothing_at_all_can_be_drawn() -> None:
    gap = [LogEntry(1, {"loss": math.nan}), LogEntry(2, {"loss": -1.0}), LogEntry(3, {})]
    assert draw_curves(gap).shape == draw_curves([]).shape
