"""Tables in the docs agree with the data they are copied from."""

from __future__ import annotations

import re
import runpy
from collections import Counter
from importlib.resources import files
from pathlib import Path

import click
import yaml

import napari_samwise
from napari_samwise.batch.recipe import Recipe
from napari_samwise.batch.recipe_file import VERSION_KEY, parse_recipe, to_plain
from napari_samwise.cli.main import PROGRAM, cli
from napari_samwise.geometry.axes import Axes
from napari_samwise.intensity import CT_WINDOWS, POLICIES
from napari_samwise.learn.split import fixed_split
from napari_samwise.weights.registry import CHECKPOINTS

DOCS = Path(__file__).parents[2] / "docs"


def rows(page: str) -> dict[str, list[str]]:
    """Return the cells of every table row that begins with a name in backticks, by that name."""
    found = {}
    for line in (DOCS / page).read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split(" | ")]
        name = re.fullmatch(r"\|?\s*`([^`]+)`", cells[0])
        if name:
            found[name[1]] = cells[1:]
    return found


def test_models_page_lists_every_checkpoint_with_licence_and_source() -> None:
    listed = rows("reference/models.md")
    assert set(listed) == set(CHECKPOINTS)
    for name, checkpoint in CHECKPOINTS.items():
        description, size, licence = listed[name][:3]
        assert description.startswith(checkpoint.description)
        assert licence == checkpoint.licence
        if checkpoint.size is not None:
            assert size == f"{checkpoint.size / 1e6:.0f} MB"


def test_models_page_gives_every_citation() -> None:
    text = (DOCS / "reference/models.md").read_text(encoding="utf-8")
    for checkpoint in CHECKPOINTS.values():
        identifier = re.search(r"(?:arXiv|doi):\S+", checkpoint.citation)
        assert identifier is None or identifier[0] in text


def test_model_card_counts_the_images_of_the_split() -> None:
    listed = rows("reference/model-card.md")
    split = fixed_split()
    counts = {
        part: Counter(name.split("/")[0] for name in names)
        for part, names in (("train", split.train), ("held_back", split.held_back))
    }
    borders = {name.split("/")[0]: border for name, border in split.divided.items()}
    assert set(listed) == {*counts["train"], *counts["held_back"], *borders}
    for folder, (_, train, held_back, *_) in listed.items():
        if folder in borders:
            assert train == f"planes 0 to {borders[folder] - 1}"
            assert held_back == f"from {borders[folder]} on"
        else:
            assert int(train) == counts["train"][folder]
            assert int(held_back) == counts["held_back"][folder]


def test_installation_names_the_torch_that_is_tested() -> None:
    constraints = (DOCS.parent / "constraints.txt").read_text(encoding="utf-8")
    (pinned,) = re.findall(r"^torch==\S+", constraints, re.MULTILINE)
    named = re.findall(r"torch==[\d.]+", (DOCS / "installation.md").read_text(encoding="utf-8"))
    assert set(named) == {pinned}


def test_napari_files_page_lists_every_entry_of_the_menus() -> None:
    manifest = files("napari_samwise").joinpath("napari.yaml").read_text("utf-8")
    contributions = yaml.safe_load(manifest)["contributions"]
    titles = {command["id"]: command["title"] for command in contributions["commands"]}
    text = (DOCS / "how-to/napari-files.md").read_text(encoding="utf-8")
    commands = text[text.index("## Commands") :]
    for entries in contributions["menus"].values():
        assert all(f"{titles[entry['command']]}*" in commands for entry in entries)


def test_intensity_page_lists_every_policy_and_window() -> None:
    assert set(rows("how-to/intensity.md")) == set(POLICIES)
    text = (DOCS / "how-to/intensity.md").read_text(encoding="utf-8")
    for window in CT_WINDOWS:
        assert f"`{window}`" in text


def test_axes_of_the_coordinates_page_are_axes() -> None:
    text = (DOCS / "concepts/coordinates.md").read_text(encoding="utf-8")
    names = re.findall(r'`"([A-Z]+)"`', text)
    assert len(names) >= 5
    for name in names:
        assert Axes(name).names == name


def test_recipe_page_shows_every_key_of_a_recipe() -> None:
    text = (DOCS / "reference/recipe.md").read_text(encoding="utf-8")
    shown = re.search(r"```yaml\n(.*?)```", text, re.DOTALL)
    assert shown is not None
    parse_recipe(shown[1])
    told = yaml.safe_load(shown[1])
    known = to_plain(Recipe())
    assert set(told) == {VERSION_KEY, *known}
    for section in ("find", "keep", "outputs"):
        assert set(told[section]) == set(known[section])


def test_python_page_names_everything_public() -> None:
    text = (DOCS / "reference/api.md").read_text(encoding="utf-8")
    for name in set(napari_samwise.__all__) - {"__version__"}:
        assert f"[`{name}`]" in text


def test_command_line_page_has_the_help_of_every_command() -> None:
    hook = runpy.run_path(str(DOCS / "command_reference.py"))
    text = (DOCS / "reference/command-line.md").read_text(encoding="utf-8")
    page = hook["on_page_markdown"](text)
    for name, command in cli.commands.items():
        assert f"### {name}\n\n```text\nUsage: {PROGRAM} {name} " in page
        options = [each for each in command.params if isinstance(each, click.Option)]
        assert all(name in page for each in options for name in each.opts)
    assert hook["on_page_markdown"]("another page") == "another page"


def test_command_line_guide_lists_every_command() -> None:
    text = (DOCS / "how-to/command-line.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| `(\w+)[` ]", text, re.MULTILINE)
    assert set(listed) == set(cli.commands)
