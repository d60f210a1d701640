"""From a training checkpoint to the file of weights that is shipped."""

from __future__ import annotations

import os
from pathlib import Path

from safetensors.torch import save_file

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
    tensors = {
        name: (value.half() if value.dtype.is_floating_point else value).contiguous()
        for name, value in entries["average"].items()
    }
    partial = target.with_suffix(".partial")
    save_file(tensors, partial, metadata={"architecture": "nano", "step": str(entries["step"])})
    os.replace(partial, target)
    return target
