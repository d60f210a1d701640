from __future__ import annotations

import hashlib
import io

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from napari_samwise.errors import CheckpointError, DownloadError, InputError, ModelNameError
from napari_samwise.model.build import SAM_CONFIGS, build_sam
from napari_samwise.model.nano import Nano
from napari_samwise.prompts import Prompts
from napari_samwise.weights import load
from napari_samwise.weights.load import load_model
from napari_samwise.weights.registry import CHECKPOINTS, Checkpoint


def official(path, weights):
    torch.save(weights, path)


def micro_sam(path, weights):
    named = {f"sam.{name}": tensor for name, tensor in weights.items()}
    torch.save({"model_state": named, "decoder_state": {"x": torch.zeros(1)}}, path)


def data_parallel(path, weights):
    torch.save({"model": {f"module.{name}": tensor for name, tensor in weights.items()}}, path)


def with_constants(path, weights):
    torch.save({**weights, "pixel_mean": torch.zeros(3, 1, 1)}, path)


@pytest.mark.parametrize("save", [official, micro_sam, data_parallel, with_constants])
def test_every_layout_gives_the_same_network(tiny_sam, tmp_path, save):
    path = tmp_path / "fine_tuned.pt"
    save(path, tiny_sam.state_dict())
    save_file(tiny_sam.state_dict(), tmp_path / "same.safetensors")

    model = load_model(path, device="cpu", precision="float32")
    same = load_model(str(tmp_path / "same.safetensors"), device="cpu", precision="float32")

    assert model.digest == same.digest
    assert model.name == "fine_tuned.pt"
    assert "own" in model.licence
    assert not model.training
    image = np.arange(40 * 50 * 3, dtype=np.uint8).reshape(40, 50, 3)
    with torch.inference_mode():
        expected = tiny_sam.encode(image)["image_embedding"]
        torch.testing.assert_close(model.encode(image)["image_embedding"], expected)


def test_other_numbers_have_another_digest(tiny_sam, tmp_path):
    torch.save(tiny_sam.state_dict(), tmp_path / "one.pt")
    with torch.no_grad():
        tiny_sam.mask_decoder.iou_token.weight[0, 0] += 1
    torch.save(tiny_sam.state_dict(), tmp_path / "two.pt")
    digests = {load_model(tmp_path / name, device="cpu").digest for name in ("one.pt", "two.pt")}
    assert len(digests) == 2


def test_the_precision_is_the_one_asked_for(tiny_sam, tmp_path):
    torch.save(tiny_sam.state_dict(), tmp_path / "a.pt")
    model = load_model(tmp_path / "a.pt", device="cpu", precision="bfloat16")
    assert model.precision == torch.bfloat16
    # Only the encoder's arithmetic is in it; the weights stay exact.
    assert next(model.parameters()).dtype == torch.float32


def test_nano_computes_in_float32_unless_told_otherwise(tiny_sam, tmp_path, monkeypatch):
    monkeypatch.setattr("napari_samwise.model.device._cpu_flags", lambda: {"avx512_bf16"})
    assert load_model("nano", device="cpu").precision == torch.float32
    assert load_model("nano", device="cpu", precision="bfloat16").precision == torch.bfloat16
    torch.save(tiny_sam.state_dict(), tmp_path / "a.pt")
    assert load_model(tmp_path / "a.pt", device="cpu").precision == torch.bfloat16


def named(monkeypatch, weights, url):
    buffer = io.BytesIO()
    torch.save(weights, buffer)
    content = buffer.getvalue()
    known_hash = f"sha256:{hashlib.sha256(content).hexdigest()}"
    entry = Checkpoint(
        "tiny", "sam", "tiny.pt", url, known_hash, len(content), "CC0-1.0", "nobody", "for tests"
    )
    monkeypatch.setattr(load, "CHECKPOINTS", {"tiny": entry})
    monkeypatch.setattr(load, "find_checkpoint", {"tiny": entry}.__getitem__)
    return content


