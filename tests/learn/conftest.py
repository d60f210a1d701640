"""Small pictures with known objects, and the smallest network."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tifffile
from numpy.typing import NDArray

from napari_samwise.learn.corpus import LabelledPlane
from napari_samwise.model.nano_encoder import NanoConfig


@pytest.fixture(scope="session")
def smallest_config() -> NanoConfig:
    return NanoConfig(
        widths=(4, 4, 4, 4, 4), depths=(0, 0, 0, 0, 0), embed_dim=12, detail_dim=8, fine_dim=4
    )


def _squares() -> tuple[NDArray[np.uint8], NDArray[np.int32]]:
    labels = np.zeros((96, 120), np.int32)
    labels[10:40, 8:38] = 1
    labels[50:82, 60:100] = 2
    labels[8:20, 70:90] = 5
    image = np.full((96, 120), 30, np.uint8)
    image[labels > 0] = 200
    return image, labels


@pytest.fixture
def squares_plane() -> LabelledPlane:
    """Three bright rectangles, labels 1, 2 and 5, on a dark ground."""
    image, labels = _squares()
    return LabelledPlane("squares/a", "squares", np.repeat(image[..., None], 3, -1), labels)


@pytest.fixture
def squares_folder(tmp_path: Path) -> Path:
    """Two sources: ``flat`` with two images of rectangles, ``deep`` with a stack of four planes.

    In the stack the objects 1 and 2 are on every plane, 5 on the last two only.
    """
    image, labels = _squares()
    stack = np.stack([labels] * 4)
    stack[:2][stack[:2] == 5] = 0
    (tmp_path / "flat").mkdir()
    (tmp_path / "deep").mkdir()
    pairs = {
        "flat/one": (image, labels),
        "flat/two": (np.repeat(image[..., None], 3, -1), labels.astype(np.uint16)),
        "deep/stack": (np.where(stack > 0, 3000, 100).astype(np.uint16), stack),
    }
    for name, (pixels, truth) in pairs.items():
        tifffile.imwrite(tmp_path / f"{name}_image.tif", pixels)
        tifffile.imwrite(tmp_path / f"{name}_labels.tif", truth)
    return tmp_path
