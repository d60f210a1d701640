"""``napari-samwise demo``: what it leaves behind, and what it says without a display."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import skimage.data
import tifffile
from PIL import Image

from napari_samwise.cli.demo import DEMO_PROMPTS
from napari_samwise.cli.show import show_demo


def test_demo_leaves_labels_overlay_image_and_summary(invoke, tiny_loaded, tmp_path) -> None:
    result = invoke("demo", "-o", tmp_path / "out")
    assert result.exit_code == 0, result.output
    folder = tmp_path / "out"
    summary = json.loads((folder / "summary.json").read_text())
    assert sorted(path.name for path in folder.iterdir()) == sorted(summary["files"])
    labels = tifffile.imread(folder / "labels.tif")
    coins = skimage.data.coins()
    assert labels.shape == coins.shape
    np.testing.assert_array_equal(tifffile.imread(folder / "coins.tif"), coins)
    assert Image.open(folder / "overlay.png").size == (2 * coins.shape[1], 2 * coins.shape[0])
    for entry in summary["objects"]:
        assert entry["pixels"] == np.count_nonzero(labels == entry["id"])
        assert f"{entry['predicted_iou']:.2f}" in result.stdout
    assert [entry["id"] for entry in summary["objects"]] == list(DEMO_PROMPTS)
    assert 0 < summary["seconds"]["first_mask_on_disk"] < 60


def test_json_is_the_summary_file(invoke, tiny_loaded, tmp_path: Path) -> None:
    result = invoke("demo", "-o", tmp_path, "--json")
    assert json.loads(result.stdout) == json.loads((tmp_path / "summary.json").read_text())


def test_demo_prompts_lie_in_the_image() -> None:
    size = skimage.data.coins().shape
    for prompts in DEMO_PROMPTS.values():
        prompts.require_object().check_inside(size)


def test_show_without_a_display_says_so(
    invoke, tiny_loaded, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.setattr("napari_samwise.window.package_version", lambda name: "1.0")
    result = invoke("demo", "-o", tmp_path, "--show")
    assert result.exit_code == 0
    assert "No window is opened: there is no display" in result.stdout


@pytest.mark.parametrize(("code", "said"), [(0, "was closed"), (-6, "could not open its window")])
def test_show_survives_a_display_that_qt_cannot_use(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, said: str
) -> None:
    started = []

    def run(command: list[str], *, check: bool) -> subprocess.CompletedProcess[bytes]:
        started.append(command)
        return subprocess.CompletedProcess(command, code)

    monkeypatch.setattr("napari_samwise.cli.show.missing_for_window", lambda: None)
    monkeypatch.setattr(subprocess, "run", run)
    assert said in show_demo(tmp_path, "vit_b")
    assert started[0][-2:] == [str(tmp_path), "vit_b"]


def test_a_file_in_the_way(invoke, tiny_loaded, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    result = invoke("demo", "-o", tmp_path / "taken")
    assert result.exit_code == 2
    assert result.stderr.startswith("Error: The folder")
