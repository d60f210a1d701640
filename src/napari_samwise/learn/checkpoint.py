"""The state of a training run on disk: written whole or not at all, read without running code."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from napari_samwise.atomic import replacing
from napari_samwise.errors import CheckpointError
from napari_samwise.model.nano import Nano
from napari_samwise.weights.read import UNREADABLE

CHECKPOINT_NAME = "checkpoint.pt"
"""File of the newest state in the folder of a run."""

_RESULT = {"step", "average"}
_WHOLE_STATE = _RESULT | {"parts", "optimiser"}


@dataclass(slots=True, eq=False)
class TrainingState:
    """What a run needs to go on.

    Parameters
    ----------
    model : Nano
        As trained so far.
    average : dict of str to Tensor
        Moving average of the model's state dict; this is what gets shipped.
    optimiser : torch.optim.Optimizer
        Of the model's parameters.
    step : int
        Steps done.
    """

    model: Nano
    average: dict[str, Tensor]
    optimiser: torch.optim.Optimizer
    step: int = 0


def save_checkpoint(path: Path, state: TrainingState, about: Mapping[str, Any]) -> None:
    """Write the state of a run; a run that is killed meanwhile leaves the older file.

    Parameters
    ----------
    path : Path
        The file to write or replace.
    state : TrainingState
        What to write.
    about : mapping
        Plain values to keep with it, such as the options.
    """
    entries = {
        "step": state.step,
        "parts": state.model.state_dict(),
        "average": state.average,
        "optimiser": state.optimiser.state_dict(),
    }
    with replacing(path) as temporary:
        torch.save({**about, **entries}, temporary)


def read_checkpoint(
    path: Path, device: torch.device | str = "cpu", *, needed: Set[str] = _RESULT
) -> dict[str, Any]:
    """Read the entries of a checkpoint.

    Parameters
    ----------
    path : Path
        The file.
    device : torch.device or str
        Where to put the tensors.
    needed : set of str
        What must be in it; by default what a run results in, ``step`` and ``average``.

    Returns
    -------
    dict of str to Any
        With at least the needed entries.

    Raises
    ------
    CheckpointError
        If the file is missing, damaged, or no checkpoint of a run.
    """
    try:
        entries = torch.load(path, map_location=device, weights_only=True)
    except UNREADABLE as error:
        raise CheckpointError(
            f"{path} cannot be read as the checkpoint of a training run; give another folder, or "
            "remove the file to begin anew."
        ) from error
    if not isinstance(entries, dict) or not entries.keys() >= needed:
        raise CheckpointError(
            f"{path} is no checkpoint of a training run; give the {CHECKPOINT_NAME} of a run."
        )
    return entries


def resume(path: Path, state: TrainingState) -> None:
    """Set a state to what a checkpoint holds.

    Raises
    ------
    CheckpointError
        If the file is no checkpoint, or one of a network of other sizes.
    """
    entries = read_checkpoint(path, state.model.device, needed=_WHOLE_STATE)
    try:
        state.model.load_state_dict(entries["parts"])
        state.optimiser.load_state_dict(entries["optimiser"])
    except (RuntimeError, ValueError) as error:
        raise CheckpointError(
            f"{path} belongs to a network of other sizes; give the sizes that this run began "
            "with, or another folder."
        ) from error
    state.average.update(entries["average"])
    state.step = int(entries["step"])
