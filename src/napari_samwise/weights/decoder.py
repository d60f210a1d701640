"""Instance decoders of micro-sam: from a name, a file or part of a file to a model that has one."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

from napari_samwise.errors import CheckpointError, ModelNameError
from napari_samwise.model.base import SegmentationModel
from napari_samwise.model.sam import Sam
from napari_samwise.model.unetr import STRIDE, Unetr, UnetrConfig
from napari_samwise.weights.assemble import fill
from napari_samwise.weights.fetch import fetch
from napari_samwise.weights.progress import Progress
from napari_samwise.weights.read import read_parts
from napari_samwise.weights.registry import DECODERS

MARKER = "deconv1.block.1.block.weight"
"""The name of a tensor that every instance decoder has and no other network."""

ENCODER_PREFIX = "encoder."
"""Before the names of the encoder's tensors, which some files repeat in the decoder's part."""

ONLY_BY_NAME = frozenset({"vit_b_medical_imaging_decoder"})
"""Published, but micro-sam's own annotator does not use it; so it is not used unasked."""

DecoderChoice = str | os.PathLike[str] | bool


def read_decoder(
    choice: DecoderChoice,
    model_name: str | None,
    weights_dir: str | os.PathLike[str] | None = None,
    progress: Progress | None = None,
) -> dict[str, Tensor]:
    """Read the weights of an instance decoder that lies in a file of its own.

    Parameters
    ----------
    choice : bool or str or path-like
        True for the one that was published for the model, if any; False for none; or the name of
        a published one or the path of a file.
    model_name : str or None
        The name of the model in the table of checkpoints; None for a model from a file.
    weights_dir : path-like, optional
        Folder for downloaded weights, see `weights_folder`.
    progress : callable, optional
        See `fetch`.

    Returns
    -------
    dict of str to Tensor
        Empty where there is none.

    Raises
    ------
    ModelNameError
        No decoder has that name and no file that path.
    DownloadError, CheckpointError
        The file cannot be had or read.
    """
    if isinstance(choice, bool):
        entry = DECODERS.get(model_name or "") if choice else None
        if entry is None or entry.name in ONLY_BY_NAME:
            return {}
        return _decoder_tensors(fetch(entry, weights_dir, progress))
    published = {entry.name: entry for entry in DECODERS.values()}
    name = os.fspath(choice)
    if name in published:
        return _decoder_tensors(fetch(published[name], weights_dir, progress))
    path = Path(name).expanduser()
    if not path.exists():
        raise ModelNameError(
            f"No instance decoder is named {name!r} and no file is at that path; give a path or "
            f"one of {', '.join(published)}."
        )
    return _decoder_tensors(path)


def _decoder_tensors(path: Path) -> dict[str, Tensor]:
    """Read a file that is a decoder's state dict, or a checkpoint with one in it."""
    network, decoder = read_parts(path)
    return decoder or network


def attach_decoder(model: SegmentationModel, tensors: Mapping[str, Tensor]) -> None:
    """Give a model its instance decoder.

    Parameters
    ----------
    model : SegmentationModel
        A SAM network on the CPU, the one that the decoder was trained with: whether it is that
        one cannot be told from the numbers, only whether its embedding has the right shape.
    tensors : mapping of str to Tensor
        Under the names of the published ``decoder_state``; with or without the encoder's.

    Raises
    ------
    CheckpointError
        The tensors are not of such a decoder, or it cannot read this model's embedding.
    """
    decoder = build_decoder(tensors)
    if not isinstance(model, Sam) or not _fits(model, decoder.config):
        raise CheckpointError(
            f"The instance decoder reads embeddings of {decoder.config.embedding_dim} channels at "
            f"a stride of {STRIDE}, which {model.name!r} does not make; give the decoder that was "
            "trained with this model."
        )
    model.instance_decoder = decoder


def is_decoder(tensors: Mapping[str, Tensor]) -> bool:
    """Tell whether tensors are those of an instance decoder."""
    return MARKER in tensors


def build_decoder(tensors: Mapping[str, Tensor]) -> Unetr:
    """Build the instance decoder of these weights, on the CPU, in evaluation mode.

    Raises
    ------
    CheckpointError
        The tensors are not of such a decoder.
    """
    own = {name: tensor for name, tensor in tensors.items() if not name.startswith(ENCODER_PREFIX)}
    try:
        config = UnetrConfig.from_state_dict(own)
    except (KeyError, ValueError, IndexError) as error:
        raise CheckpointError(
            "The weights are no instance decoder of micro-sam, names or ranks of tensors are "
            "others; give the decoder_state of such a model."
        ) from error
    with torch.device("meta"):
        decoder = Unetr(config)
    return fill(decoder, own, "micro-sam instance decoder")


def _fits(model: Sam, config: UnetrConfig) -> bool:
    return (
        model.config.embedding_dim == config.embedding_dim
        and model.config.embedding_size * STRIDE == model.config.model_size
    )
