"""One step of training by component: where its time goes.

python benchmarks/training_step.py [--rounds 1 2] [--repeats 5] [--device cpu]

Weights are random and batches show scenes, which changes what is learned but not what it costs. The
data is made in this process, one batch after the other; in training a worker makes it meanwhile.
"""

from __future__ import annotations

import argparse
import statistics
from collections import defaultdict
from collections.abc import Callable
from time import perf_counter
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.autograd.graph import register_multi_grad_hook

from napari_samwise.learn.checkpoint import TrainingState
from napari_samwise.learn.feed import Feed, FeedOptions
from napari_samwise.learn.train import TrainOptions, train_step
from napari_samwise.model.device import choose_device
from napari_samwise.model.nano import Nano

DATA, ENCODER, DECODER, LOSSES = "data", "encoder", "decoder, all rounds", "losses and clicks"
BACK_DECODER, BACK_ENCODER = "backward, decoder", "backward, encoder"
UPDATE, TOTAL = "clipping, AdamW, average", "step without data"
ROWS = (DATA, ENCODER, DECODER, LOSSES, BACK_DECODER, BACK_ENCODER, UPDATE, TOTAL)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--device", default="cpu")
    arguments = parser.parse_args()

    device = choose_device(arguments.device)
    columns = [profile(device, rounds, arguments.repeats) for rounds in arguments.rounds]
    print(
        f"{device}, {torch.get_num_threads()} threads, torch {torch.__version__}, "
        f"{FeedOptions().images} windows; median milliseconds of {arguments.repeats}"
    )
    print(f"{'rounds':26}" + "".join(f"{rounds:10}" for rounds in arguments.rounds))
    for row in ROWS:
        print(f"{row:26}" + "".join(f"{column[row]:10.0f}" for column in columns))


def profile(device: torch.device, rounds: int, repeats: int) -> dict[str, float]:
    """Return the median milliseconds of every component."""
    torch.manual_seed(0)
    model = Nano().to(device, memory_format=torch.channels_last).train()
    state = TrainingState(
        model,
        {name: value.detach().clone() for name, value in model.state_dict().items()},
        torch.optim.AdamW(model.parameters()),
    )
    options = TrainOptions(rounds=(*[0.0] * (rounds - 1), 1.0))
    clock = Clock(device)
    listen(clock, state)
    batches = iter(Feed((), options.feed, seed=0))
    next(batches)  # the first one fills a pool of scenes
    rng = np.random.default_rng(0)
    steps = []
    for _ in range(repeats + 1):
        started = clock.start()
        batch = next(batches)
        clock.lap(DATA)
        train_step(state, batch, rng, options)
        clock.lap(UPDATE)
        took = clock.take()
        steps.append(took | {TOTAL: 1e3 * (clock.last - started) - took[DATA]})
    # The first warms up.
    return {row: statistics.median(step[row] for step in steps[1:]) for row in ROWS}


class Clock:
    """Adds up what passes between calls under names."""

    def __init__(self, device: torch.device) -> None:
        self._wait: Callable[[], None] = (
            torch.cuda.synchronize if device.type == "cuda" else lambda: None
        )
        self._laps: dict[str, float] = defaultdict(float)
        self.last = 0.0

    def start(self) -> float:
        self._wait()
        self.last = perf_counter()
        return self.last

    def lap(self, name: str) -> None:
        before = self.last
        self._laps[name] += 1e3 * (self.start() - before)

    def take(self) -> dict[str, float]:
        taken, self._laps = dict(self._laps), defaultdict(float)
        return taken


def listen(clock: Clock, state: TrainingState) -> None:
    """Take the time whenever a part of the step begins or ends."""
    encoder, decoder = state.model.encoder, state.model.decoder
    now_in = LOSSES

    def enter(*_: Any) -> None:
        nonlocal now_in
        clock.lap(LOSSES)
        now_in = LOSSES

    def leave_encoder(_: Any, __: Any, outputs: tuple[Tensor, ...]) -> None:
        clock.lap(ENCODER)
        register_multi_grad_hook(outputs, lambda _: clock.lap(BACK_DECODER))

    def leave_decoder(_: Any, __: Any, outputs: tuple[Tensor, ...]) -> None:
        clock.lap(DECODER)
        register_multi_grad_hook(outputs, backward_decoder, mode="any")

    def backward_decoder(_: Tensor) -> None:
        nonlocal now_in
        # The last round comes first, and its gradient ends what belongs to the losses.
        clock.lap(now_in)
        now_in = BACK_DECODER

    encoder.register_forward_pre_hook(enter)
    encoder.register_forward_hook(leave_encoder)
    decoder.register_forward_pre_hook(enter)
    decoder.register_forward_hook(leave_decoder)
    state.optimiser.register_step_pre_hook(lambda *_: clock.lap(BACK_ENCODER))


if __name__ == "__main__":
    main()
