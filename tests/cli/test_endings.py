"""How the console script ends when it cannot go on: Ctrl-C, full disks, broken pipes, typos."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from napari_samwise.cli.main import cli

SCRIPT = Path(sys.executable).with_name("napari-samwise")
posix = pytest.mark.skipif(os.name == "nt", reason="signals and pipes of POSIX")


def run(code: str, *words: str, **streams: object) -> subprocess.CompletedProcess[str]:
    """Run the entry point after some code, with the words."""
    start = f"import sys\nsys.argv = ['napari-samwise', *sys.argv[1:]]\n{code}\n"
    end = "from napari_samwise.cli.main import main\nmain()"
    command = [sys.executable, "-c", start + end, *words]
    given = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **streams}
    return subprocess.run(command, text=True, check=False, **given)  # type: ignore[call-overload,no-any-return]


@posix
@pytest.mark.parametrize("debug", [[], ["--debug"]])
def test_ctrl_c_is_one_line_and_130(debug: list[str]) -> None:
    code = (
        "import os, signal\n"
        "import napari_samwise.weights.fetch as fetch\n"
        "fetch.weights_folder = lambda *args: os.kill(os.getpid(), signal.SIGINT)"
    )
    ended = run(code, *debug, "models")
    assert (ended.returncode, ended.stdout, ended.stderr) == (130, "", "stopped.\n")


@posix
def test_what_was_done_before_ctrl_c_stays(tmp_path: Path) -> None:
    """The whole group of processes is told, as a terminal does it."""
    import numpy as np

    for index in range(40):
        np.save(tmp_path / f"{index:02d}.npy", np.eye(64, dtype=np.uint8) * 200)
    out = tmp_path / "out"
    words = [SCRIPT, "batch", tmp_path, "--out", out, "--workers", "2", "--processes"]
    running = subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    log = out / "log.jsonl"
    while running.poll() is None and not (log.exists() and "image_done" in log.read_text()):
        time.sleep(0.02)
    os.killpg(running.pid, signal.SIGINT)
    told, said = running.communicate(timeout=120)
    assert (running.returncode, told, said) == (130, "", "stopped.\n")
    assert 1 <= len(list(out.glob("*_labels.tif"))) < 40


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("words", [["models"], ["models", "--json"], ["--help"], ["--version"]])
def test_a_full_disk_is_one_line_and_2(words: list[str]) -> None:
    with Path("/dev/full").open("w") as full:
        ended = run("", *words, stdout=full)
    assert ended.returncode == 2
    assert ended.stderr == (
        "Error: Nothing more can be written: No space left on device; make room, or write to "
        "another place.\n"
    )


@posix
@pytest.mark.parametrize("words", [["models"], ["models", "--json"], ["--help"], ["batch", "-h"]])
def test_a_reader_that_went_away_is_no_fault(words: list[str]) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    try:
        ended = run("", *words, stdout=writer)
    finally:
        os.close(writer)
    assert (ended.returncode, ended.stderr) == (141, "")


def test_too_little_memory_is_one_line_and_2() -> None:
    code = (
        "import napari_samwise.weights.fetch as fetch\n"
        "def need(*args): raise MemoryError('Unable to allocate 7.28 TiB')\n"
        "fetch.weights_folder = need"
    )
    ended = run(code, "models")
    assert (ended.returncode, ended.stderr) == (
        2,
        "Error: There is not enough memory for this; ask for less, or close other programs.\n",
    )


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("segment", "Missing argument 'IMAGE'; see 'napari-samwise segment --help'."),
        ("segment a.tif", "Missing option '-o' / '--output'; see 'napari-samwise segment --help'."),
        ("--debug", "Missing command; see 'napari-samwise --help'."),
        ("models --nonsense", "No such option '--nonsense'; see 'napari-samwise models --help'."),
        ("--nonsense", "No such option '--nonsense'; see 'napari-samwise --help'."),
        ("nonsense", "No such command 'nonsense'; see 'napari-samwise --help'."),
        ("models a", "Got unexpected extra argument (a); see 'napari-samwise models --help'."),
        (
            "sgment",
            "No such command 'sgment'. Did you mean 'segment'? See 'napari-samwise --help'.",
        ),
        (
            "embed a.tif --quota -1",
            "Invalid value for '--quota': -1.0 is not in the range 0<x<=1000000000; "
            "see 'napari-samwise embed --help'.",
        ),
    ],
)
def test_a_wrong_word_is_one_line_and_2(words: str, said: str) -> None:
    result = CliRunner().invoke(cli, words.split(), prog_name="napari-samwise")
    assert (result.exit_code, result.stdout, result.stderr) == (2, "", f"Error: {said}\n")


def test_nothing_said_is_still_the_help() -> None:
    result = CliRunner().invoke(cli, [], prog_name="napari-samwise")
    assert result.output == CliRunner().invoke(cli, ["-h"], prog_name="napari-samwise").output


@pytest.mark.skipif(sys.platform != "linux", reason="only here a name is any bytes")
def test_a_name_that_is_no_text_can_be_printed(tmp_path: Path) -> None:
    name = os.fsdecode(b"b\xff.tif")
    (tmp_path / name).write_text("no image")
    words = [SCRIPT, "batch", tmp_path, "--out", tmp_path / "out"]
    ended = subprocess.run(words, capture_output=True, text=True, check=False)
    assert ended.returncode == 2, ended.stderr
    assert r"b\udcff" in ended.stdout


def test_usage_errors_are_raised_outside_of_standalone_mode_too() -> None:
    with pytest.raises(click.ClickException, match="Missing argument"):
        cli(["segment"], standalone_mode=False)
