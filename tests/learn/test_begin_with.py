"""A run that begins with weights: it has them, or says in one sentence why not."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from napari_samwise.errors import CheckpointError, ModelNameError
from napari_samwise.learn.begin_with import begin_with
from napari_samwise.learn.checkpoint import TrainingState, read_checkpoint
from napari_samwise.learn.export import export
from napari_samwise.learn.feed import FeedOptions
from napari_samwise.learn.train import TrainOptions, train
from napari_samwise.model.nano import Nano
from napari_samwise.model.nano_encoder import NanoConfig

FEED = FeedOptions(images=1, objects=1, scene_px=64)


def _new_state(config: NanoConfig, seed: int = 9) -> TrainingState:
    torch.manual_seed(seed)
    model = Nano(config).train()
    average = {name: value.clone() for name, value in model.state_dict().items()}
    return TrainingState(model, average, torch.optim.AdamW(model.parameters()))


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory, smallest_config: NanoConfig) -> Path:
    run = tmp_path_factory.mktemp("older")
    return train(None, run, TrainOptions(steps=1, workers=0, feed=FEED), config=smallest_config)


def test_the_average_of_a_run_is_taken(checkpoint: Path, smallest_config: NanoConfig) -> None:
    state = _new_state(smallest_config)
    begin_with(state, str(checkpoint))
    for name, value in read_checkpoint(checkpoint)["average"].items():
        assert torch.equal(state.model.state_dict()[name], value)
        assert torch.equal(state.average[name], value)
    # The model learns on without the average following at once.
    weight = next(iter(state.model.parameters()))
    with torch.no_grad():
        weight += 1
    assert not torch.equal(next(iter(state.average.values())), weight)


def test_weights_that_were_written_in_half_precision_are_taken(
    checkpoint: Path, smallest_config: NanoConfig, tmp_path: Path
) -> None:
    weights = export(checkpoint, tmp_path / "w.safetensors")
    state = _new_state(smallest_config)
    begin_with(state, str(weights))
    for name, value in read_checkpoint(checkpoint)["average"].items():
        assert state.average[name].dtype == value.dtype
        torch.testing.assert_close(state.average[name], value, rtol=1e-3, atol=1e-4)


def test_a_run_begins_with_weights_once(
    checkpoint: Path, smallest_config: NanoConfig, tmp_path: Path
) -> None:
    # A rate of nothing, so that what it began with is what it ends with.
    options = TrainOptions(
        steps=1,
        workers=0,
        learning_rate=0.0,
        seed=4,
        feed=FEED,
        begin_with=str(tmp_path / "w.safetensors"),
    )
    export(checkpoint, tmp_path / "w.safetensors")
    path = train(None, tmp_path / "run", options, config=smallest_config)
    name = "encoder.embed.weight"
    wanted = read_checkpoint(checkpoint)["average"][name]
    torch.testing.assert_close(read_checkpoint(path)["average"][name], wanted, rtol=1e-3, atol=1e-4)
    (tmp_path / "w.safetensors").unlink()
    assert train(None, tmp_path / "run", options, config=smallest_config) == path


def test_other_sizes_are_refused(checkpoint: Path, tmp_path: Path) -> None:
    other = NanoConfig(
        widths=(4, 4, 4, 4, 8), depths=(0, 0, 0, 0, 0), embed_dim=12, detail_dim=8, fine_dim=4
    )
    options = TrainOptions(steps=1, workers=0, feed=FEED, begin_with=str(checkpoint))
    with pytest.raises(CheckpointError, match=r"is \(4, .*instead of \(8, .*same sizes"):
        train(None, tmp_path / "run", options, config=other)
    assert not (tmp_path / "run").exists()


def test_weights_of_another_network_are_refused(
    smallest_config: NanoConfig, tmp_path: Path
) -> None:
    save_file({"image_encoder.pos_embed": torch.zeros(1)}, tmp_path / "sam.safetensors")
    with pytest.raises(CheckpointError, match=r"no tensor image_encoder\.pos_embed"):
        begin_with(_new_state(smallest_config), str(tmp_path / "sam.safetensors"))
    with pytest.raises(ModelNameError, match="another kind of network"):
        begin_with(_new_state(smallest_config), "vit_b")
    with pytest.raises(CheckpointError, match="cannot be read"):
        begin_with(_new_state(smallest_config), str(tmp_path / "missing.pt"))


def test_a_part_that_is_new_begins_anew_and_is_told_of(
    smallest_config: NanoConfig, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    older = _new_state(smallest_config, seed=1).model.state_dict()
    kept = {k: v.contiguous() for k, v in older.items() if not k.startswith("dense.")}
    save_file(kept, tmp_path / "older.safetensors")
    state = _new_state(smallest_config)
    before = {name: value.clone() for name, value in state.average.items()}
    with caplog.at_level(logging.WARNING):
        begin_with(state, str(tmp_path / "older.safetensors"))
    assert f"lacks {len(older) - len(kept)} of {len(older)} tensors" in caplog.text
    for name, value in state.average.items():
        assert torch.equal(value, kept.get(name, before[name]))
