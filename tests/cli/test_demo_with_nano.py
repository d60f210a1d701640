"""The promise of the first minute: installed, offline, on a CPU, the demo finds its coins."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from time import perf_counter

import numpy as np
import pytest
import skimage.data
import tifffile
from scipy import ndimage
from skimage.filters import threshold_otsu

FIRST_MASK_LIMIT_SECONDS = 20.0


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, float]:
    """The demo's folder, and how long the whole process took."""
    folder = tmp_path_factory.mktemp("demo")
    script = Path(sys.executable).with_name("napari-samwise")
    started = perf_counter()
    subprocess.run([script, "demo", "-o", folder], check=True, capture_output=True)
    return folder, perf_counter() - started


def test_first_mask_is_on_disk_in_time(finished: tuple[Path, float]) -> None:
    folder, seconds = finished
    assert (folder / "labels.tif").is_file()
    assert seconds < FIRST_MASK_LIMIT_SECONDS


def test_every_object_is_its_coin(finished: tuple[Path, float]) -> None:
    folder, _ = finished
    coins = skimage.data.coins()
    bright = ndimage.binary_fill_holes(coins > threshold_otsu(coins))
    regions, _ = ndimage.label(ndimage.binary_opening(bright, iterations=4))
    labels = tifffile.imread(folder / "labels.tif")
    for entry in json.loads((folder / "summary.json").read_text())["objects"]:
        corners = [entry["box"][:2], entry["box"][2:]] if entry["box"] else entry["points"][:1]
        y, x = np.rint(np.mean(corners, axis=0)).astype(int)
        coin, mask = regions == regions[y, x], labels == entry["id"]
        assert regions[y, x] > 0
        iou = (coin & mask).sum() / (coin | mask).sum()
        assert iou > 0.7, f"object {entry['id']}: IoU {iou:.2f}"
