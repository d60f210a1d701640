"""From a name or a file to a network that is ready to encode."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import as_file, files
from pathlib import Path
from typing import TYPE_CHECKING

from napari_samwise.errors import CheckpointError, ModelNameError
from napari_samwise.model.base import SegmentationModel
from napari_samwise.model.device import choose_device, choose_precision
from napari_samwise.weights.adapted import put_on, read_adapted
from napari_samwise.weights.adapted_models import find_adapted
from napari_samwise.weights.assemble import assemble
from napari_samwise.weights.decoder import (
    DecoderChoice,
    attach_decoder,
    is_decoder,
    read_decoder,
)
from napari_samwise.weights.digest import weights_digest
from napari_samwise.weights.fetch import fetch
from napari_samwise.weights.names import published_names
from napari_samwise.weights.progress import Progress
from napari_samwise.weights.read import read_parts
from napari_samwise.weights.registry import CHECKPOINTS, Checkpoint, find_checkpoint

if TYPE_CHECKING:
    import torch

OWN_FILE_LICENCE = "unknown (a file of your own)"

PathLike = str | os.PathLike[str]


def load_model(
    name_or_path: PathLike = "nano",
    *,
    device: str | torch.device = "auto",
    precision: str = "auto",
    weights_dir: PathLike | None = None,
    progress: Progress | None = None,
    decoder: DecoderChoice = False,
) -> SegmentationModel:
    """Load a model by its name, downloading its weights if need be, or from a file.

    Parameters
    ----------
    name_or_path : str or path-like
        A name that ``napari-samwise models`` lists, of a published or of an adapted model; or the
        path of a PyTorch or safetensors file in the layout of Segment Anything, MobileSAM,
        micro-sam or Hugging Face's ``SamModel``, or with a decoder that was adapted
        (``learn/adapt.py``). The name of a published model goes before a file that is called the
        same.
    device : str or torch.device
        ``"auto"``, ``"cpu"``, ``"cuda"`` or ``"mps"``.
    precision : str
        In which the encoder computes: ``"float32"``, ``"bfloat16"``, ``"float16"``, or ``"auto"``:
        float32 for ``nano``, for other models what the device does best.
    weights_dir : path-like, optional
        Folder for downloaded weights, see `weights_folder`.
    progress : callable, optional
        Called with ``(done, total)`` in bytes while downloading; by default a bar is shown on
        standard error.
    decoder : bool or str or path-like
        True adds the instance decoder that micro-sam published for the model, where there is one;
        a name or a path adds another one. Without it, a model has the decoder that lies in its own
        file as ``decoder_state``, if any.

    Returns
    -------
    SegmentationModel
        On the device, in evaluation mode, prepared for inference; its ``digest`` is that of the
        file's tensors (`weights_digest`), less those of an instance decoder, on which no embedding
        depends; of an adapted model that of its base.

    Raises
    ------
    ModelNameError
        No model has that name and no file that path, or it is a folder.
    DownloadError
        The weights are not there and could not be fetched.
    CheckpointError
        The file is damaged, unsafe, or not of a network that is known here.
    InputError
        The device or the precision is unknown or not to be had here.
    """
    target = choose_device(str(device))
    dtype = choose_precision(target, precision)
    name_or_path = find_adapted(name_or_path)
    checkpoint = _find_named(name_or_path)
    with _local_file(name_or_path, checkpoint, weights_dir, progress) as path:
        adapted = read_adapted(path) if checkpoint is None else None
        state_dict, own_decoder = read_parts(path) if adapted is None else ({}, {})
    if adapted is not None:
        model = load_model(
            adapted.base,
            device=device,
            precision=precision,
            weights_dir=weights_dir,
            progress=progress,
            decoder=decoder,
        )
        with _telling_of(path):
            put_on(model, adapted)
        model.name = path.name
        return model
    with _telling_of(path):
        model = assemble(published_names(state_dict))
        model.name = checkpoint.name if checkpoint else path.name
        model.licence = checkpoint.licence if checkpoint else OWN_FILE_LICENCE
        model.digest = weights_digest(model.state_dict())
        if is_decoder(own_decoder):
            attach_decoder(model, own_decoder)
    if precision == "auto" and model.auto_precision is not None:
        dtype = model.auto_precision
    model.precision = dtype
    other = read_decoder(decoder, checkpoint.name if checkpoint else None, weights_dir, progress)
    if other:
        attach_decoder(model, other)
    model.prepare_for_inference()
    return model.to(target)


def _find_named(name_or_path: PathLike) -> Checkpoint | None:
    """Find the checkpoint of that name, or None where a file is meant."""
    if not isinstance(name_or_path, str | os.PathLike):
        raise ModelNameError(
            f"A model must be a name such as 'nano' or a checkpoint's path, "
            f"got {type(name_or_path).__name__}."
        )
    text = os.fspath(name_or_path)
    path = Path(text).expanduser()
    # An empty text, as a path, is the current folder.
    if text not in CHECKPOINTS and text and path.exists():
        if path.is_dir():
            raise ModelNameError(f"'{text}' is a folder; give the path of one file of weights.")
        return None
    return find_checkpoint(text)


@contextmanager
def _telling_of(path: Path) -> Iterator[None]:
    """Say of which file an error is."""
    try:
        yield
    except CheckpointError as error:
        raise CheckpointError(f"{path}: {error}") from error


@contextmanager
def _local_file(
    name_or_path: PathLike,
    checkpoint: Checkpoint | None,
    weights_dir: PathLike | None,
    progress: Progress | None,
) -> Iterator[Path]:
    if checkpoint is None:
        yield Path(name_or_path).expanduser()
    elif checkpoint.is_built_in:
        with as_file(files(__package__).joinpath(checkpoint.file_name)) as path:
            yield path
    else:
        yield fetch(checkpoint, weights_dir, progress)
