"""The precision in which features are kept on disk: half, where half is enough."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

import torch
from torch import Tensor

from napari_samwise.predictor.embedding import Embedding

# Between these, rounding to half precision moves no value by more than 2^-11 of the largest one:
# above lies infinity, below the steps between neighbouring numbers become coarse.
_SMALLEST_MAXIMUM = torch.finfo(torch.float16).smallest_normal
_LARGEST_MAXIMUM = torch.finfo(torch.float16).max


def to_stored(tensor: Tensor) -> Tensor:
    """Return a tensor in the dtype in which it is stored.

    Parameters
    ----------
    tensor : Tensor
        Of any shape and dtype.

    Returns
    -------
    Tensor
        float16 if every value keeps within 2^-11 of the tensor's largest; otherwise float32 for
        bfloat16, which files have no name for, and the tensor itself for all else.
    """
    if not tensor.is_floating_point() or tensor.dtype == torch.float16:
        return tensor
    # NaN and infinity fail both comparisons and so keep their range.
    largest = float(tensor.abs().max()) if tensor.nelement() else 0.0
    if largest == 0 or _SMALLEST_MAXIMUM <= largest <= _LARGEST_MAXIMUM:
        return tensor.half()
    return tensor.float() if tensor.dtype == torch.bfloat16 else tensor


def as_stored(embedding: Embedding) -> Embedding:
    """Return an embedding as it would come back from disk: rounded, in its own dtypes.

    The session that encodes and the one that reads it later then decode the very same numbers,
    and give the same masks to the last pixel. Rounding twice changes nothing.
    """
    rounded = {name: to_stored(t).to(t.dtype) for name, t in embedding.features.items()}
    return replace(embedding, features=MappingProxyType(rounded))
