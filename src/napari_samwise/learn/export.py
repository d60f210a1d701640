"""From a training checkpoint to the file of weights that is shipped."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor

from napari_samwise.atomic import replacing
from napari_samwise.errors import CheckpointError
from napari_samwise.learn.checkpoint import read_checkpoint


def export(checkpoint: Path, target: Path) -> Path:
    """Write the averaged weights of a run in half precision, as safetensors.

    Parameters
    ----------
    checkpoint : Path
        ``checkpoint.pt`` of a run.
    target : Path
        The file to write; it appears whole or not at all.

    Returns
    -------
    Path
        The target.

    Raises
    ------
    CheckpointError
        If the file is no checkpoint of a run.
    """
    entries = read_checkpoint(checkpoint)
    return write_weights(entries["average"], target, int(entries["step"]))


def write_weights(state_dict: Mapping[str, Tensor], target: Path, step: int) -> Path:
    """Write weights in half precision, as safetensors; the file appears whole or not at all.

    A tensor with values beyond the range of half precision, as the variances of a normalisation
    may have, stays in single precision.

    Parameters
    ----------
    state_dict : mapping of str to Tensor
        Of a ``Nano``.
    target : Path
        The file to write.
    step : int
        How long they were trained; kept as metadata.

    Returns
    -------
    Path
        The target.

    Raises
    ------
    CheckpointError
        If a weight is infinite or not a number.
    """
    broken = [name for name, value in state_dict.items() if not torch.isfinite(value).all()]
    if broken:
        raise CheckpointError(
            f"The weights {', '.join(broken[:3])} are not finite; go on from an older checkpoint."
        )
    tensors = {name: _as_stored(value).contiguous() for name, value in state_dict.items()}
    with replacing(target) as temporary:
        save_file(tensors, temporary, metadata={"architecture": "nano", "step": str(step)})
    return target


def _as_stored(value: Tensor) -> Tensor:
    if not value.dtype.is_floating_point:
        return value
    half = value.half()
    return half if torch.isfinite(half).all() else value.float()
