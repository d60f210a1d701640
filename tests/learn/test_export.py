"""From a checkpoint to a file of weights that loads as nano, whatever it is called."""

from __future__ import annotations

from importlib.resources import as_file, files
from pathlib import Path

import numpy as np
import pytest
import torch

from napari_samwise.errors import CheckpointError
from napari_samwise.learn.checkpoint import TrainingState, read_checkpoint, save_checkpoint
from napari_samwise.learn.export import export, write_weights
from napari_samwise.learn.scenes import make_scene
from napari_samwise.model.nano import Nano
from napari_samwise.model.nano_encoder import NanoConfig
from napari_samwise.prompts import Prompts
from napari_samwise.weights.load import load_model
from napari_samwise.weights.read import read_state_dict


@pytest.fixture
def checkpoint(tmp_path: Path, smallest_config: NanoConfig) -> Path:
    torch.manual_seed(0)
    model = Nano(smallest_config)
    average = {name: value.clone() for name, value in model.state_dict().items()}
    for value in average.values():
        if value.is_floating_point():
            value.mul_(1.1)
    state = TrainingState(model, average, torch.optim.AdamW(model.parameters()), step=5)
    save_checkpoint(tmp_path / "checkpoint.pt", state, {})
    return tmp_path / "checkpoint.pt"


def test_the_averaged_weights_come_back(checkpoint: Path, smallest_config: NanoConfig) -> None:
    path = export(checkpoint, checkpoint.with_name("holiday.jpg"))
    loaded = load_model(path, device="cpu", precision="float32")
    assert isinstance(loaded, Nano)
    assert loaded.config == smallest_config
    averaged = Nano(smallest_config)
    averaged.load_state_dict(read_checkpoint(checkpoint)["average"])
    image = make_scene(0, 100, "nuclei").image
    with torch.inference_mode():
        first, second = (
            model.eval().decode(
                model.encode(image), (100, 100), Prompts(box=(20, 20, 70, 60)), multimask=True
            )
            for model in (averaged, loaded)
        )
    torch.testing.assert_close(first.predicted_iou, second.predicted_iou, atol=1e-2, rtol=0)
    torch.testing.assert_close(first.low_res_logits, second.low_res_logits, atol=0.02, rtol=0.02)
    assert (first.masks == second.masks).float().mean() > 0.98


def test_the_file_is_half_precision_and_alone(checkpoint: Path) -> None:
    target = checkpoint.with_name("nano.safetensors")
    assert export(checkpoint, target) == target
    count = sum(value.numel() for value in read_checkpoint(checkpoint)["average"].values())
    assert target.stat().st_size < 2.5 * count + 50_000
    assert {path.name for path in checkpoint.parent.iterdir()} == {checkpoint.name, target.name}


def test_weights_with_a_missing_tensor_are_refused_by_name(checkpoint: Path) -> None:
    entries = read_checkpoint(checkpoint)
    for missing in ("encoder.embed.weight", "decoder.mask_tokens.weight"):
        average = {name: v for name, v in entries["average"].items() if name != missing}
        torch.save({**entries, "average": average}, checkpoint)
        with pytest.raises(CheckpointError, match=missing.replace(".", r"\.")):
            load_model(export(checkpoint, checkpoint.with_name("x.safetensors")), device="cpu")


@pytest.mark.parametrize("content", [b"", b"not weights", None])
def test_what_is_no_checkpoint_is_refused(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "checkpoint.pt"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(CheckpointError, match=r"checkpoint\.pt"):
        export(path, tmp_path / "nano.safetensors")
    assert not (tmp_path / "nano.safetensors").exists()


@pytest.mark.parametrize("entries", [[1, 2], {"step": 3}, {"average": torch.zeros(2)}])
def test_a_file_of_something_else_is_refused(tmp_path: Path, entries: object) -> None:
    torch.save(entries, tmp_path / "checkpoint.pt")
    with pytest.raises(CheckpointError, match="no checkpoint of a training run"):
        export(tmp_path / "checkpoint.pt", tmp_path / "nano.safetensors")


def test_a_checkpoint_with_code_in_it_is_not_run(tmp_path: Path) -> None:
    class Trap:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return (Path.touch, (Path(tmp_path / "sprung"),))

    torch.save({"step": Trap(), "average": np.zeros(2)}, tmp_path / "checkpoint.pt")
    with pytest.raises(CheckpointError):
        export(tmp_path / "checkpoint.pt", tmp_path / "nano.safetensors")
    assert not (tmp_path / "sprung").exists()


def test_values_beyond_half_precision_come_back(
    tmp_path: Path, smallest_config: NanoConfig
) -> None:
    state = Nano(smallest_config).state_dict()
    name = next(name for name in state if name.endswith("running_var"))
    state[name] = torch.full_like(state[name], 3e5)
    written = read_state_dict(write_weights(state, tmp_path / "w.safetensors", 0))
    assert torch.equal(written[name], state[name])


@pytest.mark.parametrize("value", [float("inf"), float("nan")])
def test_broken_weights_are_not_written(
    tmp_path: Path, smallest_config: NanoConfig, value: float
) -> None:
    state = Nano(smallest_config).state_dict()
    state["decoder.to_fine.bias"] = torch.full_like(state["decoder.to_fine.bias"], value)
    with pytest.raises(CheckpointError, match=r"decoder\.to_fine\.bias .* not finite"):
        write_weights(state, tmp_path / "w.safetensors", 0)
    assert not list(tmp_path.iterdir())


def test_the_built_in_weights_are_finite() -> None:
    with as_file(files("napari_samwise.weights").joinpath("nano.safetensors")) as path:
        state = read_state_dict(path)
    assert [name for name, value in state.items() if not torch.isfinite(value).all()] == []
