"""Which weights a recipe means, without loading them."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from napari_samwise import weights
from napari_samwise.batch.input_digest import digest_input
from napari_samwise.errors import CheckpointError
from napari_samwise.weights.adapted_models import find_adapted
from napari_samwise.weights.registry import CHECKPOINTS, DECODERS, find_checkpoint


def identify_model(name: str) -> str:
    """Return a text that differs whenever the weights do.

    The published hash of a named model and of its instance decoder, a digest of the content of
    built-in weights and of a file.

    Parameters
    ----------
    name : str
        A name or the path of a checkpoint.

    Raises
    ------
    ModelNameError
        No model has that name, and no file that path.
    CheckpointError
        The file cannot be read.
    """
    path = Path(find_adapted(name)).expanduser()
    try:
        if name not in CHECKPOINTS and path.is_file():
            return digest_input(path)
        checkpoint = find_checkpoint(name)
        if checkpoint.is_built_in:
            return digest_input(Path(str(files(weights).joinpath(checkpoint.file_name))))
    except OSError as error:
        raise CheckpointError(
            f"The weights '{path}' cannot be read: {error.strerror or error}; check the file."
        ) from error
    decoder = DECODERS.get(name)
    return f"{name} {checkpoint.hash} {decoder.hash if decoder else None}"
