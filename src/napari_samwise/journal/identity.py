"""Which image a journal is about: a digest of a bounded sample."""

from __future__ import annotations

import hashlib
import re
from pathlib import PurePosixPath, PureWindowsPath
from typing import Any

import numpy as np

from napari_samwise.geometry.axes import Axes, infer_axes
from napari_samwise.intensity.sample import sample_values
from napari_samwise.journal.events import ImageIdentity
from napari_samwise.journal.limits import MAX_NAME
from napari_samwise.predictor.plane_source import as_levels

_DIGEST_BYTES = 20
_LONGEST_MODEL_NAME = 128


def identify(image: Any, axes: Axes | None = None, name: str = "image") -> ImageIdentity:
    """Describe an image so that it is known again.

    Parameters
    ----------
    image : array-like or sequence of arrays
        The image, lazy or not, or the levels of a multiscale one, the finest first: of these the
        first is sampled, about a million values at most.
    axes : Axes, optional
        Names of its axes; guessed from the shape by default.
    name : str
        Of the file or layer; a folder is left out.

    Raises
    ------
    ImageError
        If the axes do not fit.
    """
    levels = as_levels(image)
    shape = tuple(int(n) for n in levels[0].shape)
    named = infer_axes(shape) if axes is None else axes
    named.validate(shape)
    values = sample_values(levels[0], named)
    # Coarser levels are seen by the encoder too; their shapes tell whether they are there.
    shapes = [tuple(int(n) for n in level.shape) for level in levels]
    state = hashlib.blake2b(repr((shapes, values.dtype.name)).encode(), digest_size=_DIGEST_BYTES)
    order = values.dtype.newbyteorder("<")
    state.update(np.ascontiguousarray(values, dtype=order).view(np.uint8).data)
    return ImageIdentity(plain_name(name), shape, named.names, values.dtype.name, state.hexdigest())


def plain_name(name: str) -> str:
    """Return a name without folders and control characters, as a journal may hold it."""
    kept = "".join(
        letter for letter in _without_folder(name) if letter.isprintable() and letter not in "/\\"
    )
    return kept[:MAX_NAME] if kept.strip(". ") else "image"


def plain_model_name(name: str) -> str:
    """Return the name of a model, or of its file without folders, in letters that journals take."""
    plain = re.sub(r"[^A-Za-z0-9_ .+-]|^[^A-Za-z0-9_]", "_", _without_folder(name))
    return plain[:_LONGEST_MODEL_NAME] or "model"


def _without_folder(name: str) -> str:
    return PureWindowsPath(PurePosixPath(name).name).name
