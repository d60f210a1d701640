"""Tensors from a file of weights, without ever running code that is in it."""

from __future__ import annotations

import os
import pickle
import re
import struct
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from napari_samwise.errors import CheckpointError
from napari_samwise.weights.container import Container, recognise_container

NESTED_UNDER = ("model_state", "model_state_dict", "state_dict", "model")
"""Where training scripts (torch-em and micro-sam, Lightning, Meta) keep the weights in the file."""

DECODER_UNDER = "decoder_state"
"""Where torch-em and micro-sam keep the weights of the instance decoder beside them."""

UNREADABLE = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    EOFError,
    LookupError,
    MemoryError,
    OSError,
    RuntimeError,
    TypeError,
    ValueError,
    pickle.UnpicklingError,
    struct.error,
)
"""How torch's restricted reader stops at a pickle that was damaged or made to mislead."""


def read_state_dict(path: str | os.PathLike[str]) -> dict[str, Tensor]:
    """Read names and tensors from a safetensors or PyTorch file.

    PyTorch files are read with ``weights_only=True``: of a pickle only tensors and plain
    containers are built. Of a training checkpoint the part with the network's weights is taken,
    e.g. ``model_state`` of ``{"model_state": ..., "decoder_state": ...}``.

    Parameters
    ----------
    path : path-like
        The file; its name plays no part.

    Returns
    -------
    dict of str to Tensor
        On the CPU, in memory of their own: the file may be removed or overwritten afterwards.

    Raises
    ------
    CheckpointError
        The file is missing, damaged, unsafe or holds something else; the message says which.
    """
    return read_parts(path)[0]


def read_parts(path: str | os.PathLike[str]) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """Do as ``read_state_dict``, and return the tensors under ``decoder_state`` too.

    Returns
    -------
    network : dict of str to Tensor
        What ``read_state_dict`` returns.
    decoder : dict of str to Tensor
        Empty where the file has no such part.
    """
    path = Path(path)
    if recognise_container(path) is Container.SAFETENSORS:
        return _read_safetensors(path), {}
    loaded = _read_torch(path)
    beside = loaded.get(DECODER_UNDER) if isinstance(loaded, Mapping) else None
    decoder = _only_tensors(path, beside) if isinstance(beside, Mapping) and beside else {}
    return _only_tensors(path, _innermost(loaded)), decoder


def _read_safetensors(path: Path) -> dict[str, Tensor]:
    try:
        with safe_open(path, framework="pt", device="cpu") as file:
            # The tensors are windows into the mapped file; the copies are not.
            return {name: file.get_tensor(name).clone() for name in file.keys()}  # noqa: SIM118
    except (SafetensorError, OSError, *UNREADABLE) as error:
        raise CheckpointError(
            f"{path} is a damaged safetensors file ({_first_line(error)}); download it again."
        ) from error


def _read_torch(path: Path) -> object:
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        wanted = re.search(r"GLOBAL (\S+)", str(error))
        if wanted is None:
            raise CheckpointError(
                f"{path} is a damaged pickle or has more in it than tensors, and none of it was "
                "run; give a file that holds a state dict only."
            ) from error
        raise CheckpointError(
            f"{path} is a pickle that needs {wanted[1]} to load, which could run code, so it was "
            "not loaded; save only the state dict (torch.save(model.state_dict(), ...)) or convert "
            "it to safetensors where you trust it."
        ) from error
    except UNREADABLE as error:
        raise CheckpointError(
            f"{path} is a damaged PyTorch file, or none ({_first_line(error)}); download it again."
        ) from error


def _innermost(loaded: object) -> object:
    while isinstance(loaded, Mapping):
        nested = [loaded[key] for key in NESTED_UNDER if isinstance(loaded.get(key), Mapping)]
        if not nested:
            break
        loaded = nested[0]
    return loaded


def _only_tensors(path: Path, loaded: object) -> dict[str, Tensor]:
    if not isinstance(loaded, Mapping):
        raise CheckpointError(
            f"{path} holds a {type(loaded).__name__}, not a state dict; give a file that maps "
            "names to tensors."
        )
    state_dict = {}
    for name, value in loaded.items():
        if not isinstance(name, str) or not isinstance(value, Tensor):
            raise CheckpointError(
                f"{path} is not a state dict: its entry {name!r} is a {type(value).__name__}; "
                "give a file that maps names to tensors."
            )
        state_dict[name] = value.detach()
    if not state_dict:
        raise CheckpointError(f"{path} holds no tensors; give a file that maps names to tensors.")
    return state_dict


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return lines[0][:200] if lines else type(error).__name__
