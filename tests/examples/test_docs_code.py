"""What README and docs tell people to paste: Python runs, commands parse."""

from __future__ import annotations

import contextlib
import io
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import numpy as np
import pytest
import skimage.data
import tifffile

from napari_samwise.cli.main import cli

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
FENCE = re.compile(r"^( *)```(.+?)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)


def blocks(page: Path, language: str) -> list[str]:
    """Return the code blocks of a language, in order, with those that say no-run left out."""
    text = page.read_text(encoding="utf-8")
    return [body for _, info, body in FENCE.findall(text) if info.strip() == language]


def commands(page: Path) -> Iterator[list[str]]:
    """Yield the arguments of every call of our console script."""
    for block in blocks(page, "bash"):
        for line in block.replace("\\\n", " ").splitlines():
            for part in re.split(r"&&|;", line.partition(" #")[0]):
                words = shlex.split(part)
                if words and words[0].rpartition("/")[2] == "napari-samwise":
                    yield words[1:]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with the files that the pages speak of."""
    monkeypatch.chdir(tmp_path)
    coins = skimage.data.coins()
    (tmp_path / "images").mkdir()
    for name in ("cells.tif", "images/first.tif", "images/second.tif"):
        tifffile.imwrite(tmp_path / name, coins)
    stack = np.zeros((12, 128, 128), np.uint8)
    stack[5:10, 25:55, 45:75] = 200
    stack[5:10, 62:98, 22:58] = 150
    tifffile.imwrite(tmp_path / "stack.tif", stack, imagej=True, metadata={"axes": "ZYX"})
    movie = np.zeros((4, 128, 128), np.uint8)
    for t in range(4):
        movie[t, 30 + 2 * t : 50 + 2 * t, 20:40] = 200
    tifffile.imwrite(tmp_path / "movie.tif", movie, imagej=True, metadata={"axes": "TYX"})
    return tmp_path


def name_of(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("page", [p for p in PAGES if blocks(p, "python")], ids=name_of)
def test_python_of_a_page_runs_from_top_to_bottom(page: Path, folder: Path) -> None:
    names: dict[str, object] = {"__name__": "page"}
    for number, block in enumerate(blocks(page, "python"), start=1):
        code = compile(block, f"{name_of(page)}, block {number}", "exec")
        with contextlib.redirect_stdout(io.StringIO()):
            exec(code, names)


@pytest.mark.parametrize("page", [p for p in PAGES if list(commands(p))], ids=name_of)
def test_commands_of_a_page_parse(page: Path) -> None:
    for words in commands(page):
        name, arguments = words[0], words[1:]
        command = cli.commands.get(name)
        assert command is not None, f"there is no command {name!r}"
        try:
            # Some options print something and are done.
            with contextlib.suppress(click.exceptions.Exit):
                command.make_context(name, arguments)
        except click.UsageError as error:
            pytest.fail(f"{shlex.join(words)}: {error.format_message()}")


def test_relative_links_lead_somewhere() -> None:
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", text):
            if "://" not in target:
                assert (page.parent / target).exists(), f"{name_of(page)} links to {target}"
