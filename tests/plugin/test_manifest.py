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


def test_every_command_that_is_used_is_declared_and_no_other(manifest) -> None:
    contributions = manifest.contributions
    declared = {command.id for command in contributions.commands}
    parts = (contributions.widgets, contributions.readers, contributions.writers)
    used = {each.command for part in parts for each in part}
    used |= {sample.command for sample in contributions.sample_data}
    used |= {item.command for items in contributions.menus.values() for item in items}
    assert used == declared
    assert [widget.display_name for widget in contributions.widgets] == ["Samwise"]


def test_every_command_is_a_function_of_its_own(manifest) -> None:
    names = [command.python_name for command in manifest.contributions.commands]
    assert len(set(names)) == len(names)


def test_no_contribution_is_misspelt() -> None:
    text = files("napari_samwise").joinpath("napari.yaml").read_text(encoding="utf-8")
    raw = yaml.safe_load(text)
    expected = {"commands", "readers", "writers", "sample_data", "widgets", "menus"}
    assert set(raw["contributions"]) == expected


def test_menus_are_ones_that_napari_lets_plugins_add_to(manifest) -> None:
    from napari._app_model.constants import MenuId

    allowed = {str(menu) for menu in MenuId.contributables()}
    assert set(manifest.contributions.menus) <= allowed
    # Those of the oldest napari that is supported.
    kinds = {menu.removeprefix("napari/layers/") for menu in manifest.contributions.menus}
    assert kinds <= {"annotate", "data", "measure", "segment", "track"}


def test_napari_reads_its_own_files_itself(manifest) -> None:
    patterns = {p for reader in manifest.contributions.readers for p in reader.filename_patterns}
    assert not patterns & {"*", "*.tif", "*.tiff", "*.png", "*.jpg", "*.npy"}


def test_the_file_at_the_top_is_the_one_in_the_package() -> None:
    top = ROOT / "napari.yaml"
    if not top.exists():
        pytest.skip("an installed copy without the repository around it")
    assert top.resolve() == (ROOT / "src" / "napari_samwise" / "napari.yaml").resolve()


def test_opening_the_widget_loads_no_torch() -> None:
    code = "import napari_samwise.plugin.widget, sys; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
