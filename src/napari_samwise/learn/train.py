"""Training the built-in model: resumable, on a CPU or a GPU."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.data import DataLoader

from napari_samwise.learn.batch import Batch
from napari_samwise.learn.begin_with import begin_with
from napari_samwise.learn.checkpoint import (
    CHECKPOINT_NAME,
    TrainingState,
    resume,
    save_checkpoint,
)
from napari_samwise.learn.corpus import LabelledPlane, training_planes
from napari_samwise.learn.feed import Feed, FeedOptions
from napari_samwise.learn.step import training_losses
from napari_samwise.learn.training_log import LOG_NAME, LogEntry, append_entry, cut_log
from napari_samwise.model.fold import order_for_convolution
from napari_samwise.model.nano import Nano
from napari_samwise.model.nano_encoder import NanoConfig

log = logging.getLogger(__name__)

REPORT_EVERY = 100
"""Steps between two reports."""

_SLOWEST_AVERAGE = 0.9985


@dataclass(frozen=True, slots=True)
class TrainOptions:
    """How to train.

    Parameters
    ----------
    steps : int
        Where the run ends; a resumed run may move it.
    cooldown : int
        The learning rate falls linearly to zero over the last so many steps.
    warmup : int
        It rises linearly over the first so many.
    learning_rate : float
        In between.
    weight_decay : float
        Of AdamW.
    rounds : tuple of float
        Shares of steps with 1, 2, 3, ... rounds of prompting.
    seed : int
        Of weights and data.
    workers : int
        Processes that make batches; 0 makes them in this one.
    save_every : int
        Steps between checkpoints.
    feed : FeedOptions
        What a batch is made of.
    begin_with : str, optional
        Weights of a new run, see ``begin_with``; by default they are random. A run that goes on
        does not ask for them again.
    """

    steps: int = 3_000
    cooldown: int = 1_000
    warmup: int = 150
    learning_rate: float = 1.2e-3
    weight_decay: float = 0.02
    rounds: tuple[float, ...] = (0.45, 0.25, 0.15, 0.1, 0.05)
    seed: int = 0
    workers: int = 1
    save_every: int = 100
    feed: FeedOptions = field(default_factory=FeedOptions)
    begin_with: str | None = None


def train(
    data: Path | None,
    run: Path,
    options: TrainOptions,
    *,
    more: Path | None = None,
    config: NanoConfig | None = None,
    device: torch.device | str = "cpu",
    report: Callable[[int, dict[str, float]], None] | None = None,
) -> Path:
    """Train, or go on training, and return the checkpoint's path.

    Every ``REPORT_EVERY`` steps, and at the end, the mean of each number since the last report is
    added to ``log.jsonl`` beside it.

    Parameters
    ----------
    data : Path, optional
        Folder of labelled images (``corpus.py``); None trains on scenes alone.
    run : Path
        Folder of the run; a checkpoint in it is resumed.
    options : TrainOptions
        How to train.
    more : Path, optional
        Folder of further labelled images, every one of which trains.
    config : NanoConfig, optional
        Sizes of the network.
    device : torch.device or str
        Where to train.
    report : callable, optional
        Called with the step and the means after they were logged.

    Raises
    ------
    CheckpointError
        If the run's checkpoint, or the weights to begin with, are damaged or of a network of
        other sizes.
    ImageError
        If ``data`` lacks images of the split, or ``more`` holds none.
    """
    state = _begin(options, config or NanoConfig(), device)
    path = run / CHECKPOINT_NAME
    if path.exists():
        resume(path, state)
        log.info("resumed %s at step %d", path, state.step)
    elif options.begin_with is not None:
        begin_with(state, options.begin_with)
    if state.step >= options.steps:
        return path
    batches = _batches(list(training_planes(data, more)), options, state.step)
    run.mkdir(parents=True, exist_ok=True)
    log_path = run / LOG_NAME
    cut_log(log_path, state.step)
    about = {"options": asdict(options), "config": asdict(state.model.config)}
    rng = np.random.default_rng([options.seed, state.step])
    meter = _Meter()
    for step, batch in zip(range(state.step, options.steps), batches, strict=False):
        meter.add(train_step(state, batch, rng, options))
        state.step = step + 1
        if state.step % REPORT_EVERY == 0 or state.step == options.steps:
            means = meter.take()
            append_entry(log_path, LogEntry(state.step, means))
            if report is not None:
                report(state.step, means)
        if state.step % options.save_every == 0 or state.step == options.steps:
            save_checkpoint(path, state, about)
    return path


def train_step(
    state: TrainingState, batch: Batch, rng: np.random.Generator, options: TrainOptions
) -> dict[str, Tensor]:
    """Learn from one batch; ``state.step`` is left to the caller.

    Parameters
    ----------
    state : TrainingState
        Changed in place.
    batch : Batch
        What to learn from.
    rng : Generator
        Source of the number of rounds and of clicks.
    options : TrainOptions
        How to train.

    Returns
    -------
    dict of str to Tensor
        The numbers of ``training_losses``.
    """
    for group in state.optimiser.param_groups:
        group["lr"] = learning_rate(state.step, options)
    rounds = 1 + int(rng.choice(len(options.rounds), p=options.rounds))
    with _attention_for_training(state.model.device):
        losses = training_losses(state.model, batch, rng, rounds)
        state.optimiser.zero_grad(set_to_none=True)
        torch.autograd.backward(losses["loss"])
    norm = nn.utils.clip_grad_norm_(state.model.parameters(), 1.0)
    # One overflow would turn every weight, and then the checkpoint, into NaN.
    if torch.isfinite(norm):
        state.optimiser.step()
        _follow(state, min(_SLOWEST_AVERAGE, (1 + state.step) / (10 + state.step)))
    return losses


def learning_rate(step: int, options: TrainOptions) -> float:
    """Return the rate of a step: up, constant, and down over ``cooldown``."""
    up = (step + 1) / max(options.warmup, 1)
    down = (options.steps - step) / max(options.cooldown, 1)
    return options.learning_rate * max(min(1.0, up, down), 0.0)


class _Meter:
    """Means of what the steps since the last report said."""

    def __init__(self) -> None:
        self._start()

    def _start(self) -> None:
        self.values: dict[str, list[Tensor]] = {}
        self.steps, self.since = 0, time.monotonic()

    def add(self, numbers: dict[str, Tensor]) -> None:
        self.steps += 1
        for name, value in numbers.items():
            # Not yet a number: reading it would make a GPU wait at every step.
            self.values.setdefault(name, []).append(value.detach())

    def take(self) -> dict[str, float]:
        means = {
            name: torch.stack(found).float().mean().item()
            for name, found in sorted(self.values.items())
        }
        means["seconds"] = (time.monotonic() - self.since) / self.steps
        self._start()
        return means


def _begin(options: TrainOptions, config: NanoConfig, device: torch.device | str) -> TrainingState:
    torch.manual_seed(options.seed)
    model = Nano(config).to(device).train()
    order_for_convolution(model)
    average = {name: value.detach().clone() for name, value in model.state_dict().items()}
    optimiser = torch.optim.AdamW(
        model.parameters(), lr=options.learning_rate, weight_decay=options.weight_decay
    )
    return TrainingState(model, average, optimiser)


def _batches(real: Sequence[LabelledPlane], options: TrainOptions, step: int) -> DataLoader[Batch]:
    return DataLoader(
        Feed(real, options.feed, options.seed + step),
        batch_size=None,
        num_workers=options.workers,
        prefetch_factor=4 if options.workers else None,
    )


def _attention_for_training(device: torch.device) -> AbstractContextManager[None]:
    """Choose plain attention on CPUs: for few tokens its backward pass is the faster one."""
    if device.type != "cpu":
        return nullcontext()
    chosen: AbstractContextManager[None] = sdpa_kernel(SDPBackend.MATH)
    return chosen


def _follow(state: TrainingState, decay: float) -> None:
    """Move the average towards the model."""
    with torch.no_grad():
        for name, value in state.model.state_dict().items():
            if value.dtype.is_floating_point:
                state.average[name].lerp_(value, 1 - decay)
            else:
                state.average[name].copy_(value)
