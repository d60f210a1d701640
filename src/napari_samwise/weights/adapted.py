"""Adapted weights: a small file with the decoder that takes the place of a base model's own.

Only the decoder differs, on which no embedding depends. So the model keeps the base's digest, and
finds what was encoded by the base; what tells it from the base is its ``adaptation``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from napari_samwise.atomic import replacing
from napari_samwise.errors import CheckpointError
from napari_samwise.model.base import SegmentationModel
from napari_samwise.weights.container import Container, recognise_container
from napari_samwise.weights.digest import weights_digest
from napari_samwise.weights.read import read_state_dict

_KIND_KEY, _KIND = "kind", "napari-samwise adapted decoder 1"


@dataclass(frozen=True, slots=True, eq=False)
class AdaptedWeights:
    """A decoder, and the model that it belongs to.

    Parameters
    ----------
    base : str
        Name or path of the base, as ``load_model`` takes it.
    base_digest : str
        The digest of the base's weights: with others the decoder would be of no use.
    tensors : mapping of str to Tensor
        By their names in the base's state dict.
    notes : mapping of str to object, optional
        What is worth knowing of how it was made; numbers and strings.
    """

    base: str
    base_digest: str
    tensors: Mapping[str, Tensor]
    notes: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def digest(self) -> str:
        """What tells it from other decoders of the same base."""
        return weights_digest(self.tensors)


def write_adapted(adapted: AdaptedWeights, target: Path) -> Path:
    """Write adapted weights as safetensors; the file appears whole or not at all.

    Parameters
    ----------
    adapted : AdaptedWeights
        What to write.
    target : Path
        The file.

    Returns
    -------
    Path
        The target.
    """
    metadata = {
        _KIND_KEY: _KIND,
        "base": adapted.base,
        "base_digest": adapted.base_digest,
        "notes": json.dumps(dict(adapted.notes)),
    }
    tensors = {name: tensor.contiguous() for name, tensor in adapted.tensors.items()}
    target.parent.mkdir(parents=True, exist_ok=True)
    with replacing(target) as temporary:
        save_file(tensors, temporary, metadata=metadata)
    return target


def read_adapted(path: Path) -> AdaptedWeights | None:
    """Read adapted weights, or tell that a file of weights is of another kind.

    Parameters
    ----------
    path : Path
        A file of weights.

    Returns
    -------
    AdaptedWeights or None
        On the CPU; None if the file holds something else.

    Raises
    ------
    CheckpointError
        If the file is unreadable or damaged.
    """
    if recognise_container(path) is not Container.SAFETENSORS:
        return None
    try:
        with safe_open(path, framework="pt", device="cpu") as file:
            metadata = file.metadata() or {}
        if metadata.get(_KIND_KEY) != _KIND:
            return None
        base, digest = metadata["base"], metadata["base_digest"]
        return AdaptedWeights(base, digest, read_state_dict(path), json.loads(metadata["notes"]))
    except (SafetensorError, OSError, KeyError, ValueError) as error:
        raise CheckpointError(f"{path} is damaged ({error}); adapt the model again.") from error


def decoder_state(model: SegmentationModel) -> dict[str, Tensor]:
    """Return the tensors of a model's decoder, by their names in its state dict."""
    part = f"{model.decoder_part}."
    return {name: t for name, t in model.state_dict().items() if name.startswith(part)}


def put_on(model: SegmentationModel, adapted: AdaptedWeights) -> None:
    """Give a model the decoder that was adapted from its own, in place.

    Parameters
    ----------
    model : SegmentationModel
        The base, as it was loaded.
    adapted : AdaptedWeights
        Its decoder.

    Raises
    ------
    CheckpointError
        If it was adapted from other weights, or its tensors are not those of the decoder.
    """
    if model.digest != adapted.base_digest:
        raise CheckpointError(
            f"It was adapted from other weights of {adapted.base!r} than are here; adapt these "
            "again."
        )
    wanted = decoder_state(model)
    given = adapted.tensors
    if wanted.keys() != given.keys() or any(
        wanted[name].shape != given[name].shape or not torch.isfinite(given[name]).all()
        for name in wanted
    ):
        raise CheckpointError(
            f"Its tensors are not those of the decoder of {adapted.base!r}; adapt the model again."
        )
    model.load_state_dict(dict(given), strict=False)
    model.adaptation = adapted.digest