def test_a_name_is_downloaded_and_the_second_time_not(
    tiny_sam, weight_server, tmp_path, monkeypatch
):
    content = named(monkeypatch, tiny_sam.state_dict(), weight_server.url)
    weight_server.body = content
    seen = []

    def note(done, total):
        seen.append((done, total))

    model = load_model("tiny", device="cpu", weights_dir=tmp_path, progress=note)
    again = load_model("tiny", device="cpu", weights_dir=tmp_path, progress=note)

    assert (model.name, model.licence) == ("tiny", "CC0-1.0")
    assert model.digest == again.digest
    assert seen[-1] == (len(content), len(content))
    assert len(weight_server.ranges_asked) == 1


def test_a_file_placed_by_hand_is_taken_without_a_network(tiny_sam, tmp_path, monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("NAPARI_SAMWISE_HOME", str(tmp_path))
    content = named(monkeypatch, tiny_sam.state_dict(), "http://127.0.0.1:9/tiny.pt")
    with pytest.raises(DownloadError) as caught:
        load_model("tiny", device="cpu")
    place = tmp_path / "weights" / "tiny.pt"
    assert str(place) in str(caught.value)
    place.write_bytes(content)
    assert load_model("tiny", device="cpu").name == "tiny"


def test_a_name_goes_before_a_file_that_is_called_the_same(tiny_sam, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    content = named(monkeypatch, tiny_sam.state_dict(), "http://127.0.0.1:9/tiny.pt")
    (tmp_path / "tiny.pt").write_bytes(content)
    (tmp_path / "tiny").write_text("not weights")
    assert load_model("tiny", device="cpu", weights_dir=tmp_path).name == "tiny"


def test_an_unknown_name_is_answered_with_close_ones(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ModelNameError, match=r"'vitb'.*vit_b"):
        load_model("vitb")


def test_a_path_without_a_file_is_named():
    with pytest.raises(ModelNameError, match=r"no file of weights is at that path"):
        load_model("/nowhere/at/all.pt")


@pytest.mark.parametrize("name", [3, None, b"nano"])
def test_what_is_neither_a_name_nor_a_path_is_refused(name):
    with pytest.raises(ModelNameError, match="a name such as 'nano' or a checkpoint's path"):
        load_model(name)


def test_a_file_of_another_network_is_named_with_what_does_not_fit(tiny_sam, tmp_path):
    weights = tiny_sam.state_dict()
    weights["mask_decoder.hf_token.weight"] = torch.zeros(1, 16)
    path = tmp_path / "hq.pt"
    torch.save(weights, path)
    with pytest.raises(CheckpointError, match=r"hq\.pt.*unexpected mask_decoder\.hf_token"):
        load_model(path)


def test_an_unknown_device_is_refused_before_anything_is_read():
    with pytest.raises(InputError, match="device"):
        load_model("/nowhere/at/all.pt", device="abacus")


def test_a_device_of_torch_will_do():
    assert load_model(device=torch.device("cpu")).device == torch.device("cpu")
    with pytest.raises(InputError, match="got 'cuda:99'"):
        load_model(device=torch.device("cuda:99"))


def test_nano_comes_with_the_package():
    model = load_model(device="cpu", precision="float32")
    assert isinstance(model, Nano)
    assert model.name == "nano"
    assert model.licence == CHECKPOINTS["nano"].licence
    image = np.zeros((48, 64, 3), dtype=np.uint8)
    image[10:30, 20:40] = 255
    with torch.inference_mode():
        found = model.decode(
            model.encode(image), (48, 64), Prompts(points=[(20, 30)]), multimask=True, keep=1
        )
    assert found.masks.shape == (1, 48, 64)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["vit_t", "vit_b"])
def test_a_full_size_network_in_the_published_layout_loads(name, tmp_path):
    with torch.device("meta"):
        shapes = build_sam(SAM_CONFIGS[name]).state_dict()
    weights = {key: torch.full(t.shape, 0.01, dtype=t.dtype) for key, t in shapes.items()}
    torch.save(weights, tmp_path / "weights.pth")
    model = load_model(tmp_path / "weights.pth", device="cpu")
    assert model.config == SAM_CONFIGS[name]
