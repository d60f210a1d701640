"""Completion by the shell, and what all commands have in common."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import numpy as np
import pytest
import tifffile

from napari_samwise.cli.completion import install_path
from napari_samwise.cli.main import cli
from napari_samwise.weights.registry import CHECKPOINTS

SHELLS = ["bash", "zsh", "fish"]


@pytest.fixture
def _home(monkeypatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize("shell", SHELLS)
def test_the_script_of_a_shell(invoke, shell: str) -> None:
    result = invoke("completion", shell)
    assert result.exit_code == 0, result.output
    assert f"_NAPARI_SAMWISE_COMPLETE={shell}_complete" in result.stdout
    program = shutil.which(shell)
    if program is not None:
        checked = subprocess.run([program, "-n"], input=result.stdout, text=True, check=False)
        assert checked.returncode == 0


@pytest.mark.usefixtures("_home")
@pytest.mark.parametrize("shell", SHELLS)
def test_the_script_is_installed(invoke, shell: str, tmp_path: Path) -> None:
    for _ in range(2):
        result = invoke("completion", shell, "--install")
        assert result.exit_code == 0, result.output
    path = install_path(shell)
    assert path.is_relative_to(tmp_path)
    assert path.read_text() == invoke("completion", shell).stdout
    assert [each.name for each in path.parent.iterdir()] == [path.name]
    assert str(path) in result.stdout
    assert ("fpath" in result.stdout) == (shell == "zsh")


@pytest.mark.usefixtures("_home")
def test_a_place_that_cannot_be_made(invoke, tmp_path: Path) -> None:
    (tmp_path / ".local").touch()
    result = invoke("completion", "bash", "--install")
    assert result.exit_code == 2
    assert "cannot be made" in result.stderr


def test_a_user_without_a_home(invoke, monkeypatch) -> None:
    def none() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", none)
    result = invoke("completion", "fish", "--install")
    assert result.exit_code == 2
    assert "There is no home directory; set HOME" in result.stderr


def test_another_shell(invoke) -> None:
    assert invoke("completion", "tcsh").exit_code == 2


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["seg"], {"segment"}),
        (["completion", ""], set(SHELLS)),
        (["segment", "--model", "vit_b_l"], {n for n in CHECKPOINTS if n.startswith("vit_b_l")}),
        (["everything", "--min-a"], {"--min-area"}),
    ],
)
def test_what_the_shell_is_told(words: list[str], expected: set[str]) -> None:
    """The console script answers as the shell asks it."""
    environment = {
        **os.environ,
        "_NAPARI_SAMWISE_COMPLETE": "bash_complete",
        "COMP_WORDS": " ".join(["napari-samwise", *words]),
        "COMP_CWORD": str(len(words)),
    }
    script = Path(sys.executable).with_name("napari-samwise")
    answer = subprocess.run([script], env=environment, capture_output=True, text=True, check=True)
    assert {line.split(",", 1)[1] for line in answer.stdout.splitlines()} == expected


def test_every_command_is_in_one_section_of_the_help(invoke) -> None:
    text = invoke("--help").stdout
    listed = [command for section in cli.sections.values() for command in section]
    assert len(listed) == len({*listed}) == len(cli.commands)
    columns = set()
    for command in listed:
        (line,) = [row for row in text.splitlines() if row.startswith(f"  {command.name} ")]
        columns.add(line.index(command.get_short_help_str(80)[:8]))
        assert not line.endswith("..."), "the help is not cut"
    assert len(columns) == 1
    assert all(f"\n{title}:\n" in text for title in cli.sections)


@pytest.mark.parametrize("name", [*cli.commands])
def test_every_help_has_an_example(invoke, name: str) -> None:
    text = invoke(name, "--help").stdout
    assert f"napari-samwise {name}" in text


@pytest.fixture
def words(tmp_path: Path, squares: Path) -> dict[str, list[Any]]:
    """A command line for each command that prints JSON, but for training."""
    labels, movie = tmp_path / "given.tif", tmp_path / "movie.tif"
    plane = tifffile.imread(squares)
    tifffile.imwrite(labels, (plane > 100).astype(np.uint16))
    tifffile.imwrite(movie, np.stack([plane] * 3), ome=True, metadata={"axes": "TYX"})
    stack = tmp_path / "stack.tif"
    tifffile.imwrite(stack, np.stack([plane] * 3), ome=True, metadata={"axes": "ZYX"})
    out = tmp_path / "out.tif"
    return {
        "models": [],
        "doctor": [],
        "demo": ["-o", tmp_path / "demo"],
        "segment": [squares, "--point", "12,12", "-o", out],
        "everything": [squares, "-o", out],
        "text": [squares, "bright things", "-o", out],
        "volume": [stack, "--point", "1,12,12", "-o", out],
        "track": [movie, "--point", "0,12,12", "-o", out],
        "embed": [squares],
        "export": [labels, "-o", tmp_path / "out.geojson"],
        "measure": [labels],
        "batch": [squares, "--out", tmp_path / "batch"],
    }


def _prints_json(command: click.Command) -> bool:
    return any("--json" in parameter.opts for parameter in command.params)


@pytest.mark.parametrize(
    "name", [n for n, c in cli.commands.items() if _prints_json(c) and n not in ("replay",)]
)
def test_json_is_all_that_is_on_stdout(invoke, tiny_loaded, words, name: str) -> None:
    result = invoke(name, *words[name], "--json")
    assert result.exit_code == 0, result.output
    assert isinstance(json.loads(result.stdout), dict)


@pytest.mark.parametrize("name", ["segment", "everything", "volume", "track", "embed", "measure"])
def test_with_json_too_a_wrong_input_is_one_line_on_stderr(invoke, words, name: str) -> None:
    first, *rest = words[name]
    result = invoke(name, f"{first}.gone", *rest, "--json")
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.startswith("Error: There is no file")
    assert result.stderr.count("\n") == 1
