"""A command line with a model that needs no weights."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from click.testing import CliRunner, Result

from napari_samwise.cli.main import cli

Invoke = Callable[..., Result]


@pytest.fixture
def invoke() -> Invoke:
    """Run a command line given as words."""

    def run(*words: object) -> Result:
        return CliRunner().invoke(cli, [str(word) for word in words])

    return run


@pytest.fixture
def tiny_loaded(monkeypatch: pytest.MonkeyPatch, tiny_model: Any) -> Any:
    """Every name loads the tiny model."""
    monkeypatch.setattr("napari_samwise.weights.load.load_model", lambda *a, **k: tiny_model)
    return tiny_model


@pytest.fixture
def squares(tmp_path: Path) -> Path:
    """A TIFF of 60 x 80 pixels with two squares of 10 x 10, at (10, 10) and (30, 50)."""
    image = np.full((60, 80), 20, dtype=np.uint16)
    image[10:20, 10:20] = 1000
    image[30:40, 50:60] = 600
    path = tmp_path / "squares.tif"
    tifffile.imwrite(path, image)
    return path
