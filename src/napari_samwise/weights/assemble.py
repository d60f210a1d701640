"""A network with its numbers filled in, from tensors alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

import torch
from torch import Tensor, nn

from napari_samwise.errors import CheckpointError
from napari_samwise.model.base import SegmentationModel
from napari_samwise.weights.families import find_family
from napari_samwise.weights.names import Weights

NAMES_SHOWN = 3
"""How many offending tensors a message lists."""

Network = TypeVar("Network", bound=nn.Module)


def assemble(weights: Weights) -> SegmentationModel:
    """Build the network that the weights are made for and give it these weights.

    The network is built without memory (PyTorch's "meta" device) and takes the tensors over, so
    that a large one is neither initialised in vain nor held twice.

    Parameters
    ----------
    weights : Weights
        Under published names, on the CPU, of any floating dtype.

    Returns
    -------
    SegmentationModel
        On the CPU, float32, in evaluation mode, without gradients.

    Raises
    ------
    CheckpointError
        They belong to no known network, or lack, exceed or misshape its tensors.
    """
    family = find_family(weights)
    with torch.device("meta"):
        model = family.build(weights)
    return fill(model, weights.tensors, family.name)


def fill(model: Network, tensors: Mapping[str, Tensor], kind: str) -> Network:
    """Give a network that was built without memory its numbers.

    Parameters
    ----------
    model : Module
        On the "meta" device.
    tensors : mapping of str to Tensor
        Exactly those of the network's state dict, on the CPU, of any floating dtype.
    kind : str
        What the network is called in messages.

    Returns
    -------
    Module
        The same, in evaluation mode, without gradients.

    Raises
    ------
    CheckpointError
        Tensors are missing, unexpected or misshapen.
    """
    wanted = model.state_dict()
    mismatch = _describe_mismatch(wanted, tensors)
    if mismatch:
        raise CheckpointError(
            f"The weights do not fit a {kind} network of their sizes, {mismatch}; give the "
            "unchanged checkpoint of one such network."
        )
    fitting = {name: tensor.to(wanted[name].dtype).contiguous() for name, tensor in tensors.items()}
    model.load_state_dict(fitting, strict=True, assign=True)
    return model.eval().requires_grad_(False)


def _describe_mismatch(wanted: Mapping[str, Tensor], given: Mapping[str, Tensor]) -> str:
    missing = sorted(wanted.keys() - given.keys())
    unexpected = sorted(given.keys() - wanted.keys())
    misshapen = [
        f"{name} is {tuple(given[name].shape)} instead of {tuple(tensor.shape)}"
        for name, tensor in wanted.items()
        if name in given and given[name].shape != tensor.shape
    ]
    unusable = [
        f"{name} is {given[name].layout} {given[name].dtype}"
        for name in wanted
        if name in given and not _is_plain(given[name])
    ]
    parts = []
    if missing:
        parts.append(f"missing {_some(missing)}")
    if unexpected:
        parts.append(f"unexpected {_some(unexpected)}")
    parts += [_some(offenders) for offenders in (misshapen, unusable) if offenders]
    return ", ".join(parts)


def _is_plain(tensor: Tensor) -> bool:
    return tensor.layout is torch.strided and not (
        tensor.is_quantized or tensor.is_complex() or tensor.is_meta
    )


def _some(names: list[str]) -> str:
    more = len(names) - NAMES_SHOWN
    shown = ", ".join(names[:NAMES_SHOWN])
    return f"{shown} and {more} more" if more > 0 else shown
