"""The key of an embedding: a digest of everything that the features depend on."""

from __future__ import annotations

import hashlib

import numpy as np
from numpy.typing import NDArray

from napari_samwise.model.base import SegmentationModel
from napari_samwise.weights.digest import weights_digest

_DIGEST_BYTES = 20


def content_key(
    plane: NDArray[np.uint8] | NDArray[np.float32],
    model: SegmentationModel,
    digest: str,
    frame_size: tuple[int, int] | None = None,
) -> str:
    """Return the key under which the features of a plane or a frame are kept.

    Two different inputs share a key only if BLAKE2b collides, so a wrong hit is impossible in
    practice: nothing is keyed by name, path or time.

    Parameters
    ----------
    plane : ndarray
        `(Y, X, 3)` uint8, or float32 of a frame, C-contiguous, after intensity.
    model : SegmentationModel
        Its preprocessing version and precision enter the key.
    digest : str
        The digest of its weights, see :func:`digest_of`.
    frame_size : tuple of int, optional
        Of a frame, `(Y, X)` in pixels of its plane, while ``plane`` is what is seen of it.
    """
    # repr of a tuple of plain values: unambiguous, whatever the strings hold.
    seen = (plane.shape,) if frame_size is None else (plane.shape, frame_size)
    header = repr((*seen, digest, model.preprocessing, str(model.precision)))
    state = hashlib.blake2b(header.encode(), digest_size=_DIGEST_BYTES)
    state.update(plane.data)
    return state.hexdigest()


def digest_of(model: SegmentationModel) -> str:
    """Return the digest of a model's weights, computed if it was built without a file."""
    if model.digest:
        return model.digest
    return weights_digest({name: tensor.cpu() for name, tensor in model.state_dict().items()})


def identity_of(model: SegmentationModel) -> str:
    """Return by what a model is known again: its digest, or one of it and of an adapted decoder."""
    digest = digest_of(model)
    if not model.adaptation:
        return digest
    return hashlib.sha256(f"{digest} {model.adaptation}".encode()).hexdigest()
