"""Training: it learns, it goes on where it stopped, and its file is whole at any time."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
import torch

from napari_samwise.errors import CheckpointError, InputError
from napari_samwise.learn import checkpoint as checkpoint_module
from napari_samwise.learn import step as step_module
from napari_samwise.learn import train as train_module
from napari_samwise.learn.batch import Batch
from napari_samwise.learn.checkpoint import TrainingState, read_checkpoint
from napari_samwise.learn.feed import Feed, FeedOptions
from napari_samwise.learn.step import next_clicks, training_losses
from napari_samwise.learn.train import TrainOptions, learning_rate, train, train_step
from napari_samwise.learn.training_log import read_log
from napari_samwise.model.nano import Nano
from napari_samwise.model.nano_decoder import EXCLUDE, INCLUDE, NO_POINT
from napari_samwise.model.nano_encoder import NanoConfig

FEED = FeedOptions(images=1, objects=2, scene_px=64)
OPTIONS = TrainOptions(steps=4, cooldown=2, warmup=1, workers=0, save_every=2, feed=FEED)


@pytest.fixture(scope="module")
def batch() -> Batch:
    return next(islice(Feed([], FeedOptions(images=2, objects=2, scene_px=96), seed=1), 1))


@pytest.fixture
def state(smallest_config: NanoConfig) -> TrainingState:
    torch.manual_seed(0)
    model = Nano(smallest_config).train()
    average = {name: value.clone() for name, value in model.state_dict().items()}
    return TrainingState(model, average, torch.optim.AdamW(model.parameters(), lr=1e-2))


@pytest.fixture
def steps_seen(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    monkeypatch.setattr(train_module, "REPORT_EVERY", 1)
    return []


def test_the_loss_falls_on_a_fixed_batch(state: TrainingState, batch: Batch) -> None:
    options = TrainOptions(steps=1000, warmup=1, learning_rate=1e-2, rounds=(1.0,))
    rng = np.random.default_rng(0)
    losses = []
    for state.step in range(16):
        losses.append(train_step(state, batch, rng, options)["loss"].item())
    assert np.mean(losses[-3:]) < 0.7 * losses[0]


def test_every_part_of_the_network_is_taught(state: TrainingState, batch: Batch) -> None:
    before = {name: value.clone() for name, value in state.model.state_dict().items()}
    rng = np.random.default_rng(0)
    for _ in range(2):
        train_step(state, batch, rng, TrainOptions(rounds=(0.0, 1.0), warmup=1))
    still = {
        name for name, value in state.model.named_parameters() if torch.equal(value, before[name])
    }
    assert not still
    moved = [not torch.equal(value, before[name]) for name, value in state.average.items()]
    assert np.mean(moved) > 0.9


@pytest.mark.parametrize("rounds", [1, 3])
def test_what_is_reported_is_finite(state: TrainingState, batch: Batch, rounds: int) -> None:
    found = training_losses(state.model, batch, np.random.default_rng(0), rounds)
    assert all(torch.isfinite(value) for value in found.values())
    assert found["loss"].requires_grad
    for name in ("first", "last")[:rounds]:
        assert 0 <= found[f"{name}_chosen"] <= found[f"{name}_best"] <= 1
    assert -1 <= found["score_r"] <= 1


def test_a_step_that_overflows_leaves_the_weights_alone(state: TrainingState, batch: Batch) -> None:
    before = [value.clone() for value in state.model.parameters()]
    broken = replace(batch, images=torch.full_like(batch.images, float("inf")))
    train_step(state, broken, np.random.default_rng(0), OPTIONS)
    for value, old in zip(state.model.parameters(), before, strict=True):
        assert torch.equal(value, old)


def test_the_next_click_lies_in_the_error() -> None:
    truth = torch.zeros(3, 96, 96)
    truth[:, 20:60, 20:60] = 1
    logits = torch.full((3, 96, 96), -5.0)
    logits[1] = 5.0
    logits[2] = 10 * truth[2] - 5
    points, labels = next_clicks(
        np.random.default_rng(0),
        torch.zeros(3, 2, 2),
        torch.full((3, 2), NO_POINT),
        logits,
        truth,
    )
    assert points.shape == (3, 3, 2)
    assert labels[:, -1].tolist() == [INCLUDE, EXCLUDE, NO_POINT]
    cells = (points[:, -1] / 2).long()
    assert truth[0, cells[0, 0], cells[0, 1]] == 1
    assert truth[1, cells[1, 0], cells[1, 1]] == 0


def test_the_learning_rate_rises_stays_and_falls_to_zero() -> None:
    options = TrainOptions(steps=1000, cooldown=200, warmup=100, learning_rate=1e-3)
    rates = [learning_rate(step, options) for step in range(1001)]
    assert rates[0] == pytest.approx(1e-5)
    assert set(rates[100:800]) == {1e-3}
    assert rates[900] == pytest.approx(5e-4)
    assert rates[1000] == 0
    assert learning_rate(1500, options) == 0


def test_a_run_goes_on_where_it_stopped(
    tmp_path: Path, smallest_config: NanoConfig, steps_seen: list[int]
) -> None:
    def report(step: int, means: dict[str, float]) -> None:
        steps_seen.append(step)
        assert np.isfinite(means["loss"])
        assert means["seconds"] > 0
        if step == 3 and len(steps_seen) == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(None, tmp_path / "run", OPTIONS, config=smallest_config, report=report)
    path = tmp_path / "run" / "checkpoint.pt"
    assert read_checkpoint(path)["step"] == 2
    assert train(None, tmp_path / "run", OPTIONS, config=smallest_config, report=report) == path
    assert steps_seen == [1, 2, 3, 3, 4]
    finished = read_checkpoint(path)
    assert finished["step"] == 4
    assert finished["config"]["embed_dim"] == smallest_config.embed_dim
    assert all(torch.isfinite(value).all() for value in finished["average"].values())
    assert {found.name for found in (tmp_path / "run").iterdir()} == {"checkpoint.pt", "log.jsonl"}
    # The third step was done twice, and is told of once.
    assert [entry.step for entry in read_log(tmp_path / "run" / "log.jsonl")] == [1, 2, 3, 4]
    train(None, tmp_path / "run", OPTIONS, config=smallest_config, report=report)
    assert steps_seen == [1, 2, 3, 3, 4]


def test_the_seed_decides_the_run(tmp_path: Path, smallest_config: NanoConfig) -> None:
    options = TrainOptions(steps=2, workers=0, feed=FEED)
    averages = [
        read_checkpoint(train(None, tmp_path / name, options, config=smallest_config))["average"]
        for name in ("a", "b")
    ]
    for name, value in averages[0].items():
        assert torch.equal(value, averages[1][name])


def test_the_log_is_the_mean_of_the_steps_between_reports(
    tmp_path: Path, smallest_config: NanoConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    losses = iter([1.0, 3.0, 5.0, 10.0])

    def step(*_: object) -> dict[str, torch.Tensor]:
        return {"loss": torch.tensor(next(losses), requires_grad=True)}

    monkeypatch.setattr(train_module, "train_step", step)
    monkeypatch.setattr(train_module, "REPORT_EVERY", 3)
    train(None, tmp_path, OPTIONS, config=smallest_config)
    entries = read_log(tmp_path / "log.jsonl")
    assert [(entry.step, entry.means["loss"]) for entry in entries] == [(3, 3.0), (4, 10.0)]


def test_a_full_disk_leaves_the_older_checkpoint(
    tmp_path: Path, state: TrainingState, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "checkpoint.pt"
    state.step = 7
    checkpoint_module.save_checkpoint(path, state, {})

    def fill_the_disk(_entries: object, target: Path) -> None:
        target.write_bytes(b"half a file")
        raise OSError("No space left on device")

    monkeypatch.setattr(torch, "save", fill_the_disk)
    state.step = 8
    with pytest.raises(InputError, match="No space"):
        checkpoint_module.save_checkpoint(path, state, {})
    assert [each.name for each in tmp_path.iterdir()] == ["checkpoint.pt"]
    assert read_checkpoint(path)["step"] == 7


def test_a_run_of_other_sizes_is_refused(tmp_path: Path, smallest_config: NanoConfig) -> None:
    train(None, tmp_path, TrainOptions(steps=1, workers=0, feed=FEED), config=smallest_config)
    other = NanoConfig(
        widths=(4, 4, 4, 4, 8), depths=(0, 0, 0, 0, 0), embed_dim=12, detail_dim=8, fine_dim=4
    )
    with pytest.raises(CheckpointError, match="other sizes"):
        train(None, tmp_path, OPTIONS, config=other)


@pytest.mark.parametrize("precision", [torch.bfloat16, torch.float32])
def test_a_step_computes_in_bfloat16_only_where_the_device_does(
    precision: torch.dtype, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Emulated, a step took ten times as long as in float32."""
    monkeypatch.setattr(step_module, "choose_precision", lambda _device: precision)
    with step_module.computing(torch.device("cpu")):
        assert (torch.ones(2, 2) @ torch.ones(2, 2)).dtype is precision
