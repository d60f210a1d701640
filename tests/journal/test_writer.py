"""Each event is on the disk at once; one writer a journal; what was cut off is mended."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from napari_samwise.errors import JournalError
from napari_samwise.journal import limits
from napari_samwise.journal.events import Clear, Lock, Resume, Undo
from napari_samwise.journal.identity import identify, plain_name
from napari_samwise.journal.place import find_journal, journal_places, journals_folder, put_aside
from napari_samwise.journal.reader import read_journal
from napari_samwise.journal.writer import JournalWriter, is_written

IMAGE = identify(np.arange(400, dtype=np.uint16).reshape(20, 20), name="/data/cells.tif")

KILLED = """
import os, signal, sys
from pathlib import Path
import numpy as np
from napari_samwise.journal.events import Clear
from napari_samwise.journal.identity import identify
from napari_samwise.journal.writer import JournalWriter, is_written
image = identify(np.arange(400, dtype=np.uint16).reshape(20, 20), name="cells.tif")
writer = JournalWriter.begin([Path(sys.argv[1])], image)
for _ in range(5):
    writer.write(Clear())
os.kill(os.getpid(), signal.SIGKILL)
"""


def begin(path: Path) -> JournalWriter:
    return JournalWriter.begin([path], IMAGE)


def test_events_are_there_before_the_writer_is_closed(tmp_path: Path) -> None:
    path = tmp_path / "cells.tif.samwise.jsonl"
    writer = begin(path)
    assert read_journal(path).header.image == IMAGE
    assert IMAGE.name == "cells.tif"
    for count in range(1, 4):
        writer.write(Clear())
        assert len(read_journal(path).entries) == count
    seconds = [entry.seconds for entry in read_journal(path).entries]
    assert seconds == sorted(seconds)


@pytest.mark.skipif(os.name == "nt", reason="there is no SIGKILL")
def test_a_killed_process_loses_nothing_and_leaves_no_lock(tmp_path: Path) -> None:
    path = tmp_path / "cells.samwise.jsonl"
    done = subprocess.run([sys.executable, "-c", KILLED, str(path)], check=False)
    assert done.returncode == -signal.SIGKILL
    journal = read_journal(path)
    assert len(journal.entries) == 5
    with path.open("ab") as stream:
        stream.write(b'{"event":"cle')
    journal = read_journal(path)
    writer = JournalWriter.resume(path, journal.header)
    writer.write(Resume())
    writer.write(Undo())
    writer.close()
    kinds = [type(entry.event).__name__ for entry in read_journal(path).entries]
    assert kinds == ["Clear"] * 5 + ["Resume", "Undo"]


def test_damage_can_be_cut_away(tmp_path: Path) -> None:
    path = tmp_path / "a.samwise.jsonl"
    writer = begin(path)
    writer.write(Clear())
    writer.close()
    size = path.stat().st_size
    with path.open("ab") as stream:
        stream.write(b"damage\n" * 3)
    journal = read_journal(path, until_damage=True)
    assert len(journal.refusals) == 3
    assert journal.good_bytes == size
    JournalWriter.resume(path, journal.header, journal.good_bytes).close()
    assert len(read_journal(path).entries) == 1


def test_two_windows_cannot_write_one_journal(tmp_path: Path) -> None:
    path = tmp_path / "a.samwise.jsonl"
    first = begin(path)
    header = read_journal(path).header
    with pytest.raises(JournalError, match="being written by another window"):
        JournalWriter.resume(path, header)
    with pytest.raises(JournalError, match="is there already"):
        begin(path)
    first.write(Clear())
    first.close()
    assert not first.is_open
    second = JournalWriter.resume(path, header)
    second.write(Clear())
    assert len(read_journal(path).entries) == 2
    with pytest.raises(JournalError, match="is closed"):
        first.write(Clear())


@pytest.mark.skipif(os.name == "nt" or not os.path.exists("/dev/full"), reason="needs /dev/full")
def test_a_full_disk_is_said_and_ends_the_journal(tmp_path: Path, monkeypatch: Any) -> None:
    path = tmp_path / "a.samwise.jsonl"
    writer = begin(path)
    writer.write(Clear())

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(JournalError, match="No space left on device; nothing more"):
            writer.write(Lock(3, True))
    assert not writer.is_open
    assert len(read_journal(path).entries) == 1
    JournalWriter.resume(path, read_journal(path).header).write(Clear())
    assert len(read_journal(path).entries) == 2


def test_an_event_that_nobody_could_read_is_not_written(tmp_path: Path, monkeypatch: Any) -> None:
    path = tmp_path / "a.samwise.jsonl"
    writer = begin(path)
    monkeypatch.setattr(limits, "MAX_LINE_BYTES", 20)
    with pytest.raises(JournalError, match="too long"):
        writer.write(Clear())
    monkeypatch.undo()
    assert read_journal(path).entries == ()


def test_it_lies_beside_the_image_or_in_the_data_folder(tmp_path: Path) -> None:
    file = tmp_path / "cells.tif"
    beside, apart = journal_places(IMAGE, file)
    assert beside == tmp_path / "cells.tif.samwise.jsonl"
    assert apart.parent == journals_folder()
    assert find_journal(IMAGE, file) is None
    # A folder that is a file cannot be written to, whoever asks.
    (tmp_path / "closed").touch()
    writer = JournalWriter.begin(journal_places(IMAGE, tmp_path / "closed" / "cells.tif"), IMAGE)
    assert writer.path == apart
    writer.close()
    assert find_journal(IMAGE, file) == apart
    JournalWriter.begin([beside], IMAGE).close()
    assert find_journal(IMAGE, file) == beside
    assert put_aside(beside).name == "cells.tif.old1.samwise.jsonl"
    assert find_journal(IMAGE, None) == apart
    apart.unlink()


def test_without_any_place_it_says_so(tmp_path: Path) -> None:
    (tmp_path / "closed").touch()
    with pytest.raises(JournalError, match="No journal can be written"):
        begin(tmp_path / "closed" / "a.samwise.jsonl")


def test_an_image_is_known_again() -> None:
    image = np.arange(600, dtype=np.uint16).reshape(20, 30)
    same = identify(image.astype(">u2"), name="b")
    assert identify(image).digest == same.digest
    assert identify(image + 1).digest != same.digest
    assert identify(image.reshape(30, 20)).digest != same.digest
    assert identify([image, image[::2, ::2]]).digest != same.digest


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("/a/b.tif", "b.tif"),
        ("C:\\a\\b.tif", "b.tif"),
        ("..", "image"),
        ("a\nb", "ab"),
        ("", "image"),
    ],
)
def test_names_hold_no_folders(name: str, plain: str) -> None:
    assert plain_name(name) == plain


def test_what_nobody_could_read_is_not_written(tmp_path: Path, monkeypatch: Any) -> None:
    path = tmp_path / "a.samwise.jsonl"
    writer = begin(path)
    writer.write(Clear())
    monkeypatch.setattr(limits, "MAX_FILE_BYTES", path.stat().st_size + 10)
    with pytest.raises(JournalError, match="is full"):
        writer.write(Clear())
    assert not writer.is_open
    assert len(read_journal(path).entries) == 1


def test_whether_somebody_writes_is_known_without_disturbing_them(tmp_path: Path) -> None:
    path = tmp_path / "a.samwise.jsonl"
    assert not is_written(path)
    writer = begin(path)
    assert is_written(path)
    writer.write(Clear())
    writer.close()
    assert not is_written(path)
