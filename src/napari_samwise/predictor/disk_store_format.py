"""An embedding as the files of a zarr v3 group, and back.

Every feature is an array of one uncompressed chunk. Any zarr library opens such a group; it is
written and read here without one, whose import takes longer than encoding a plane with ``nano``,
and so that no byte is interpreted before it was verified.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
import torch
from torch import Tensor

from napari_samwise.errors import InputError
from napari_samwise.predictor.embedding import Embedding
from napari_samwise.predictor.stored_precision import to_stored

FORMAT_VERSION = 1
SEAL = "digest"
"""The file that holds the digest of all others."""

Content = bytes | bytearray | memoryview

_DTYPES = ("bool", "uint8", "int8", "int16", "int32", "int64", "float16", "float32", "float64")
_METADATA = "zarr.json"


class DamagedEntryError(ValueError):
    """The files of an entry are not those that were written."""


def pack(embedding: Embedding) -> dict[str, Content]:
    """Return the files of an embedding: relative path, with ``/``, -> content.

    Raises
    ------
    InputError
        If a feature has a name or a dtype that the format has no place for.
    """
    attributes = {
        "format": FORMAT_VERSION,
        "key": embedding.key,
        "model_digest": embedding.model_digest,
        "image_size": list(embedding.image_size),
        "dtypes": {name: _dtype_name(t) for name, t in embedding.features.items()},
    }
    group = {"zarr_format": 3, "node_type": "group", "attributes": attributes}
    files: dict[str, Content] = {_METADATA: _to_json(group)}
    for name, tensor in embedding.features.items():
        stored = to_stored(tensor.detach())
        if _dtype_name(stored) not in _DTYPES or not re.fullmatch(r"\w+", name, re.ASCII):
            raise InputError(
                f"A feature to store is named by letters and digits and is one of "
                f"{', '.join(_DTYPES)} or bfloat16, got {name!r} of {_dtype_name(tensor)}; keep "
                "it in a store without a disk."
            )
        values = stored.cpu().contiguous().numpy()
        values = values.astype(values.dtype.newbyteorder("<"), copy=False)
        files[f"{name}/{_METADATA}"] = _to_json(_array_metadata(stored))
        files[f"{name}/{_chunk_name(stored.ndim)}"] = values.reshape(-1).view(np.uint8).data
    files[SEAL] = seal(files)
    return files


def unpack(files: Mapping[str, bytearray], key: str) -> Embedding:
    """Return the embedding that was packed into these very files.

    Parameters
    ----------
    files : mapping of str to bytearray
        As ``pack`` returned them.
    key : str
        The key under which they were found.

    Raises
    ------
    DamagedEntryError
        If one byte differs, a file is missing or there is one more, or they belong to another
        key.
    """
    if bytes(files.get(SEAL, b"")) != seal(files):
        raise DamagedEntryError(f"The digest of {key} is not that of its files.")
    # What passes was written whole, but perhaps not by this version or not for this key.
    try:
        attributes = json.loads(files[_METADATA])["attributes"]
        if attributes["format"] != FORMAT_VERSION or attributes["key"] != key:
            raise DamagedEntryError(f"What lies under {key} is something else.")
        features = {n: _read_array(files, n, dtype) for n, dtype in attributes["dtypes"].items()}
        height, width = attributes["image_size"]
        digest = str(attributes["model_digest"])
    except (AttributeError, KeyError, TypeError, ValueError, RuntimeError) as error:
        raise DamagedEntryError(f"{key} is no stored embedding: {error}") from error
    return Embedding(MappingProxyType(features), (int(height), int(width)), key, digest)


def seal(files: Mapping[str, Content]) -> bytes:
    """Digest names, lengths and contents of all files but the seal itself."""
    state = hashlib.blake2b(digest_size=20)
    for path in sorted(files):
        if path != SEAL:
            # repr: unambiguous whatever the name holds.
            state.update(repr((path, len(files[path]))).encode())
            state.update(files[path])
    return state.hexdigest().encode()


def _array_metadata(tensor: Tensor) -> dict[str, Any]:
    """Describe an array of one chunk, little-endian and uncompressed (zarr v3 specification)."""
    shape = list(tensor.shape)
    chunk = [max(1, extent) for extent in shape]
    dtype = _dtype_name(tensor)
    one_byte = tensor.element_size() == 1
    return {
        "zarr_format": 3,
        "node_type": "array",
        "shape": shape,
        "data_type": dtype,
        "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": chunk}},
        "chunk_key_encoding": {"name": "default", "configuration": {"separator": "."}},
        "fill_value": False if dtype == "bool" else 0,
        "codecs": [
            {"name": "bytes"}
            if one_byte
            else {"name": "bytes", "configuration": {"endian": "little"}}
        ],
    }


def _read_array(files: Mapping[str, bytearray], name: str, dtype: str) -> Tensor:
    """Return one feature in the dtype that it had before it was stored."""
    metadata = json.loads(files[f"{name}/{_METADATA}"])
    shape = [int(extent) for extent in metadata["shape"]]
    if metadata["data_type"] not in _DTYPES or dtype not in (*_DTYPES, "bfloat16"):
        raise DamagedEntryError(f"The feature {name} has no dtype that is ever stored.")
    stored = np.dtype(metadata["data_type"])
    values = np.frombuffer(files[f"{name}/{_chunk_name(len(shape))}"], stored.newbyteorder("<"))
    native = values.astype(stored, copy=False).reshape(shape)
    return torch.from_numpy(native).to(getattr(torch, dtype))


def _chunk_name(ndim: int) -> str:
    """Name the file of the only chunk of an array."""
    return ".".join(["c", *["0"] * ndim])


def _dtype_name(tensor: Tensor) -> str:
    return str(tensor.dtype).removeprefix("torch.")


def _to_json(content: Mapping[str, Any]) -> bytes:
    return json.dumps(content, indent=1).encode()
