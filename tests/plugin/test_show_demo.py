"""``napari-samwise demo --show``: the window stands where the demo ended, one key before."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import tifffile

from napari_samwise.cli.demo import DEMO_PROMPTS, run_demo


@pytest.mark.gl
def test_window_shows_the_demos_state(
    make_napari_viewer, tiny_model, tmp_path: Path, monkeypatch, qtbot
) -> None:
    from napari_samwise.plugin.show import show_folder

    monkeypatch.setattr("napari_samwise.weights.load.load_model", lambda *a, **k: tiny_model)
    summary = run_demo(tiny_model, tmp_path, started=0.0)
    labels = tifffile.imread(tmp_path / "labels.tif")
    viewer = make_napari_viewer()
    widget = show_folder(viewer, tmp_path, "nano")

    layers = viewer.layers
    assert {"coins", "objects", "preview", "boxes", "prompts"} <= {layer.name for layer in layers}
    last = summary["objects"][-1]
    np.testing.assert_array_equal(layers["prompts"].data, DEMO_PROMPTS[last["id"]].points)
    assert layers["prompts"].features["label"].tolist() == ["include", "exclude"]
    assert len(layers["boxes"].data) == 1
    qtbot.waitUntil(lambda: layers["preview"].data.any(), timeout=20_000)
    np.testing.assert_array_equal(layers["objects"].data, np.where(labels == last["id"], 0, labels))

    widget.controller.commit()
    assert json.loads((tmp_path / "summary.json").read_text()) == summary
    np.testing.assert_array_equal(layers["objects"].data, labels)
