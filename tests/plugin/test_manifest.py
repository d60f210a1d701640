"""What npe2's own validation does not catch: undeclared commands, misspelt contributions."""

from __future__ import annotations

import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import pytest
import yaml
from npe2 import PluginManifest

NAME = "napari-samwise"
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def manifest() -> PluginManifest:
    return PluginManifest.from_distribution(NAME)


def test_everything_that_it_names_can_be_imported(manifest) -> None:
    manifest.validate_imports()
    assert (manifest.name, manifest.display_name) == (NAME, "Samwise")


def test_every_command_that_is_used_is_declared(manifest) -> None:
    declared = {command.id for command in manifest.contributions.commands}
    used = {widget.command for widget in manifest.contributions.widgets}
    assert used <= declared
    assert [widget.display_name for widget in manifest.contributions.widgets] == ["Samwise"]


def test_no_contribution_is_misspelt() -> None:
    text = files("napari_samwise").joinpath("napari.yaml").read_text(encoding="utf-8")
    raw = yaml.safe_load(text)
    assert set(raw["contributions"]) == {"commands", "widgets"}


def test_the_file_at_the_top_is_the_one_in_the_package() -> None:
    top = ROOT / "napari.yaml"
    if not top.exists():
        pytest.skip("an installed copy without the repository around it")
    assert top.resolve() == (ROOT / "src" / "napari_samwise" / "napari.yaml").resolve()


def test_opening_the_widget_loads_no_torch() -> None:
    code = "import napari_samwise.plugin.widget, sys; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
