"""A session in the widget with the built-in model, killed with -9: nothing is lost."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile

from napari_samwise.journal.reader import read_journal
from napari_samwise.journal.replay import replay_with_report

SCRIPT = Path(__file__).with_name("killed_session.py")
pytestmark = pytest.mark.skipif(os.name == "nt", reason="there is no SIGKILL")


@pytest.fixture(scope="module")
def discs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`(128, 160)` uint16, twenty discs on an uneven ground, as a file."""
    rng = np.random.default_rng(3)
    rows, columns = np.mgrid[:128, :160]
    image = 200 + 0.5 * columns + rng.normal(0, 12, rows.shape)
    for number in range(20):
        y, x = 16 + 32 * (number // 5), 16 + 32 * (number % 5)
        image[(rows - y) ** 2 + (columns - x) ** 2 < (9 + number % 4) ** 2] += 400 + 20 * number
    path = tmp_path_factory.mktemp("killed") / "discs.tif"
    tifffile.imwrite(path, image.clip(0).astype(np.uint16))
    return path


def run(task: str, image: Path, out: Path) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, str(SCRIPT), task, str(image), str(out)],
        capture_output=True,
        text=True,
        check=False,
        timeout=540,
        env=os.environ | {"QT_QPA_PLATFORM": "offscreen", "OMP_NUM_THREADS": "1"},
    )
    return done


@pytest.fixture(scope="module")
def killed(discs: Path) -> Path:
    """Where the killed session wrote what there was."""
    out = discs.with_name("before.json")
    done = run("work", discs, out)
    assert done.returncode == -signal.SIGKILL, done.stderr
    # Going on adds to the journal.
    shutil.copy(discs.with_name("discs.tif.samwise.jsonl"), out.with_suffix(".jsonl"))
    return out


def test_everything_is_there_again(discs: Path, killed: Path) -> None:
    done = run("reopen", discs, after := discs.with_name("after.json"))
    assert done.returncode == 0, done.stderr
    first, second = (json.loads(path.read_text()) for path in (killed, after))
    assert first == second
    assert len(first["objects"]) == 19, "20 kept, one painted, two deleted"
    assert len(first["points"]) == 1
    assert first["chosen"] == [1]
    np.testing.assert_array_equal(
        np.load(killed.with_suffix(".npy")), np.load(after.with_suffix(".npy"))
    )
    states: list[Any] = json.loads(after.with_suffix(".undo.json").read_text())
    assert len(states) > 50
    assert states[-1][0] == 0
    assert states[-1][1]["objects"] == states[-1][1]["points"] == []


def test_replay_gives_the_same_bits(discs: Path, killed: Path) -> None:
    path = killed.with_suffix(".jsonl")
    done = replay_with_report(path, tifffile.imread(discs))
    np.testing.assert_array_equal(done.labels, np.load(killed.with_suffix(".npy")))
    assert done.report.is_identical
    assert done.report.same_model
    starts = [getattr(entry.event, "start", None) for entry in read_journal(path).entries]
    assert "FedBack" in {type(start).__name__ for start in starts}
