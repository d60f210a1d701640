"""The adapted models of this machine, known by name.

The panel lists them when it opens; nothing here needs torch.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from safetensors import SafetensorError, safe_open

from napari_samwise.home import data_folder
from napari_samwise.weights.registry import CHECKPOINTS

_LONGEST_NAME = 60
SUFFIX = ".safetensors"
"""What the names of adapted files end with."""


def adapted_folder() -> Path:
    """Return where adapted models lie; it need not exist."""
    return data_folder("adapted")


def adapted_models() -> dict[str, Path]:
    """Return the models that were adapted on this machine: name -> file of weights."""
    found = sorted(adapted_folder().glob(f"*{SUFFIX}"))
    return {path.stem: path for path in found if path.stem not in CHECKPOINTS}


def adapted_base(name: str) -> str:
    """Return from what an adapted model was made, as ``load_model`` takes it.

    Parameters
    ----------
    name : str
        One of ``adapted_models``.

    Returns
    -------
    str
        Empty if its file does not tell, because it is damaged or gone.
    """
    try:
        with safe_open(adapted_models()[name], framework="numpy") as file:
            return str((file.metadata() or {}).get("base", ""))
    except (SafetensorError, OSError, KeyError):
        return ""


def find_adapted(name_or_path: str | os.PathLike[str]) -> str | os.PathLike[str]:
    """Return the file of an adapted model that is named, or else what was given.

    Parameters
    ----------
    name_or_path : str or path-like
        What ``load_model`` takes. The name of a published model, and a file that is there, go
        before the name of an adapted one.
    """
    name = name_or_path if isinstance(name_or_path, str) else ""
    if not name or name in CHECKPOINTS or Path(name).expanduser().exists():
        return name_or_path
    return adapted_models().get(name, name_or_path)


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
        path = adapted_folder() / f"{stem}{SUFFIX}"
        if not path.exists() and stem not in CHECKPOINTS:
            return path
        number += 1
