"""Instance decoders beside a network, in files of their own, and by name."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor

from napari_samwise.errors import CheckpointError, DownloadError, ModelNameError
from napari_samwise.model.nano import Nano
from napari_samwise.model.sam import Sam
from napari_samwise.model.unetr import Unetr, UnetrConfig
from napari_samwise.weights import decoder as decoder_module
from napari_samwise.weights.decoder import attach_decoder, build_decoder, read_decoder
from napari_samwise.weights.load import load_model
from napari_samwise.weights.registry import CHECKPOINTS, DECODERS, Checkpoint


@pytest.fixture
def small_decoder() -> Unetr:
    """A decoder for the embeddings of ``tiny_sam``."""
    return Unetr(UnetrConfig(16, (16, 8, 4, 2))).eval()


@pytest.fixture
def joint(tiny_sam: Sam, small_decoder: Unetr, tmp_path: Path) -> Path:
    """A checkpoint as micro-sam writes it, with both parts."""
    named = {f"sam.{name}": tensor for name, tensor in tiny_sam.state_dict().items()}
    path = tmp_path / "joint.pt"
    torch.save({"model_state": named, "decoder_state": small_decoder.state_dict()}, path)
    return path


@pytest.fixture
def alone(tiny_sam: Sam, tmp_path: Path) -> Path:
    """The same network without a decoder."""
    path = tmp_path / "alone.pt"
    torch.save(tiny_sam.state_dict(), path)
    return path


def maps_of(model: Any) -> Tensor:
    image = np.random.default_rng(0).integers(0, 255, (40, 50, 3), dtype=np.uint8)
    with torch.inference_mode():
        found = model.find_distances(model.encode(image), (40, 50))
    return torch.stack([found.foreground, found.centre, found.boundary])


def test_a_file_with_both_parts_loads_both(
    joint: Path, alone: Path, tiny_sam: Sam, small_decoder: Unetr
) -> None:
    model = load_model(joint, device="cpu", precision="float32")
    assert model.has_distances
    assert not any(parameter.requires_grad for parameter in model.parameters())
    tiny_sam.instance_decoder = small_decoder
    torch.testing.assert_close(maps_of(model), maps_of(tiny_sam))
    without = load_model(alone, device="cpu", precision="float32")
    assert not without.has_distances
    assert model.digest == without.digest  # embeddings are the same


def test_layouts_of_a_separate_file(
    joint: Path, alone: Path, small_decoder: Unetr, tmp_path: Path
) -> None:
    weights = small_decoder.state_dict()
    torch.save(weights, tmp_path / "bare.pt")
    torch.save({**weights, "encoder.neck.0.weight": torch.zeros(1)}, tmp_path / "unetr.pt")
    torch.save({"decoder_state": weights, "model_state": weights}, tmp_path / "nested.pt")
    save_file({k: v.contiguous() for k, v in weights.items()}, tmp_path / "bare.safetensors")
    expected = maps_of(load_model(joint, device="cpu", precision="float32"))
    for name in ("bare.pt", "unetr.pt", "nested.pt", "bare.safetensors", "joint.pt"):
        path = tmp_path / name
        model = load_model(alone, device="cpu", precision="float32", decoder=path)
        torch.testing.assert_close(maps_of(model), expected)


def test_a_file_of_ones_own_has_no_published_decoder(alone: Path) -> None:
    assert not load_model(alone, device="cpu", decoder=True).has_distances


def test_nano_has_none_and_asking_for_it_is_no_error() -> None:
    model = load_model(device="cpu", decoder=True)
    assert isinstance(model, Nano)
    assert not model.has_distances


@pytest.fixture
def published(small_decoder: Unetr, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Checkpoint:
    """A table with one decoder, of a model named tiny, its file placed by hand."""
    folder = tmp_path / "weights"
    folder.mkdir()
    path = folder / "tiny_decoder.pt"
    torch.save(small_decoder.state_dict(), path)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    entry = replace(
        next(iter(DECODERS.values())),
        name="tiny_decoder",
        file_name=path.name,
        url="http://127.0.0.1:9/tiny_decoder.pt",
        hash=f"sha256:{digest}",
    )
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr(decoder_module, "DECODERS", {"tiny": entry})
    return entry


def test_by_the_name_of_its_model_or_its_own(published: Checkpoint, tmp_path: Path) -> None:
    folder = tmp_path / "weights"
    for choice, model_name in ((True, "tiny"), ("tiny_decoder", None)):
        assert build_decoder(read_decoder(choice, model_name, folder))
    assert read_decoder(False, "tiny", folder) == {}
    assert read_decoder(True, "other", folder) == {}
    with pytest.raises(DownloadError, match=r"tiny_decoder\.pt"):
        read_decoder(True, "tiny", tmp_path / "empty")


def test_what_micro_sam_does_not_use_is_loaded_by_name_only(
    published: Checkpoint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decoder_module, "ONLY_BY_NAME", frozenset({"tiny_decoder"}))
    assert read_decoder(True, "tiny", tmp_path / "weights") == {}
    assert read_decoder("tiny_decoder", "tiny", tmp_path / "weights")


def test_an_unknown_decoder(alone: Path) -> None:
    with pytest.raises(ModelNameError, match=r"vit_b_lm_dec'.*vit_b_lm_decoder"):
        load_model(alone, device="cpu", decoder="vit_b_lm_dec")


def test_a_decoder_of_another_network_is_refused(tiny_sam: Sam) -> None:
    other = Unetr(UnetrConfig(32, (16, 8, 4, 2))).state_dict()
    with pytest.raises(CheckpointError, match=r"32 channels.*trained with this model"):
        attach_decoder(tiny_sam, other)
    assert not tiny_sam.has_distances


def test_a_file_that_is_no_decoder(alone: Path) -> None:
    with pytest.raises(CheckpointError, match="no instance decoder"):
        load_model(alone, device="cpu", decoder=alone)


@pytest.mark.parametrize(
    ("name", "said"),
    [("out_conv.weight", "missing out_conv.weight"), ("extra", "unexpected extra")],
)
def test_tensors_that_do_not_fit(small_decoder: Unetr, name: str, said: str) -> None:
    weights = dict(small_decoder.state_dict())
    if weights.pop(name, None) is None:
        weights[name] = torch.zeros(1)
    with pytest.raises(CheckpointError, match=said):
        build_decoder(weights)


def test_a_damaged_part_names_the_file(joint: Path) -> None:
    both = torch.load(joint, weights_only=True)
    del both["decoder_state"]["out_conv.bias"]
    torch.save(both, joint)
    with pytest.raises(CheckpointError, match=r"joint\.pt: .*missing out_conv\.bias"):
        load_model(joint, device="cpu")


def test_every_published_decoder_belongs_to_a_model() -> None:
    assert len(DECODERS) == 10
    for model, entry in DECODERS.items():
        assert entry.name == f"{model}_decoder"
        assert entry.name not in CHECKPOINTS
        assert entry.architecture == CHECKPOINTS[model].architecture
        assert entry.url is not None
        assert entry.url.startswith("https://")
        algorithm, digits = str(entry.hash).split(":")
        assert (algorithm, len(digits)) == ("xxh128", 32)
    everything = [*CHECKPOINTS.values(), *DECODERS.values()]
    for field in ("file_name", "url", "hash"):
        values = [getattr(entry, field) for entry in everything]
        assert len(set(values)) == len(values), field
