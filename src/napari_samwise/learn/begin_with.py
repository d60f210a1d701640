"""A new run that begins with the weights of an older one."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from importlib.resources import as_file, files
from pathlib import Path

from torch import Tensor

from napari_samwise.errors import CheckpointError, ModelNameError
from napari_samwise.learn.checkpoint import TrainingState, read_checkpoint
from napari_samwise.weights.container import Container, recognise_container
from napari_samwise.weights.read import read_state_dict
from napari_samwise.weights.registry import CHECKPOINTS

log = logging.getLogger(__name__)

WORDS = "words."
"""What the names of the word head's tensors begin with."""


def begin_with(state: TrainingState, weights: str) -> None:
    """Give a new run the weights of an older one, in place.

    Tensors that the file lacks, of a part that the older network did not have, stay as they were
    initialised, and a warning counts them. Its words are left out: they are fitted last.

    Parameters
    ----------
    state : TrainingState
        At step 0.
    weights : str
        The name of the built-in model; or the path of a file in safetensors, or of the
        ``checkpoint.pt`` of a run, of which the average is taken.

    Raises
    ------
    CheckpointError
        If the file is unreadable or holds other weights than those of such a network.
    ModelNameError
        If it is the name of a model that is not the built-in one.
    """
    given = read_older(weights)
    tensors = {name: value for name, value in given.items() if not name.startswith(WORDS)}
    wanted = state.model.state_dict()
    for name, tensor in tensors.items():
        if name not in wanted:
            raise CheckpointError(
                f"{weights} cannot begin this run: the network has no tensor {name}; give weights "
                "of the same network."
            )
        if tensor.shape != wanted[name].shape:
            raise CheckpointError(
                f"{weights} cannot begin this run: {name} is {tuple(tensor.shape)} instead of "
                f"{tuple(wanted[name].shape)}; give weights of a network of the same sizes."
            )
    state.model.load_state_dict(dict(tensors), strict=False)
    for name, value in state.model.state_dict().items():
        state.average[name].copy_(value)
    missing = len(wanted) - len(tensors)
    if missing:
        log.warning("%s lacks %d of %d tensors, which begin anew", weights, missing, len(wanted))


def read_older(weights: str) -> Mapping[str, Tensor]:
    """Read weights of ``nano``.

    Parameters
    ----------
    weights : str
        See ``begin_with``.

    Raises
    ------
    CheckpointError
        If the file is unreadable.
    ModelNameError
        If it is the name of a model that is not the built-in one.
    """
    with _file_of(weights) as path:
        if recognise_container(path) is Container.SAFETENSORS:
            return read_state_dict(path)
        average: Mapping[str, Tensor] = read_checkpoint(path)["average"]
        return average


def _file_of(weights: str) -> AbstractContextManager[Path]:
    checkpoint = CHECKPOINTS.get(weights)
    if checkpoint is None:
        return nullcontext(Path(weights).expanduser())
    if not checkpoint.is_built_in:
        raise ModelNameError(
            f"{weights!r} is another kind of network than nano; begin with 'nano', a .safetensors "
            "file or the checkpoint.pt of a run."
        )
    return as_file(files("napari_samwise.weights").joinpath(checkpoint.file_name))
