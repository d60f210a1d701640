"""The one spelling of tensor names that the networks load, from the spellings in use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from torch import Tensor

from napari_samwise.weights.huggingface import from_hugging_face, is_hugging_face

WRAPPER_PREFIXES = ("module.", "_orig_mod.", "model.", "sam.")
"""What data-parallel training, ``torch.compile``, Lightning and micro-sam put before every name."""

DERIVED_SUFFIXES = ("pixel_mean", "pixel_std", "attention_bias_idxs")
"""Constants that some programs save with the weights; the networks make them anew."""


OFFICIAL_NORM_EPS = 1e-5
HUGGING_FACE_NORM_EPS = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class Weights:
    """Tensors under published names, and what their layout says beyond them.

    Parameters
    ----------
    tensors : mapping of str to Tensor
        Under the names of the published checkpoints of Segment Anything.
    norm_eps : float
        Epsilon of the mask decoder's layer norms in the program that the layout belongs to.
    """

    tensors: Mapping[str, Tensor]
    norm_eps: float = OFFICIAL_NORM_EPS


def published_names(state_dict: Mapping[str, Tensor]) -> Weights:
    """Rename to the names of the published checkpoints of Segment Anything.

    Parameters
    ----------
    state_dict : mapping of str to Tensor
        As read from a file: with wrapper prefixes, or in the layout of Hugging Face.

    Returns
    -------
    Weights
        The same tensors without derived constants. Names of other networks are passed on, less
        the prefixes.
    """
    tensors = dict(state_dict)
    while prefix := _common_prefix(tensors):
        tensors = {name.removeprefix(prefix): tensor for name, tensor in tensors.items()}
    norm_eps = OFFICIAL_NORM_EPS
    if is_hugging_face(tensors):
        tensors = from_hugging_face(tensors)
        norm_eps = HUGGING_FACE_NORM_EPS
    kept = {name: value for name, value in tensors.items() if not name.endswith(DERIVED_SUFFIXES)}
    return Weights(kept, norm_eps)


def _common_prefix(names: Mapping[str, Tensor]) -> str:
    for prefix in WRAPPER_PREFIXES:
        if names and all(name.startswith(prefix) for name in names):
            return prefix
    return ""
