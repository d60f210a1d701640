"""Processes that write to one folder, and processes that are killed while they do."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from napari_samwise.predictor.disk_store import DiskStore

# Puts entries 0, 1, 2, ... whose values are their number, and removes them, until told to stop.
WRITER = """
import sys, torch
from pathlib import Path
from napari_samwise.predictor.disk_store import DiskStore
from napari_samwise.predictor.embedding import Embedding
store = DiskStore(sys.argv[1])
stop = Path(sys.argv[2])
last = False
while not last:
    last = stop.exists()
    if not last:
        store.clear()
    for number in range(20):
        features = {name: torch.full((40, 1000), float(number)) for name in "abcd"}
        store.put(Embedding(features, (16, 16), f"{number:04x}", "digest"))
print(store.problem)
"""

# Forks writers, which need not import torch again, and kills each of them at a random moment.
KILLER = f"""
import os, random, signal, sys, time
code = compile({WRITER!r}, "writer", "exec")
import napari_samwise.predictor.disk_store
import torch
torch.set_num_threads(1)
half_written = 0
for turn in range(15):
    child = os.fork()
    if child == 0:
        exec(code)
        os._exit(1)
    time.sleep(random.Random(turn).uniform(0.005, 0.05))
    os.kill(child, signal.SIGKILL)
    assert os.waitpid(child, 0)[1] == signal.SIGKILL
    if os.path.isdir(sys.argv[1]):
        half_written += any(name.endswith(".part") for name in os.listdir(sys.argv[1]))
print(half_written)
"""


def start(code: str, folder: Path) -> subprocess.Popen[str]:
    words = [sys.executable, "-c", code, str(folder), str(folder.with_name("stop"))]
    return subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def finish(process: subprocess.Popen[str]) -> str:
    """Wait for a process, which must end well and say nothing on standard error."""
    said, errors = process.communicate(timeout=120)
    assert (errors, process.returncode) == ("", 0)
    return said


def check_all(folder: Path) -> int:
    """Every entry that is there is whole and its own; return how many there are."""
    store, whole = DiskStore(folder), 0
    for number in range(20):
        # Not only what ``get`` returns: nothing half written may even look like an entry.
        there = f"{number:04x}" in store
        found = store.get(f"{number:04x}")
        assert (found is not None) == there
        if found is not None:
            whole += 1
            assert len(found.features) == 4
            for tensor in found.features.values():
                assert torch.equal(tensor, torch.full((40, 1000), float(number)))
    return whole


def leftovers(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir() if not path.name.endswith(".zarr")]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="kills what it forks")
def test_killed_while_writing(tmp_path: Path) -> None:
    folder = tmp_path / "store"
    assert int(finish(start(KILLER, folder))) > 0, "some were killed in the midst of an entry"
    DiskStore(folder)
    assert leftovers(folder) == [], "opening sweeps what the dead have left"
    check_all(folder)


def test_two_write_and_remove_while_a_third_reads(tmp_path: Path) -> None:
    folder = tmp_path / "store"
    writers = [start(WRITER, folder), start(WRITER, folder)]
    store, found = DiskStore(folder), 0
    deadline = time.monotonic() + 60
    while found < 300:
        assert time.monotonic() < deadline
        for number in range(20):
            got = store.get(f"{number:04x}")
            if got is not None:
                found += 1
                assert {float(t.unique()) for t in got.features.values()} == {float(number)}
    (tmp_path / "stop").touch()
    assert [finish(writer) for writer in writers] == ["None\n", "None\n"]
    assert leftovers(folder) == []
    assert check_all(folder) == 20


def test_what_living_processes_write_is_not_swept(tmp_path: Path) -> None:
    mine = tmp_path / f".ab.zarr@elsewhere@{os.getpid()}@0.part"
    mine.mkdir()
    DiskStore(tmp_path)
    assert mine.exists(), "of another machine, whose processes cannot be asked"
    old = time.time() - 4000
    os.utime(mine, (old, old))
    DiskStore(tmp_path)
    assert not mine.exists(), "nobody writes for an hour"
