"""The adapted models of this machine, known by name."""

from __future__ import annotations

import re
from pathlib import Path

from napari_samwise.home import data_folder
from napari_samwise.weights.registry import CHECKPOINTS

_SUFFIX = ".safetensors"
_LONGEST_NAME = 60


def adapted_folder() -> Path:
    """Return where adapted models lie; it need not exist."""
    return data_folder("adapted")


def adapted_models() -> dict[str, Path]:
    """Return the models that were adapted on this machine: name -> file of weights."""
    found = sorted(adapted_folder().glob(f"*{_SUFFIX}"))
    return {path.stem: path for path in found if path.stem not in CHECKPOINTS}


def new_adapted_path(base: str, image: str) -> Path:
    """Return where a model that is adapted to the objects of an image goes; nothing is there yet.

    Parameters
    ----------
    base : str
        What its name begins with.
    image : str
        The image's name.
    """
    plain = re.sub(r"[^A-Za-z0-9]+", "-", image).strip("-")[:_LONGEST_NAME] or "image"
    number, name = 1, f"{base}-{plain}"
    while True:
        stem = name if number == 1 else f"{name}-{number}"
        path = adapted_folder() / f"{stem}{_SUFFIX}"
        if not path.exists() and stem not in CHECKPOINTS:
            return path
        number += 1
