"""One short name for the content of a state dict."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

import torch
from torch import Tensor


def weights_digest(state_dict: Mapping[str, Tensor]) -> str:
    """Digest names, shapes, dtypes and numbers.

    Not of the file: the same weights have the same digest whether they came as a PyTorch file,
    as safetensors, in the layout of Hugging Face or inside a training checkpoint.

    Parameters
    ----------
    state_dict : mapping of str to Tensor
        As the network holds it, on the CPU.

    Returns
    -------
    str
        SHA-256, 64 hexadecimal digits.
    """
    names = sorted(state_dict)
    # hashlib lets other threads run while it works: a gigabyte takes a second or less.
    with ThreadPoolExecutor() as pool:
        parts = pool.map(_tensor_digest, [state_dict[name] for name in names])
        lines = [f"{name} {part}\n" for name, part in zip(names, parts, strict=True)]
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def _tensor_digest(tensor: Tensor) -> str:
    content = tensor.detach().contiguous().reshape(-1).view(torch.uint8).numpy().data
    digest = hashlib.sha256(content, usedforsecurity=False).hexdigest()
    return f"{tensor.dtype} {tuple(tensor.shape)} {digest}"
