from __future__ import annotations

import io
import pickle
import re
import zipfile
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.torch import save as save_safetensors

from napari_samwise.errors import CheckpointError
from napari_samwise.weights.read import read_state_dict

TENSORS = {"a.weight": torch.arange(6.0).reshape(2, 3), "a.bias": torch.ones(2)}


class RunsCode:
    """Makes a file when it is unpickled."""

    def __init__(self, evidence: Path) -> None:
        self.evidence = evidence

    def __reduce__(self):
        return Path.touch, (self.evidence,)


def torch_bytes(value: object, **options: object) -> bytes:
    buffer = io.BytesIO()
    torch.save(value, buffer, **options)
    return buffer.getvalue()


def zip_bytes() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("letter.txt", "hello")
    return buffer.getvalue()


CONTAINERS = {
    "torch": torch_bytes(TENSORS),
    "old torch": torch_bytes(TENSORS, _use_new_zipfile_serialization=False),
    "safetensors": save_safetensors(TENSORS),
    "micro-sam": torch_bytes({"model_state": TENSORS, "decoder_state": {"b": torch.zeros(1)}}),
    "lightning": torch_bytes({"state_dict": TENSORS, "epoch": 3, "optimizer": {"lr": 0.1}}),
    "meta": torch_bytes({"model": TENSORS}),
    "nested twice": torch_bytes({"model": {"state_dict": TENSORS}}),
    "parameters": torch_bytes({name: torch.nn.Parameter(t) for name, t in TENSORS.items()}),
}


@pytest.mark.parametrize("content", CONTAINERS.values(), ids=CONTAINERS.keys())
def test_the_tensors_come_out_of_every_container(tmp_path, content):
    path = tmp_path / "any.name"
    path.write_bytes(content)
    found = read_state_dict(path)
    assert found.keys() == TENSORS.keys()
    for name, tensor in TENSORS.items():
        assert torch.equal(found[name], tensor)
        assert not found[name].requires_grad


@pytest.mark.parametrize("container", ["torch", "safetensors"])
def test_the_tensors_outlive_the_file(tmp_path, container):
    path = tmp_path / "weights"
    path.write_bytes(CONTAINERS[container])
    found = read_state_dict(path)
    with path.open("r+b") as file:
        file.write(bytes(len(CONTAINERS[container])))
    assert torch.equal(found["a.weight"], TENSORS["a.weight"])


REFUSED = {
    "empty": (b"", "is empty"),
    "web page": (b"\n<!DOCTYPE html><html>not found</html>", "is a web page"),
    "text": ("Grüße, ".encode() * 200, "is a text file"),
    "git lfs pointer": (
        b"version https://git-lfs.github.com/spec/v1\noid sha256:ab",
        "git lfs pull",
    ),
    "noise": (bytes(range(60, 256)) * 5, "unknown kind"),
    "cut torch file": (CONTAINERS["torch"][:700], "cut short"),
    "cut old torch file": (CONTAINERS["old torch"][:100], "damaged"),
    "cut safetensors": (CONTAINERS["safetensors"][:-3], "damaged safetensors"),
    "other zip": (zip_bytes(), "damaged PyTorch file, or none"),
    "plain pickle": (pickle.dumps({"a": 1}), "damaged pickle"),
    "list": (torch_bytes([torch.zeros(2)]), "holds a list"),
    "one tensor": (torch_bytes(torch.zeros(2)), "holds a Tensor"),
    "nothing": (torch_bytes({}), "no tensors"),
    "not tensors": (torch_bytes({"a": torch.zeros(1), "epoch": 3}), "'epoch' is a int"),
    "not names": (torch_bytes({0: torch.zeros(1)}), "entry 0 is a Tensor"),
    "whole module": (torch_bytes(torch.nn.Linear(2, 2)), "torch.nn.modules.linear.Linear"),
    "numpy scalar": (torch_bytes({"model": {}, "loss": np.float64(1)}), "multiarray.scalar"),
}


@pytest.mark.parametrize(("content", "reason"), REFUSED.values(), ids=REFUSED.keys())
def test_what_is_no_state_dict_is_refused_with_its_reason(tmp_path, content, reason):
    path = tmp_path / "weights.pt"
    path.write_bytes(content)
    with pytest.raises(CheckpointError, match=re.escape(reason)) as caught:
        read_state_dict(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_file_and_a_folder_are_refused(tmp_path):
    for path in (tmp_path / "none.pt", tmp_path):
        with pytest.raises(CheckpointError, match="cannot be read"):
            read_state_dict(path)


@pytest.mark.parametrize("options", [{}, {"_use_new_zipfile_serialization": False}])
@pytest.mark.parametrize("wrap", [lambda evil: evil, lambda evil: {**TENSORS, "extra": evil}])
def test_code_in_a_torch_file_never_runs(tmp_path, options, wrap):
    evidence = tmp_path / "it ran"
    content = torch_bytes(wrap(RunsCode(evidence)), **options)
    path = tmp_path / "weights.pt"
    path.write_bytes(content)
    with pytest.raises(CheckpointError, match="could run code, so it was not loaded"):
        read_state_dict(path)
    assert not evidence.exists()
    # The file is as dangerous as it looks: read without care it does run.
    torch.load(path, weights_only=False)
    assert evidence.exists()


@pytest.mark.filterwarnings("ignore:Detected pickle protocol")
@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_code_in_a_plain_pickle_never_runs(tmp_path, protocol):
    evidence = tmp_path / "it ran"
    path = tmp_path / "weights.pkl"
    path.write_bytes(pickle.dumps(RunsCode(evidence), protocol=protocol))
    with pytest.raises(CheckpointError):
        read_state_dict(path)
    assert not evidence.exists()


@pytest.mark.filterwarnings("ignore:Detected pickle protocol")
@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    container=st.sampled_from(sorted(CONTAINERS)),
    changes=st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), max_size=6),
    kept=st.floats(0.1, 1.0),
)
def test_a_damaged_file_is_read_or_refused_and_nothing_else(tmp_path, container, changes, kept):
    content = bytearray(CONTAINERS[container])
    for place, value in changes:
        content[place % len(content)] = value
    path = tmp_path / "weights"
    path.write_bytes(content[: int(kept * len(content))])
    with suppress(CheckpointError):
        found = read_state_dict(path)
        assert all(isinstance(tensor, torch.Tensor) for tensor in found.values())
